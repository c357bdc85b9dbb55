"""Values inside a client: contacts, tags, and values that are sent as codes and shown as numbers."""

from collections.abc import Mapping
from typing import Any

from gateway.contract.oracles import views
from gateway.contract.oracles.resources import V1_CLIENT, api_client, legacy_id, upload, v1_client
from gateway.contract.oracles.samples import AWKWARD, samples
from gateway.contract.oracles.scene import Scene, differences, oracle, same
from schemas.rows import Many

Shown = Mapping[str, Any]
PASSWORD = "Proof-Password-1"  # noqa: S105 (of a contact that the proof makes)
_MAX_TAGS = 200  # of a client
_SHORTEST = "Exact12"  # a password of the least length
_CODES = {
    "country_code": ("DE", "country_id", "276"),
    "shipping_country_code": ("FRA", "shipping_country_id", "250"),
    "currency_code": ("eur", "settings.currency_id", "3"),
    "language_code": ("de", "settings.language_id", "3"),
}


@oracle(
    "each field of a client's contacts is shown as it was sent, in both dialects, and the other fields stay",
    writes=True,
    dialects=("v1",),
    subjects=("clients",),
)
def contacts_are_shown(scene: Scene) -> None:
    two = [{"first_name": "One", "email": scene.email()}, {"first_name": "Two", "email": scene.email()}]
    client = v1_client(scene, contacts=two)
    table = next(row.of for row in V1_CLIENT.rows if isinstance(row, Many) and row.key == "contacts")
    for row in table.fields():
        if "update" not in row.on or row.key in ("id", "password", "is_primary"):
            continue
        for sample in samples(scene, row, {}):
            client = _set(scene, client, str(row.key), sample.sent, sample.shown)
    _emails_cleared(scene, client)
    answer = scene.api.send("PUT", f"/clients/{client['id']}", body=_with(client, 1, password=PASSWORD))
    scene.expect_equal(answer.data["contacts"][1]["password"], "**********", f"{answer}: the mask of a password")
    scene.expect_equal(answer.data["contacts"][0]["password"], "", f"{answer}: no password")
    for more in ({"password": "***"}, {"password": ""}, {"password": None}, {"phone": "7"}):
        answer = scene.api.send("PUT", f"/clients/{client['id']}", body=_with(client, 1, **more))
        scene.expect_equal(answer.data["contacts"][1]["password"], "**********", f"{answer} with {more}: the mask")


def _with(client: Shown, position: int, **values: Any) -> dict[str, Any]:
    return {
        "contacts": [
            {"id": each["id"], **(values if n == position else {})} for n, each in enumerate(client["contacts"])
        ]
    }


def _set(scene: Scene, client: Shown, key: str, sent: Any, shown: Any) -> dict[str, Any]:
    path = f"/clients/{client['id']}"
    answer = scene.api.send("PUT", path, body=_with(client, 1, **{key: sent}))
    after, where = answer.data, f"{answer} with contact's `{key}`"
    scene.expect_equal(after["contacts"][1][key], shown, where)
    scene.expect(same(after["contacts"][0], client["contacts"][0]), f"{where}: the other contact changed as well")
    touched = differences(client["contacts"][1], after["contacts"][1]) - {key, "updated_at"}
    scene.expect(not touched, f"{where}: {sorted(touched)} of the contact changed as well")
    scene.expect(differences(client, after) <= {"contacts", "updated_at"}, f"{where}: the client changed as well")
    read = scene.api.one(path)
    scene.expect(same(read, after), f"{where}: a read shows other {sorted(differences(after, read))}")
    person = after["contacts"][1]
    for other in scene.twin.all("/contacts", {"search": person["email"]}) if person["email"] else ():
        if other["email"] == person["email"]:
            views.agree(scene, other, person, views.CONTACT, where)
    return dict(after)


def _emails_cleared(scene: Scene, client: Shown) -> None:
    for empty in ("", None):
        scene.api.send("PUT", f"/clients/{client['id']}", body=_with(client, 1, email=scene.email()))
        answer = scene.api.send("PUT", f"/clients/{client['id']}", body=_with(client, 1, email=empty))
        scene.expect_equal(answer.data["contacts"][1]["email"], "", f"{answer}: an email after {empty!r}")


