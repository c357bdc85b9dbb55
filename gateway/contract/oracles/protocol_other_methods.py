"""Methods that a path does not have."""

from gateway.contract.oracles.own_paths import own_paths
from gateway.contract.oracles.protocol_methods import METHODS, allow_of
from gateway.contract.oracles.scene import Scene, attempt, oracle


@oracle("a method that a path does not have is answered 405 with Allow, and changes nothing", writes=True)
def other_methods_are_refused(scene: Scene) -> None:
    unusual = ("trace", "proof") if scene.alone else ("proof",)  # proxies such as nginx answer TRACE themselves
    for template, path, operations in own_paths(scene):
        with attempt(scene, template):
            for method in (*METHODS, *unusual):
                if method not in operations:
                    refused = scene.api.send(method.upper(), path)
                    scene.expect_status(refused, 405)
                    scene.expect(bool(allow_of(refused)), f"{refused} has no Allow")
                    wanted = ["message"] if scene.dialect == "api" else ["errors", "message"]
                    scene.expect_equal(sorted(refused.json), wanted, f"{refused}: the keys of a refusal")
