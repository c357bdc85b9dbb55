"""Requests that HTTP libraries do not send, but proxies and other programs do."""

from itertools import permutations
from typing import Any

from gateway.contract.oracles.protocol_conditions import new_value
from gateway.contract.oracles.resources import RESOURCES, Resource
from gateway.contract.oracles.scene import Scene, attempt, oracle

_OTHER = '"another-version"'
_STRICT, _WAIT = "handling=strict", "wait=10"


@oracle(
    "a header in several lines means the same as one line with all values: versions in If-Match and If-None-Match, and "
    "handling=strict in Prefer (RFC 9110, section 5.3)",
    writes=True,
)
def lines_of_a_header_are_one_list(scene: Scene) -> None:
    for resource in (each for each in RESOURCES if each.dialect == scene.dialect):
        with attempt(scene, resource.path):
            _check_lines(scene, resource)


def _check_lines(scene: Scene, resource: Resource) -> None:
    made = resource.make(scene)
    path = f"{resource.path}/{made['id']}"
    for order in permutations((_STRICT, _WAIT)):
        for url, body in ((f"{resource.path}?proof_unknown=1", None), (path, {"proof_unknown": 1})):
            lines = [("Prefer", each) for each in order]
            scene.expect_status(scene.api.send_as_is(resource.method if body else "GET", url, lines, body), 422)
    tag = scene.api.get(path).headers.get("ETag")
    if tag is None:
        return
    for tags in permutations((_OTHER, tag)):
        answer = scene.api.send_as_is("GET", path, [("If-None-Match", each) for each in tags])
        if answer.status == 400 and not scene.alone:
            scene.not_reached("several lines of If-None-Match: a proxy such as nginx refuses them with 400")
            return
        scene.expect_status(answer, 304)
    others = [("If-Match", _OTHER), ("If-Match", '"a-third-version"')]
    scene.expect_status(scene.api.send_as_is(resource.method, path, others, _change(scene, resource, made)), 412)
    for position in range(2):
        lines = [("If-Match", _OTHER)]
        lines.insert(position, ("If-Match", scene.api.get(path).headers["ETag"]))
        answer = scene.api.send_as_is(resource.method, path, lines, _change(scene, resource, made))
        scene.expect_status(answer, 200)


def _change(scene: Scene, resource: Resource, made: dict[str, Any]) -> dict[str, Any]:
    return {**resource.needed(made), **new_value(scene, resource)}


@oracle("letters and digits of a path mean the same percent-encoded (RFC 3986, section 6.2.2.2)", writes=True)
def encoded_letters_are_the_same(scene: Scene) -> None:
    for resource in (each for each in RESOURCES if each.dialect == scene.dialect):
        with attempt(scene, resource.path):
            made = resource.make(scene)
            path = f"{resource.path}/{made['id']}"
            shown = scene.api.one(path)
            for encoded in (_encoded(path), _encoded(path).lower(), path[:-1] + _encoded(path[-1])):
                answer = scene.api.send_as_is("GET", encoded)
                scene.expect_equal(answer.data, shown, f"GET {encoded}")
            changed = scene.api.send_as_is(resource.method, _encoded(path), body=_change(scene, resource, made))
            scene.expect_equal(scene.api.one(path), changed.data, f"{path} after {changed}")


def _encoded(path: str) -> str:
    return "".join(each if each == "/" else f"%{ord(each):02X}" for each in path)
