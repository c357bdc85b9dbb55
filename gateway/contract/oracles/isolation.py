"""No request sees or changes another company's records, wherever it names one, and none works without a key."""

import base64
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from gateway.contract.oracles.api import Api
from gateway.contract.oracles.own_paths import MAKERS, own_paths
from gateway.contract.oracles.protocol_methods import PREFIX, real_paths
from gateway.contract.oracles.resources import api_client, category, document, v1_client
from gateway.contract.oracles.scene import Scene, attempt, oracle

Shown = Mapping[str, Any]
_WRITES = ("post", "put", "patch", "delete")


def _foreign(scene: Scene) -> dict[str, list[Any]]:
    """Return the records of another company by noun."""
    assert scene.others is not None
    other = scene.others[scene.dialect]
    nouns = {
        path.removeprefix(PREFIX[scene.dialect]).split("/")[1]
        for path in scene.documents[scene.dialect]["paths"]
        if "{id}" in path
    }
    return {noun: other.all(f"/{noun}") for noun in sorted(nouns)}


@oracle("another company's ids find nothing in any path, filter or list")
def other_companies_read_nothing(scene: Scene) -> None:
    if scene.others is None:
        scene.not_reached("another company's records: no --other-token was given")
        return
    foreign = _foreign(scene)
    first = str((scene.api.get("/clients").data or [{"id": ""}])[0]["id"])
    _probe_paths(scene, foreign, ("get", "head"), first)
    for noun, records in foreign.items():
        theirs = {each["id"] for each in records}
        ours = {each["id"] for each in scene.api.all(f"/{noun}")}
        scene.expect(not theirs & ours, f"/{noun} lists {sorted(map(str, theirs & ours))} of another company")
    client = foreign["clients"][0]["id"] if foreign["clients"] else None
    filters = {
        "api": (("/clients", "client_id"), ("/contacts", "client_id"), ("/notes", "resource_id")),
        "v1": [(path, "client_id") for path in ("/clients", "/documents", "/client_gateway_tokens", "/activities")],
    }
    for path, name in filters[scene.dialect] if client else ():
        found = scene.api.all(path, {name: client})
        scene.expect(not found, f"{path}?{name}={client} finds records of another company")
    word = (foreign["clients"][0].get("company_name") or foreign["clients"][0].get("name")) if client else ""
    for each in scene.api.all("/clients", {"search" if scene.dialect == "api" else "filter": word}) if word else ():
        scene.expect(
            each["id"] not in {x["id"] for x in foreign["clients"]},
            f"a search for {word!r} finds a client of another company",
        )


@oracle(
    "a write that names another company's record is refused as for an unknown id, and changes nothing",
    writes=True,
)
def other_companies_write_nothing(scene: Scene) -> None:
    if scene.others is None:
        scene.not_reached("another company's records: no --other-token was given")
        return
    as_other = _as_other(scene)
    foreign = {noun: [make(as_other) for _ in range(2)] for noun, make in MAKERS[scene.dialect].items()}
    before = _read(as_other, foreign)
    _probe_paths(scene, foreign, _WRITES, str(MAKERS[scene.dialect]["clients"](scene)["id"]))
    _probe_bodies(scene, foreign | ({"users": as_other.api.all("/users")} if scene.dialect == "v1" else {}))
    for path, now in _read(as_other, foreign).items():
        scene.expect(now == before[path], f"{path} of another company was changed")


def _read(scene: Scene, made: Mapping[str, list[Any]]) -> dict[str, Any]:
    """Return each of these records as it is now, by path."""
    paths = [f"/{noun}/{each['id']}" for noun, records in made.items() for each in records]
    return {path: scene.api.get(path).json for path in paths}


def _as_other(scene: Scene) -> Scene:
    assert scene.others is not None
    return Scene(scene.dialect, scene.others, None, scene.documents, run=scene.run, counter=scene.counter)


def _probe_paths(scene: Scene, foreign: Mapping[str, list[Any]], methods: tuple[str, ...], ours: str) -> None:
    for template, operations in scene.documents[scene.dialect]["paths"].items():
        path = template.removeprefix(PREFIX[scene.dialect])
        records = foreign.get(path.split("/")[1], []) if "{id}" in path else []
        for method in (each for each in methods if each in operations or each == "head"):
            for record in records[:2]:
                with attempt(scene, f"{method} {template}"):
                    _refused(scene, method, path.replace("{id}", str(record["id"])).replace("{other}", ours))
                    if "{other}" in path:
                        named = path.replace("{id}", ours).replace("{other}", str(record["id"]))
                        _refused(scene, method, named, 400, 404)


