"""Refused requests change nothing and have the documented messages; a deleted client does not exist in /api."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from gateway.contract.oracles.api import Answer
from gateway.contract.oracles.life_states import bulk
from gateway.contract.oracles.own_paths import own_paths
from gateway.contract.oracles.resources import api_client, category, contact, in_v1, note, v1_client
from gateway.contract.oracles.scene import Scene, attempt, differences, oracle

Shown = Mapping[str, Any]
_TAKEN, _EXISTS = "The email has already been taken.", "A category with this name already exists."
_DELETED = "Record is deleted and cannot be edited. Restore the record to enable editing"
_JSON = {"Content-Type": "application/json"}


@oracle("a request that is refused because of its version or a parameter changes and creates nothing", writes=True)
def refusals_change_nothing(scene: Scene) -> None:
    for template, path, operations in own_paths(scene):
        for method in ("post", "put", "patch", "delete"):
            if method not in operations:
                continue
            with attempt(scene, f"{method} {template}"):
                read = _read_of(path)
                before = _state(scene, read)
                for refused in _refusals(scene, method, path, operations[method]):
                    scene.expect(400 <= refused.status < 500, f"{refused} instead of a refusal")
                    other = differences(before, _state(scene, read))
                    scene.expect(not other, f"{refused} changed {sorted(other)} of {read}")


def _read_of(path: str) -> str:
    """The path that shows whether a request was done: that of the record, or that of the list."""
    parts = path.split("/")
    return f"/{parts[1]}" if len(parts) == 2 or parts[2] in ("bulk", "entity", "current") else f"/{parts[1]}/{parts[2]}"


def _state(scene: Scene, read: str) -> dict[str, Any]:
    answer = scene.api.get(read)
    if isinstance(answer.json.get("data"), list):  # elsewhere others may write meanwhile
        return {"total": answer.total, "data": answer.data} if scene.alone else {}
    return dict(answer.json)


def _refusals(scene: Scene, method: str, path: str, operation: Mapping[str, Any]) -> Iterator[Answer]:
    named = {each["name"] for each in operation.get("parameters", ())}
    body = None if method == "delete" else _willing(scene, path)
    tries: list[tuple[dict[str, str], dict[str, str]]] = [({"proof_unknown": "1"}, {"Prefer": "handling=strict"})]
    if "If-Match" in named:
        tries += [({}, {"If-Match": '"0-0-0"'}), ({}, {"If-Match": "unquoted"})]
    if "include" in named:
        tries.append(({"include": "invoices"}, {}))
    yield from (scene.api.send(method.upper(), path, query, body=body, headers=headers) for query, headers in tries)


def _willing(scene: Scene, path: str) -> dict[str, Any]:
    """A body that would be accepted at any path if the request were not refused for another reason."""
    one = path.split("/")[2] if path.count("/") > 1 else ""
    person = {"first_name": "Never", "last_name": "Made", "email": scene.email(), "client_company_name": "Never"}
    more = {"category_name": scene.unique("Never"), "note_title": "Never", "note_description": "x", "name": "Never"}
    acts = {"tags": ["never"], "status": "suspended", "action": "archive", "ids": [one], "token": "never"}
    return person | more | acts | ({"contacts": [{"first_name": "Never"}]} if scene.dialect == "v1" else {})


@oracle("a refusal has the documented text: about emails, names, required fields, deleted records", writes=True)
def refusals_have_documented_texts(scene: Scene) -> None:
    for answer, key, words in _worded(scene):
        with attempt(scene, str(answer)):
            said = answer.json["errors"].get(key, []) if key else [answer.json["message"]]
            scene.expect(words in said, f"{answer}: {said!r} instead of {words!r}")


def _worded(scene: Scene) -> list[tuple[Answer, str, str]]:
    return _words_of_api(scene) if scene.dialect == "api" else _words_of_v1(scene)


def _words_of_api(scene: Scene) -> list[tuple[Answer, str, str]]:
    api, person, name = scene.api, contact(scene), category(scene)["name"]
    new = {"first_name": "A", "last_name": "B", "email": person["email"]}
    found = [
        (api.send("POST", "/clients", body=new), "email", _TAKEN),
        (api.send("POST", "/contacts", body={**new, "clientid": api_client(scene)["id"]}), "email", _TAKEN),
        (api.send("POST", "/categories", body={"category_name": name}), "category_name", _EXISTS),
    ]
    return found + _required(scene, "/clients", "/contacts", "/categories", "/notes")


def _words_of_v1(scene: Scene) -> list[tuple[Answer, str, str]]:
    api, client = scene.api, v1_client(scene)
    path = f"/clients/{client['id']}"
    unknown = api.get(path, {"include": "invoices"})
    api.send("DELETE", path)
    found = [
        (unknown, "", "Relation `invoices` is not a valid include."),
        (api.send("PUT", path, body={"name": "Never"}), "", _DELETED),
        (api.send("PATCH", path, body={"name": "Never"}), "", _DELETED),
    ]
    return found + _required(scene, "/group_settings", "/client_gateway_tokens")


def _required(scene: Scene, *paths: str) -> list[tuple[Answer, str, str]]:
    """Return the answer, key and expected message for each field that an empty create reports as required."""
    found = []
    for path in paths:
        answer = scene.api.send("POST", path, body={})
        for key in answer.json.get("errors", {}) if answer.status == 422 else ():
            found.append((answer, key, f"The {key.replace('_', ' ')} field is required."))
    scene.expect(bool(found), f"no field of {paths} is required")
    return found


@oracle(
    "a client that was deleted in /api/v1 does not exist in /api, nor does what belongs to it",
    writes=True,
    dialects=("api",),
    subjects=("clients",),
)
def deleted_is_unknown(scene: Scene) -> None:
    api, client = scene.api, api_client(scene, tags=["t"])
    path, person, said = f"/clients/{client['id']}", contact(scene, clientid=client["id"]), None
    said = note(scene, noteresource_id=client["id"])
    body = {"client_company_name": client["company_name"], "client_vat": "1"}
    requests: dict[str, Callable[[], Answer]] = {
        "GET": lambda: api.get(path),
        "PATCH": lambda: api.send("PATCH", path, body=body),
        "tags": lambda: api.send("PUT", f"{path}/tags", body={"tags": ["u"]}),
        "status": lambda: api.send("PUT", f"{path}/status", body={"status": "active"}),
        "owner": lambda: api.send("PUT", f"{path}/owner", body={"owner": client["owner"]["id"]}),
        "its contact": lambda: api.get(f"/contacts/{person['id']}"),
        "its note": lambda: api.get(f"/notes/{said['id']}"),
    }
    lists = (("/contacts", {"client_id": client["id"]}), ("/notes", {"resource_id": client["id"]}))
    for word, send in requests.items():
        scene.expect(send().ok, f"{word} of a client was refused before its deletion")
    for where, query in lists:
        scene.expect(bool(api.all(where, query)), f"{where} lists nothing of a client before its deletion")
    hashed = in_v1(scene, client)["id"]
    bulk(scene, "delete", hashed)
    before = scene.twin.one(f"/clients/{hashed}", {"include": "tags"})
    for send in (*requests.values(), lambda: api.send("DELETE", path)):
        scene.expect_status(send(), 404)
    for where, query in lists:
        found = api.all(where, query)
        scene.expect(not found, f"{where}?{query} lists {len(found)} records of a deleted client")
    new = {"first_name": "A", "last_name": "B", "email": scene.email(), "clientid": client["id"]}
    scene.expect_status(api.send("POST", "/contacts", body=new), 422)
    new = {"note_title": "x", "note_description": "x", "noteresource_id": client["id"]}
    scene.expect_status(api.send("POST", "/notes", body=new), 422)
    after = scene.twin.one(f"/clients/{hashed}", {"include": "tags"})
    scene.expect_equal(after, before, f"/clients/{hashed} of /api/v1 after requests that /api refused")
    bulk(scene, "restore", hashed)
    for word, send in requests.items():
        scene.expect(send().ok, f"{word} of a client that was restored was refused")
