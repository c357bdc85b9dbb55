"""Provokes each documented refusal: each error status of each operation in turn."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from core.events.change_log import Position
from dialects.shared.changes import CURSOR
from gateway.contract.oracles.api import Answer
from gateway.contract.oracles.own_paths import own_paths
from gateway.contract.oracles.scene import Scene, attempt, oracle

_BODIES = ("post", "put", "patch")
_LARGE = b'{"a": "' + b"x" * (3 * 1024 * 1024) + b'"}'
_UNKNOWN = "nobodyhasthisid"
_JSON = {"Content-Type": "application/json"}
_FORM = {"Content-Type": "multipart/form-data; boundary=proof"}
_NOUNS = ("clients", "documents", "group_settings", "webhooks")
_NAMING_NOBODY = {f"/{noun}/bulk": b'{"action": "delete", "ids": ["%s"]}' % _UNKNOWN.encode() for noun in _NOUNS}
_LOST = CURSOR.format(Position(2**62, 1))  # of a change that no register has
_UPLOAD = b'--proof\r\nContent-Disposition: form-data; name="documents[]"; filename="a.txt"\r\n\r\nx\r\n--proof--\r\n'

Headers = Mapping[str, str]


@oracle(
    "each documented error status of each operation is given, in the dialect's shape: 400, 404, 410, "
    "412, 413, 415 and 422",
    writes=True,
)
def documented_refusals_are_given(scene: Scene) -> None:
    for template, path, operations in own_paths(scene):
        for method in ("get", *_BODIES, "delete"):
            for status in operations.get(method, {}).get("responses", {}):
                tries = list(_tries(status, method, template, path, operations[method]))
                with attempt(scene, f"{method} {template}"):
                    _provoke(scene, status, tries)


def _provoke(scene: Scene, status: str, tries: list[Callable[[Scene], Answer]]) -> None:
    answers = []
    for send in tries:
        answers.append(send(scene))
        if str(answers[-1].status) == status:
            wanted = {"message"} if scene.dialect == "api" else {"message", "errors"}
            said = answers[-1].json.keys() - ({"errors"} if status == "422" else set())
            scene.expect(said <= wanted and "message" in said, f"{answers[-1]}: its keys are {sorted(said)}")
            return
    if answers and answers[-1].status == 412 and scene.api.password is None:
        scene.not_reached(f"{status} of {answers[-1].method} {answers[-1].path}: no --password was given")
    elif answers:
        scene.expect(False, f"{answers[-1]}: {status} is documented and was never given")


def _tries(
    status: str, method: str, template: str, path: str, operation: Mapping[str, Any]
) -> Iterator[Callable[[Scene], Answer]]:
    """Yield requests that must be refused with a status, none of which changes anything."""
    named = {each["name"] for each in operation.get("parameters", ())}

    def sending(
        where: str, query: Mapping[str, str] | None = None, headers: Headers | None = None, content: bytes | None = None
    ) -> Callable[[Scene], Answer]:
        return lambda scene: scene.api.send(
            method.upper(), where, query or {}, headers=dict(headers or {}), content=content
        )

    some, kind = (_UPLOAD, _FORM) if path.endswith("/upload") else (b"{}" if method in _BODIES else None, _JSON)
    if status == "400":
        if "include" in named:
            yield sending(path, {"include": "invoices"})
        if "Idempotency-Key" in named:
            yield sending(path, headers={"Idempotency-Key": ""} | _JSON, content=b"{}")
        if method in _BODIES:
            yield sending(path, headers=_JSON, content=b'{"a": ')
        if "If-Match" in named:
            yield sending(path, headers={"If-Match": "unquoted"})
    elif status == "404" and "{id}" in template:
        parts = path.split("/")
        yield sending("/".join([*parts[:2], _UNKNOWN, *parts[3:]]), headers=kind, content=some)
    elif status == "404" and path in _NAMING_NOBODY:
        yield sending(path, headers=_JSON, content=_NAMING_NOBODY[path])
    elif status == "410" and "after" in named:
        yield sending(path, {"after": _LOST})
    elif status == "412" and "If-Match" in named:
        yield sending(path, headers={"If-Match": '"0-0-0"'} | kind, content=some)
    elif status == "413" and method in _BODIES and not path.endswith("/upload"):
        yield sending(path, headers=_JSON, content=_LARGE)
    elif status == "415" and method in _BODIES:
        yield sending(path, headers={"Content-Type": "text/plain"}, content=b"a=b")
    elif status == "422":
        yield sending(path, {"proof_unknown": "1"}, {"Prefer": "handling=strict"} | kind, some)