def _refused(scene: Scene, method: str, path: str, *statuses: int) -> None:
    body = _plausible(scene, path) if method in ("post", "put", "patch") else None
    if method == "head" and scene.api.get(path).status == 405:
        return
    files = [("documents[]", ("a.txt", b"x", "text/plain"))] if path.endswith("/upload") else None
    answer = scene.api.send(method.upper(), path, body=None if files else body, files=files)
    scene.expect_status(answer, *(statuses or (404,)))
    if method != "head":
        scene.expect("data" not in answer.json, f"{answer} has records")


def _plausible(scene: Scene, path: str) -> dict[str, Any]:
    """Return a body that would be accepted if the record were ours."""
    person = {"first_name": "Taken", "last_name": "Over", "email": scene.email()}
    more = {
        "client_company_name": "Taken over",
        "category_name": scene.unique("Taken"),
        "note_title": "Taken over",
        "name": scene.unique("Taken"),
        "tags": ["taken"],
        "status": "suspended",
        "owner": 1,
        "token": "taken",
    }
    targets = [each["id"] for each in scene.api.all("/categories")][:1] if scene.dialect == "api" else []
    return {**person, **more, **({"target_id": targets[0]} if targets and path.endswith("migrate") else {})}


def _probe_bodies(scene: Scene, foreign: Mapping[str, list[Any]]) -> None:
    for method, path, body, statuses in _bodies(scene, foreign):
        with attempt(scene, f"{method} {path}"):
            answer = scene.api.send(method, path, body=body)
            scene.expect_status(answer, *statuses)


def _bodies(
    scene: Scene, foreign: Mapping[str, list[Any]]
) -> Iterator[tuple[str, str, dict[str, Any], tuple[int, ...]]]:
    """Yield requests that name another company's record in the body, with the expected statuses."""
    theirs = {noun: records[0] for noun, records in foreign.items() if records}
    person = {"first_name": "A", "last_name": "B", "email": scene.email()}
    if scene.dialect == "api":
        ours = api_client(scene)
        yield "POST", "/contacts", {**person, "clientid": theirs["clients"]["id"]}, (422,)
        yield (
            "POST",
            "/notes",
            {"note_title": "x", "note_description": "x", "noteresource_id": theirs["clients"]["id"]},
            (422,),
        )
        yield "POST", "/clients", {**person, "client_categoryid": theirs["categories"]["id"]}, (422,)
        yield "PUT", f"/clients/{ours['id']}/owner", {"owner": theirs["contacts"]["id"]}, (422,)
        joining = {"client_company_name": "x", "client_categoryid": theirs["categories"]["id"]}
        yield "PATCH", f"/clients/{ours['id']}", joining, (422,)
        known = api_client(scene, client_categoryid=category(scene)["id"])["category"]["id"]
        yield "PUT", f"/categories/{known}/migrate", {"target_id": theirs["categories"]["id"]}, (422,)
        return
    ours = v1_client(scene)
    client = theirs["clients"]
    for action in ("archive", "delete", "restore"):
        yield "POST", "/clients/bulk", {"action": action, "ids": [ours["id"], client["id"]]}, (404,)
    yield "PUT", f"/clients/{ours['id']}", {"contacts": [{"id": client["contacts"][0]["id"], "phone": "9"}]}, (422,)
    yield "PUT", f"/clients/{ours['id']}", {"assigned_user_id": theirs["users"]["id"]}, (422,)
    yield "POST", "/clients", {"name": "x", "assigned_user_id": theirs["users"]["id"]}, (422,)
    yield "POST", "/client_gateway_tokens", {"client_id": client["id"], "token": "x"}, (422,)
    yield "POST", "/activities/entity", {"entity": "client", "entity_id": client["id"]}, (404,)
    if "group_settings" in theirs:
        group = theirs["group_settings"]["id"]
        yield "PUT", f"/clients/{ours['id']}", {"group_settings_id": group}, (422,)
        yield "POST", "/clients", {"name": "x", "group_settings_id": group}, (422,)
        yield "POST", "/group_settings/bulk", {"action": "archive", "ids": [group]}, (404,)
        joining = {"action": "assign_group", "ids": [ours["id"]], "group_settings_id": group}
        yield "POST", "/clients/bulk", joining, (422,)
    if "webhooks" in theirs:
        yield "POST", "/webhooks/bulk", {"action": "archive", "ids": [theirs["webhooks"]["id"]]}, (404,)
    if "documents" in theirs and scene.api.password:
        yield "POST", "/documents/bulk", {"action": "delete", "ids": [theirs["documents"]["id"]]}, (404,)


