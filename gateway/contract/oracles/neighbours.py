"""Changes reach the records that are named, and no neighbour of them; what is sent back changes nothing."""

from collections.abc import Mapping, Sequence
from typing import Any

from gateway.contract.oracles.api import Answer, Api
from gateway.contract.oracles.life_states import bulk
from gateway.contract.oracles.protocol_conditions import new_value
from gateway.contract.oracles.resources import (
    RESOURCES,
    Resource,
    contact,
    group,
    legacy_id,
    note,
    token,
    upload,
    v1_client,
)
from gateway.contract.oracles.scene import Scene, at, attempt, differences, oracle

Shown = Mapping[str, Any]
_OF_CLIENTS = {"api": ("/contacts", "/notes"), "v1": ("/client_gateway_tokens", "/documents")}
_OWN_KEYS = {"contacts", "documents", "gateway_tokens", "updated_at"}
_MANY = 21  # clients: more than a page has by default
_PASSWORD = "Proof-Password-1"  # noqa: S105 (of a contact that the proof makes)


@oracle("bulk actions on clients, groups and documents reach every id of the request", writes=True, dialects=("v1",))
def bulk_reaches_every_record(scene: Scene) -> None:
    v1 = scene.apis["v1"]
    ids = [group(scene)["id"] for _ in range(3)]
    bulk(scene, "delete", *ids, path="/group_settings")
    for each in ids:
        scene.expect(v1.one(f"/group_settings/{each}")["is_deleted"], f"group {each} of {ids} was not deleted")
    many = [v1_client(scene)["id"] for _ in range(_MANY)]
    answer = bulk(scene, "archive", *many)
    scene.expect_equal([each["id"] for each in answer.data], many, f"{answer}: the clients in the answer")
    archived = {each["id"] for each in v1.all("/clients", {"status": "archived", "sort": "id|desc"})}
    scene.expect(set(many) <= archived, f"{answer}: {len(set(many) - archived)} of {_MANY} clients were not archived")
    if v1.password is None:
        scene.not_reached("bulk actions on documents: no --password was given")
        return
    clients, documents = [v1_client(scene)["id"] for _ in range(2)], dict[str, list[str]]()
    for each in clients:
        for name in ("a.txt", "b.txt", "c.txt"):
            documents[each] = [shown["id"] for shown in upload(scene, each, name)["documents"]]
    named = [each for of_client in documents.values() for each in of_client[:2]]
    scene.expect_status(bulk(scene, "delete", *reversed(named), path="/documents"), 200)
    for each in clients:
        left = [shown["id"] for shown in v1.one(f"/clients/{each}")["documents"]]
        scene.expect_equal(left, documents[each][2:], "the documents of a client after two of three were deleted")


@oracle(
    "a change or deletion of one contact, note, token or document leaves its client and the others of that client",
    writes=True,
)
def neighbours_stay(scene: Scene) -> None:
    for resource in RESOURCES:
        if resource.dialect == scene.dialect and resource.path in _OF_CLIENTS[scene.dialect]:
            with attempt(scene, resource.path):
                _check_neighbours(scene, resource)


def _check_neighbours(scene: Scene, resource: Resource) -> None:
    hashed, number = _client(scene)
    client = scene.apis["v1"].one(f"/clients/{hashed}")
    for position in range(3):
        if resource.path == "/documents":
            upload(scene, hashed, f"{position}.txt", b"x")
        elif resource.path == "/client_gateway_tokens":
            token(scene, client_id=hashed)
        else:
            _ = contact(scene, clientid=number) if resource.path == "/contacts" else note(scene, noteresource_id=number)
    query: dict[str, Any] = {"resource_id" if resource.path == "/notes" else "client_id": number}
    query = query if scene.dialect == "api" else {"client_id": hashed}
    before = scene.api.all(resource.path, query)
    chosen = before[1]
    body = {**resource.needed(chosen), **new_value(scene, resource)}
    for method, sent in ((resource.method, body), ("DELETE", None)):
        if method == "DELETE" and resource.path == "/documents" and scene.api.password is None:
            scene.not_reached("deleting documents: no --password was given")
            return
        answer = scene.api.send(method, f"{resource.path}/{chosen['id']}", body=sent)
        scene.expect_status(answer, 200)
        others = [each for each in scene.api.all(resource.path, query) if each["id"] != chosen["id"]]
        wanted = [each for each in before if each["id"] != chosen["id"]]
        scene.expect_equal(others, wanted, f"{answer}: the other records of the client")
        touched = differences(client, scene.apis["v1"].one(f"/clients/{hashed}")) - _OWN_KEYS
        scene.expect(not touched, f"{answer}, after three creates: {sorted(touched)} of the client changed as well")


def _client(scene: Scene, **more: Any) -> tuple[str, int]:
    """Return the ids of a new client in both dialects."""
    client = v1_client(scene, **more)
    mail = client["contacts"][0]["email"]
    people = scene.apis["api"].all("/contacts", {"search": mail})
    return client["id"], int(next(each["client"]["id"] for each in people if each["email"] == mail))