@oracle(
    "the contacts that are sent replace all contacts of a client: those with an id keep it, those left "
    "out are removed, exactly one is primary",
    writes=True,
    dialects=("v1",),
    subjects=("clients",),
)
def contacts_are_the_whole(scene: Scene) -> None:
    client = v1_client(scene, contacts=[{"first_name": name, "email": scene.email()} for name in ("A", "B", "C")])
    ids = [each["id"] for each in client["contacts"]]
    path = f"/clients/{client['id']}"
    kept = scene.api.send("PUT", path, body={"contacts": [{"id": ids[2]}, {"id": ids[0]}, {"first_name": "New"}]})
    now = {each["id"]: each for each in kept.data["contacts"]}
    scene.expect(len(now) == 3 and ids[1] not in now and {ids[0], ids[2]} <= now.keys(), f"{kept}: {sorted(now)}")
    scene.expect(sum(each["is_primary"] for each in now.values()) == 1, f"{kept}: not exactly one contact is primary")
    scene.expect(now[ids[2]]["is_primary"], f"{kept}: the first contact is not primary, and none was marked")
    _check_primary(scene, path, ids)
    for key in ("first_name", "email", "contact_key", "created_at"):
        before = {each["id"]: each[key] for each in client["contacts"]}
        scene.expect(all(now[each][key] == before[each] for each in (ids[0], ids[2])), f"{kept}: `{key}` was not kept")
    emptied = scene.api.send("PUT", path, body={"contacts": []})
    scene.expect(len(emptied.data["contacts"]) == 1, f"{emptied}: a client is never without a contact")
    again = scene.api.send("PUT", path, body={"contacts": []})
    scene.expect_equal(again.data, emptied.data, f"{again}: a client whose only contact was blank already")
    untouched = scene.api.send("PUT", path, body={"phone": "1"})
    scene.expect_equal(
        untouched.data["contacts"], emptied.data["contacts"], f"{untouched}: contacts that were not sent"
    )


def _check_primary(scene: Scene, path: str, ids: list[str]) -> None:
    """Check that the marked contact becomes primary and comes first, and that ids of other clients are refused."""
    for marked, temporary in ((ids[2], "-7"), (ids[0], -7)):
        second, new = {"id": ids[2], "is_primary": marked == ids[2]}, {"id": temporary, "first_name": "New"}
        people: list[dict[str, Any]] = [{"id": ids[0]}, second, new]
        answer = scene.api.send("PUT", path, body={"contacts": people})
        shown = answer.data["contacts"]
        wanted = [marked, *(each for each in (ids[0], ids[2]) if each != marked)]
        scene.expect_equal(
            [each["id"] for each in shown[:2]], wanted, f"{answer}: the primary one first, then the oldest"
        )
        flags = [each["is_primary"] for each in shown]
        scene.expect_equal(flags, [True, False, False], f"{answer}: which contact is primary")
        scene.expect_equal(shown[2]["first_name"], "New", f"{answer}: a contact with an invalid id")
    known = scene.api.one(path)
    mail = next(each["email"] for each in known["contacts"] if each["id"] == ids[0])
    for doubled in ([{"id": ids[0], "email": ""}] * 2, [{"id": ids[0]}, {"email": mail.upper()}]):
        refused = scene.api.send("PUT", path, body={"contacts": doubled})
        scene.expect_status(refused, 422)
        scene.expect_equal(scene.api.one(path), known, f"{refused} for {doubled}: the client")
    copied = scene.api.send("POST", "/clients", body={"contacts": [{"id": ids[0], "first_name": "Copy"}]})
    is_new = copied.ok and copied.data["contacts"][0]["id"] != ids[0]
    scene.expect(is_new, f"{copied}: a contact that is copied to a new client, with the id that it has there")
    scene.expect_equal(scene.api.one(path), known, f"{copied}: the client whose contact was copied")
    stranger = v1_client(scene)
    refused = scene.api.send("PUT", path, body={"contacts": [{"id": stranger["contacts"][0]["id"], "phone": "9"}]})
    scene.expect_status(refused, 422)
    scene.expect_equal(
        scene.api.one(f"/clients/{stranger['id']}"), stranger, f"{refused}: the client whose contact it is"
    )


@oracle(
    "the first contact marked as primary is primary, a mask is not a password, a weak password is "
    "refused, an email may be shared",
    writes=True,
    dialects=("v1",),
    subjects=("clients",),
)
def contacts_are_marked(scene: Scene) -> None:
    mail = scene.email()
    people = [{"first_name": "A"}, {"first_name": "B", "is_primary": True}, {"first_name": "C", "is_primary": True}]
    client = v1_client(scene, contacts=people)
    path = f"/clients/{client['id']}"
    primary = [each["first_name"] for each in client["contacts"] if each["is_primary"]]
    scene.expect_equal(primary, ["B"], f"{path}: which of two marked contacts is primary")
    for text in ("**********", "***", ""):
        masked = scene.api.send("PUT", path, body=_with(client, 1, password=text)).data
        scene.expect_equal(masked["contacts"][1]["password"], "", f"{path}: a contact's password after {text!r}")
    shortest = scene.api.send("PUT", path, body=_with(client, 2, password=_SHORTEST))
    if scene.expect_status(shortest, 200):
        scene.expect_equal(shortest.data["contacts"][2]["password"], "**********", f"{shortest}: seven characters")
    for weak in ("Short1", "alllower1", "ALLUPPER1", "NoDigitsHere"):
        refused = scene.api.send("PUT", path, body=_with(client, 1, password=weak))
        scene.expect_status(refused, 422)
    for number in range(2):
        shared = scene.api.send("POST", "/clients", body={"name": scene.unique(), "contacts": [{"email": mail}]})
        scene.expect(shared.ok, f"{shared}: the email of another client's contact, {number + 1} times")