@oracle("without a key, or with a wrong one, every operation is refused with the dialect's text")
def keys_are_needed(scene: Scene) -> None:
    status = 401
    body: dict[str, Any] = {"message": "Unauthorized. A valid API key is required."}
    if scene.dialect == "v1":
        status, body = 403, {"message": "Invalid token", "errors": {}}
    tried: list[tuple[tuple[str, str, dict[str, Any]], Sequence[str]]] = [
        (each, ("get",)) for each in real_paths(scene)
    ]
    tried += [(each, _WRITES) for each in (own_paths(scene) if scene.writes else ())]
    for (template, path, operations), methods in tried:
        for method in (each for each in methods if each in operations):
            with attempt(scene, f"{method} {template}"):
                for caller in _strangers(scene.api):
                    answer = caller.send(method.upper(), path, body={} if method in _WRITES[:3] else None)
                    if scene.expect_status(answer, status):
                        scene.expect_equal(answer.json, body, f"{answer}: the words of a refusal")
    if scene.dialect == "api":
        _check_schemes(scene)
    else:
        _check_older_header(scene)


def _check_schemes(scene: Scene) -> None:
    """The scheme of a key is not case-sensitive (RFC 9110, section 11.1), and another scheme is none."""
    for scheme, status in (("bearer", 200), ("BEARER", 200), ("Token", 401), ("Basic", 401)):
        headers = {"Authorization": f"{scheme} {scene.api.token}"}
        scene.expect_status(scene.api.with_key(None).get("/clients", headers=headers), status)


def _check_older_header(scene: Scene) -> None:
    """A key is also read from the older header, but not instead of a key in the present one."""
    older, nobody = {"X-Ninja-Token": str(scene.api.token)}, scene.api.with_key(None)
    scene.expect_status(nobody.get("/clients", headers=older), 200)
    scene.expect_status(nobody.get("/clients", headers=older | {"X-API-TOKEN": "no-such-key"}), 403)
    scene.expect_status(nobody.get("/clients", headers={"X-Ninja-Token": "no-such-key"}), 403)


def _strangers(api: Api) -> Iterator[Api]:
    yield api.with_key(None)
    yield api.with_key("no-such-key-" + "x" * 60)
    yield api.with_key("")
    yield api.with_key(str(api.token)[:-1] + ("a" if str(api.token)[-1] != "a" else "b"))


def _guesses(password: str | None) -> tuple[dict[str, str], ...]:
    """Return headers with wrong passwords: one for each request, because after a few of them a caller must wait."""
    known = password or "Wrong"
    encoded = base64.b64encode(known.swapcase().encode()).decode()
    plain = ("wrong", known[:-1], known.swapcase())
    return *({"X-API-PASSWORD": each} for each in plain), {"X-API-PASSWORD-BASE64": encoded}


@oracle(
    "operations that need the password are refused without it and with a wrong one, and then change nothing",
    writes=True,
    dialects=("v1",),
    subjects=("clients", "documents"),
)
def passwords_are_needed(scene: Scene) -> None:
    first, second = v1_client(scene), v1_client(scene)
    one_document = document(scene)["id"]
    posts: list[tuple[str, Any]] = [
        (f"/clients/{first['id']}/purge", None),
        (f"/clients/{first['id']}/{second['id']}/merge", None),
        ("/documents/bulk", {"action": "delete", "ids": [one_document]}),
    ]
    nobody = scene.api.with_key(scene.api.token)
    requests = [("POST", path, body) for path, body in posts] + [("DELETE", f"/documents/{one_document}", None)]
    for (method, path, body), guess in zip(requests, _guesses(scene.api.password), strict=True):
        for headers in (dict[str, str](), guess, {"X-API-PASSWORD-BASE64": "!!"}):
            answer = nobody.send(method, path, body=body, headers=headers)
            if scene.expect_status(answer, 412):
                scene.expect_equal(answer.json, {"message": "Invalid Password", "errors": {}}, f"{answer}: the words")
    for each in (first, second):
        with attempt(scene, f"/clients/{each['id']} after wrong passwords"):
            scene.expect_equal(scene.api.one(f"/clients/{each['id']}"), each, "a client after wrong passwords")
    scene.expect_status(scene.api.get(f"/documents/{one_document}"), 200)
    if scene.api.password:
        first = v1_client(scene)
        encoded = {"X-API-PASSWORD-BASE64": base64.b64encode(scene.api.password.encode()).decode()}
        scene.expect_status(nobody.send("POST", f"/clients/{first['id']}/purge", headers=encoded), 200)
