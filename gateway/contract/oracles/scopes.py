"""Keys of each scope on every operation: only what the scope does not allow is refused."""

import json
from typing import Any

from core.access.scopes import Scope
from gateway.contract.commands import printed
from gateway.contract.oracles.api import Answer, Api
from gateway.contract.oracles.other_keys import limited_key
from gateway.contract.oracles.own_paths import own_paths
from gateway.contract.oracles.scene import Scene, attempt, oracle

_METHODS = ("get", "post", "put", "patch", "delete")


@oracle(
    "a key of each scope is refused by exactly those operations that need more, with a text that names both scopes",
    writes=True,
    alone=True,
)
def scopes_are_kept(scene: Scene) -> None:
    for scope in Scope:
        api = scene.api.with_key(limited_key(scene, "scope", scope), scene.api.password)
        paths = list(own_paths(scene))
        for template, path, operations in paths:
            for method in (each for each in _METHODS if each in operations):
                with attempt(scene, f"{method} {template} by a key of scope {scope}"):
                    needed = Scope(operations[method]["x-required-scope"])
                    _check(scene, scope, needed, _answer_to(api, method, path))
        if scope == Scope.READ:
            _still_there(scene, [path for template, path, _ in paths if template.endswith("{id}")])


def _answer_to(api: Api, method: str, path: str) -> Answer:
    body: dict[str, Any] | None = {} if method in ("post", "put", "patch") else None
    return api.send(method.upper(), path, body=body)


def _check(scene: Scene, scope: Scope, needed: Scope, answer: Answer) -> None:
    said = answer.json.get("message", "") if answer.status in (401, 403) else ""
    wanted = "" if scope.includes(needed) else f"This key's scope is {scope}, and this operation needs {needed}"
    scene.expect((wanted in said) if wanted else not said, f"{answer}: {said!r} instead of {wanted!r}")
    if wanted and scene.dialect == "api":
        check_scheme(scene, answer, "insufficient_scope")


def check_scheme(scene: Scene, answer: Answer, error: str) -> None:
    """A refusal of /api names the error of RFC 6750, section 3.1."""
    given = answer.headers.get("WWW-Authenticate", "")
    scene.expect(f'error="{error}"' in given, f"{answer}: WWW-Authenticate is {given!r} instead of {error}")


def _still_there(scene: Scene, paths: list[str]) -> None:
    for path in paths:
        scene.expect_status(scene.api.get(path), 200)


@oracle("a revoked key is refused from the next request on, and other keys are not", writes=True, alone=True)
def revoked_keys_are_refused(scene: Scene) -> None:
    status = 401 if scene.dialect == "api" else 403
    name = scene.unique("Key")
    revoked = [scene.api.with_key(limited_key(scene, "name", name)) for _ in range(2)]
    other = scene.api.with_key(limited_key(scene, "name", scene.unique("Key")))
    for api in (*revoked, other):
        scene.expect_status(api.get("/clients"), 200)
    _revoke(scene, name)
    for api in revoked:
        for path in ("/clients", "/changes", "/clients"):
            scene.expect_status(api.get(path), status)
        scene.expect_status(api.send("POST", "/clients", body={}), status)
    for api in (other, scene.api):
        scene.expect_status(api.get("/clients"), 200)


def _revoke(scene: Scene, name: str) -> None:
    if scene.revoke_keys:
        scene.revoke_keys(name)
        return
    listed = json.loads(
        printed(scene.environment, "token", "list", "--company", scene.environment["COMPANY"], "--json")
    )
    for each in listed:
        if each["name"] == name and not each["revoked_at"]:
            printed(scene.environment, "token", "revoke", str(each["id"]))