@oracle(
    "a country, currency or language that is sent by its code is shown by its number",
    writes=True,
    dialects=("v1",),
    subjects=("clients",),
)
def codes_are_shown(scene: Scene) -> None:
    client = v1_client(scene)
    for key, (code, shown, number) in _CODES.items():
        answer = scene.api.send("PUT", f"/clients/{client['id']}", body={key: code})
        value = answer.data
        for step in shown.split("."):
            value = value[step]
        scene.expect_equal(value, number, f"{answer} with `{key}`")
    for written, known in (("fra", "250"), ("", ""), ("de", "276"), (None, "")):
        answer = scene.api.send("PUT", f"/clients/{client['id']}", body={"country_code": written})
        scene.expect_equal(answer.data["country_id"], known, f"{answer} with the country code {written!r}")
    codes = {key: code for key, (code, _shown, _number) in _CODES.items()}
    ids = {"currency_id": "1", "language_id": "1"}
    sent = {"country_id": "840", "shipping_country_id": "8", "settings": ids}
    for body, wanted in ((codes, ["276", "250", "3", "3"]), (codes | sent, ["840", "8", "1", "1"])):
        made = v1_client(scene, **body)
        found = [made[key] for key in ("country_id", "shipping_country_id")]
        found += [made["settings"][key] for key in ids]
        scene.expect_equal(found, wanted, f"POST /clients with {body}: countries, currency and language")


@oracle(
    "tags are exactly those sent, in their order, in both dialects, and survive every write of the other dialect",
    writes=True,
    subjects=("clients",),
)
def tags_are_shown(scene: Scene) -> None:
    client = v1_client(scene)
    api, v1 = scene.apis["api"], scene.apis["v1"]
    known = api.one(f"/clients/{legacy_id(scene, client)}")
    doubled = _tagged(scene, known["id"], client["id"], ["x", "y", "x"])
    _check_tags(scene, known["id"], client["id"], ["x", "y"], f"{doubled} with a tag that is sent twice")
    in_cases, many = ["b", "B", "ä", "Ä"], [f"tag {number}" for number in range(_MAX_TAGS)]
    for tags in (["b", "a", "Ünï", AWKWARD, "007"], [], in_cases, many, ["one"], ["one", "two"]):
        answer = _tagged(scene, known["id"], client["id"], tags)
        _check_tags(scene, known["id"], client["id"], tags, str(answer))
    scene.expect_status(_tagged(scene, known["id"], client["id"], [*many, "one too many"]), 422)
    without = v1.send("PUT", f"/clients/{client['id']}", body={"tags": None})
    _check_tags(scene, known["id"], client["id"], ["one", "two"], f"{without} with null")
    v1.send("PUT", f"/clients/{client['id']}", body={"phone": "1", "contacts": [{"first_name": "X"}]})
    api.send("PATCH", f"/clients/{known['id']}", body={"client_company_name": client["name"], "client_vat": "2"})
    _check_tags(scene, known["id"], client["id"], ["one", "two"], "after writes about something else")
    _check_tags(scene, api_client(scene, tags=["x", "y"])["id"], None, ["x", "y"], "POST /api/clients with tags")


def _tagged(scene: Scene, number: int, hashed: str, tags: list[str]) -> Any:
    if scene.dialect == "api":
        return scene.api.send("PUT", f"/clients/{number}/tags", body={"tags": tags})
    return scene.api.send("PUT", f"/clients/{hashed}", {"include": "tags"}, body={"tags": tags})


def _check_tags(scene: Scene, number: int, hashed: str | None, tags: list[str], where: str) -> None:
    shown = scene.apis["api"].one(f"/clients/{number}")["tags"]
    scene.expect_equal(shown, tags, f"{where}: tags in /api")
    if hashed:
        shown = scene.apis["v1"].one(f"/clients/{hashed}", {"include": "tags"})["tags"]
        scene.expect_equal(shown, tags, f"{where}: tags in /api/v1")


@oracle("documents and gateway tokens survive every write of either dialect", writes=True, subjects=("clients",))
def children_survive_writes(scene: Scene) -> None:
    client = upload(scene, v1_client(scene)["id"])
    body = {"client_id": client["id"], "token": scene.unique("tok")}
    scene.apis["v1"].send("POST", "/client_gateway_tokens", body=body)
    before = scene.apis["v1"].one(f"/clients/{client['id']}")
    known = legacy_id(scene, client)
    scene.apis["api"].send("PATCH", f"/clients/{known}", body={"client_company_name": scene.unique("Renamed")})
    scene.apis["v1"].send("PUT", f"/clients/{client['id']}", body={"city": "Else"})
    after = scene.apis["v1"].one(f"/clients/{client['id']}")
    scene.expect(len(before["documents"]) == len(before["gateway_tokens"]) == 1, "a document and a token were given")
    for key in ("documents", "gateway_tokens", "contacts", "client_hash", "number", "created_at", "settings"):
        scene.expect_equal(after[key], before[key], f"`{key}` after writes about something else")