@oracle(
    "a record that is sent back whole as it was read changes nothing in either dialect, nor its ETag",
    writes=True,
)
def records_are_written_back(scene: Scene) -> None:
    for resource in (each for each in RESOURCES if each.dialect == scene.dialect):
        with attempt(scene, resource.path):
            made = f"{resource.path}/{resource.make(scene)['id']}"
            _write_back(scene, resource, made, [(scene.api, made)])
    clients = next(each for each in RESOURCES if each.dialect == scene.dialect and each.path == "/clients")
    for word, name in (("named", scene.unique("Proof of")), ("without a name", "")):
        with attempt(scene, f"a client {word}"):
            hashed, number = _rich(scene, name)
            reads = [(scene.apis["v1"], f"/clients/{hashed}"), (scene.apis["api"], f"/clients/{number}")]
            own = next(path for api, path in reads if api is scene.api)
            _write_back(scene, clients, own, reads)
    with attempt(scene, "a client of a deleted group"):  # which keeps it
        known = group(scene)["id"]
        hashed, number = _client(scene, group_settings_id=known)
        scene.expect_status(bulk(scene, "delete", known, path="/group_settings"), 200)
        reads = [(scene.apis["v1"], f"/clients/{hashed}"), (scene.apis["api"], f"/clients/{number}")]
        scene.expect_equal(scene.apis["v1"].one(reads[0][1])["group_settings_id"], known, f"{reads[0][1]}: its group")
        _write_back(scene, clients, next(path for api, path in reads if api is scene.api), reads)


def _rich(scene: Scene, name: str) -> tuple[str, int]:
    """Return the ids of a client with values that each dialect can show only in part."""
    people = [
        {"first_name": "Ada", "last_name": scene.unique("Byron"), "email": scene.email(), "password": _PASSWORD},
        {"last_name": "Second", "email": scene.email(), "is_locked": True, "send_email": False, "custom_value4": "4"},
    ]
    lines = {"address1": "Main Street 1, Yard", "address2": "Floor 2", "shipping_address2": "Gate 2"}
    more = {"settings": {"payment_terms": "7", "own": [1.5, None]}, "shipping_country_id": "8", "tags": ["b", "a"]}
    hashed, number = _client(scene, name=name, contacts=people, public_notes="p", **lines, **more)
    country = {"client_billing_country": scene.unique("Atlantis")}
    shown = scene.apis["api"].one(f"/clients/{number}")["company_name"]
    written = scene.apis["api"].send("PATCH", f"/clients/{number}", body={"client_company_name": shown, **country})
    stored = scene.apis["v1"].one(f"/clients/{hashed}")["name"]
    scene.expect_equal(stored, name, f"{written}: the name, which was sent back as it was shown")
    upload(scene, hashed)
    token(scene, client_id=hashed, is_default=True)
    return hashed, number


def _write_back(scene: Scene, resource: Resource, path: str, reads: Sequence[tuple[Api, str]]) -> None:
    before = [api.get(where) for api, where in reads]
    shown = scene.api.one(path)
    fields = resource.fields("update")
    body = shown if scene.dialect == "v1" else {row.input_key: at(shown, str(row.key)) for row in fields}
    answer = scene.api.send(resource.method, path, body=body)
    scene.expect(answer.ok, f"{answer} with what was read: {answer.content[:200]!r}")
    for was, (api, where) in zip(before, reads, strict=True):
        now = api.get(where)
        other = differences(was.data, now.data)
        scene.expect(not other, f"{answer} with what was read: {now} shows other {sorted(other)}")
        scene.expect_equal(now.headers.get("ETag"), was.headers.get("ETag"), f"{answer} with what was read: ETag")


@oracle(
    "a merge takes over each contact that has a value, and the default token if the receiver has none, and is recorded",
    writes=True,
    dialects=("v1",),
    subjects=("clients",),
)
def merge_takes_what_is_missing(scene: Scene) -> None:
    v1 = scene.apis["v1"]
    if v1.password is None:
        scene.not_reached("merges: no --password was given")
        return
    people = [{"email": scene.email()}, {"first_name": "First"}, {"last_name": "Last"}, {"phone": "7"}]
    receiver = v1_client(scene)
    other = v1_client(scene, contacts=people, settings={"payment_terms": "7"}, **_filled(scene, receiver))
    own = token(scene, client_id=receiver["id"])
    tokens = [token(scene, client_id=other["id"], is_default=flag) for flag in (False, True)]
    answer = v1.send("POST", f"/clients/{receiver['id']}/{other['id']}/merge")
    keys = ("email", "first_name", "last_name", "phone")
    found = [[each[key] for key in keys] for each in answer.data["contacts"][1:]]
    scene.expect_equal(found, [[each.get(key, "") for key in keys] for each in people], f"{answer}: contacts")
    primary = [each["is_primary"] for each in answer.data["contacts"]]
    scene.expect_equal(primary, [True, *(False for _ in people)], f"{answer}: who is primary")
    defaults = {each["id"]: each["is_default"] for each in answer.data["gateway_tokens"]}
    wanted = {own["id"]: False, tokens[0]["id"]: False, tokens[1]["id"]: True}
    scene.expect_equal(defaults, wanted, f"{answer}: which token is the default")
    touched = differences(receiver, answer.data) - _OWN_KEYS
    scene.expect(not touched, f"{answer}: {sorted(touched)}, which only the merged client had, were taken over")
    newest = v1.all("/activities", {"client_id": receiver["id"]})[0]
    said = [newest["client_id"], newest["activity_type_id"], newest["notes"]]
    scene.expect_equal(said, [receiver["id"], "61", "Merged"], f"{answer}: the newest activity")
    third = v1_client(scene)
    upload(scene, receiver["id"])
    note(scene, noteresource_id=legacy_id(scene, receiver))
    bulk(scene, "delete", receiver["id"])
    refused = v1.send("POST", f"/clients/{receiver['id']}/{third['id']}/merge")
    scene.expect_status(refused, 400)
    scene.expect_equal(v1.one(f"/clients/{third['id']}"), third, f"{refused}: the client that was to be merged")
    _check_living_again(scene, third["id"], v1.send("POST", f"/clients/{third['id']}/{receiver['id']}/merge"))


