"""Further keys of our own company, on a register where commands of `gateway` can create them."""

from gateway.contract.commands import printed
from gateway.contract.oracles.scene import Scene

_EMAIL = "team@contract.example"


def limited_key(scene: Scene, option: str, value: str) -> str:
    """Return another key of our company, created with an option of `gateway token create`."""
    if scene.limited_key:
        return scene.limited_key(option, value)
    words = ("token", "create", "--email", _EMAIL, "--company", scene.environment["COMPANY"], f"--{option}", value)
    return printed(scene.environment, *words)
