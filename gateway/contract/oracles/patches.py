"""PATCH equals PUT in /api/v1: both give the same answer to each body, valid or not.

So the coverage phase tries only PUT (`gateway/contract/schemathesis.toml`).
"""

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

from gateway.contract.oracles.api import Answer
from gateway.contract.oracles.resources import RESOURCES, Resource
from gateway.contract.oracles.scene import Scene, attempt, oracle

_VALUES: tuple[Any, ...] = (None, True, -1, 2.5, "x" * 70_000, ["x"], {"x": {}}, "a\x00b")
_FORM = {"Content-Type": "application/x-www-form-urlencoded"}
_NEW = {"updated_at", "contacts"}  # contacts that are sent without ids are new ones each time


@oracle(
    "PATCH answers every body as PUT does, whether valid or invalid, in JSON and in forms",
    writes=True,
    dialects=("v1",),
)
def patch_is_put(scene: Scene) -> None:
    for resource in (each for each in RESOURCES if each.dialect == "v1"):
        path = f"{resource.path}/{resource.make(scene)['id']}"
        for word, sent in _requests(resource):
            with attempt(scene, f"{path} with {word}"):
                put, patch = (scene.api.send(method, path, **sent) for method in ("PUT", "PATCH"))
                scene.expect_equal(_said(patch), _said(put), f"{patch} beside {put} with {word}")


def _requests(resource: Resource) -> Iterator[tuple[str, dict[str, Any]]]:
    keys = [row.input_key for row in resource.fields("update")]
    if resource.path == "/clients":
        keys += ["contacts", "locations", "tags", "country_code"]
    for key in keys:
        for value in _VALUES:
            yield f"{key}={str(value)[:20]!r}", {"body": {key: value}}
        yield f"{key} of a form", {"content": urlencode({key: "a + b"}).encode(), "headers": _FORM}
    for content in (b"", b"[]", b'{"a": ', b"5"):
        yield f"{content!r}", {"content": content, "headers": {"Content-Type": "application/json"}}
    yield "text", {"content": b"x", "headers": {"Content-Type": "text/plain"}}


def _said(answer: Answer) -> list[Any]:
    """Return status, body and ignored names, without the time of change, because the second write changes nothing."""
    body = answer.json
    data = body.get("data")
    shown = {key: value for key, value in data.items() if key not in _NEW} if isinstance(data, dict) else body
    return [answer.status, shown, answer.headers.get("X-Ignored-Body")]