def _check_living_again(scene: Scene, client_id: str, merged: Answer) -> None:
    """What belonged to a deleted client is in every list again after the client was merged into a living one."""
    v1, api = scene.apis["v1"], scene.apis["api"]
    scene.expect_status(merged, 200)
    shown = v1.one(f"/clients/{client_id}")
    for path, key in (("/documents", "documents"), ("/client_gateway_tokens", "gateway_tokens")):
        listed = sorted(each["id"] for each in v1.all(path, {"client_id": client_id}))
        own = sorted(each["id"] for each in shown[key])
        scene.expect(bool(own) and listed == own, f"{merged}: {path} lists {listed} and the client has {own}")
    wanted = sorted(each["email"] for each in shown["contacts"])
    mail = shown["contacts"][0]["email"]  # of the client that was not deleted
    number = next(each["client"]["id"] for each in api.all("/contacts", {"search": mail}) if each["email"] == mail)
    listed = sorted(each["email"] or "" for each in api.all("/contacts", {"client_id": number}))
    scene.expect_equal(listed, wanted, f"{merged}: the emails of its contacts that /api/contacts lists")
    notes = api.get("/notes", {"resource_id": number}).total
    scene.expect_equal(notes, 1, f"{merged}: the number of its notes that /api/notes lists")


def _filled(scene: Scene, blank: Shown) -> dict[str, Any]:
    """Return values for the fields that are empty in a client."""
    clients = next(each for each in RESOURCES if each.dialect == "v1" and each.path == "/clients")
    values: dict[str, Any] = {"group_settings_id": group(scene)["id"], "country_id": "8", "shipping_country_id": "8"}
    values |= {"size_id": "1", "industry_id": "1"}
    for row in clients.fields("create"):
        if blank.get(str(row.key)) == "" and row.key not in (*values, "assigned_user_id"):
            values[str(row.input_key)] = scene.unique("Of other")
    return values


@oracle(
    "a client that was merged is a 404 that names the client that has its contents now, also after further merges",
    writes=True,
    subjects=("clients",),
)
def merged_ids_name_the_survivor(scene: Scene) -> None:
    v1 = scene.apis["v1"]
    if v1.password is None:
        scene.not_reached("merges: no --password was given")
        return
    clients = [_client(scene) for _ in range(3)]
    ids = [str(hashed if scene.dialect == "v1" else number) for hashed, number in clients]
    for receiver in (1, 2):
        merged, kept = clients[receiver - 1][0], clients[receiver][0]
        scene.expect_status(v1.send("POST", f"/clients/{kept}/{merged}/merge"), 200)
        for each in ids[:receiver]:
            lost = scene.api.get(f"/clients/{each}")
            if scene.expect_status(lost, 404):
                scene.expect_equal(_changed(scene, each).json, lost.json, f"{lost} beside a change of it")
                words = str(lost.json["message"]).rstrip(".").split()
                scene.expect(words[-1] == ids[receiver], f"{lost} does not name {ids[receiver]}: {' '.join(words)!r}")
    for action, is_named in (("delete", scene.dialect == "v1"), ("restore", True)):
        bulk(scene, action, clients[-1][0])  # in /api nothing is said of a client that is deleted
        lost = scene.api.get(f"/clients/{ids[0]}")
        said = str(lost.json.get("message", ""))
        named = ids[-1] in said.replace(".", " ").split()
        scene.expect(lost.status == 404 and named == is_named, f"{lost} after {action} of {ids[-1]}: {said!r}")


def _changed(scene: Scene, client_id: str) -> Answer:
    """Return the answer to a change of a client."""
    method, key = ("PATCH", "client_company_name") if scene.dialect == "api" else ("PUT", "name")
    return scene.api.send(method, f"/clients/{client_id}", body={key: "Never"})
