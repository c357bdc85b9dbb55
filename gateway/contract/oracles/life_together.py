"""Operations on several records at once: bulk actions, merges, and changes of the account owner."""

from collections.abc import Mapping
from typing import Any

from gateway.contract.oracles.api import Answer
from gateway.contract.oracles.life_states import bulk
from gateway.contract.oracles.resources import (
    api_client,
    contact,
    group,
    in_v1,
    legacy_id,
    note,
    token,
    upload,
    v1_client,
)
from gateway.contract.oracles.scene import Scene, attempt, differences, oracle
from gateway.contract.oracles.stocked import change_balance

Shown = Mapping[str, Any]
UNKNOWN = "nobodyhasthisid"
_MERGED = {"contacts", "documents", "gateway_tokens", "tags", "updated_at"}


@oracle(
    "a bulk action changes every client that is named and no other, and none if one is unknown",
    writes=True,
    dialects=("v1",),
    subjects=("clients",),
)
def bulk_reaches_everyone(scene: Scene) -> None:
    v1 = scene.apis["v1"]
    clients = [v1_client(scene) for _ in range(4)]
    ids, bystander = [each["id"] for each in clients[:3]], clients[3]["id"]
    chosen = group(scene)["id"]
    actions: list[tuple[str, dict[str, Any], Any]] = [
        ("archive", {}, lambda c: c["archived_at"] > 0),
        ("restore", {}, lambda c: c["archived_at"] == 0),
        ("delete", {}, lambda c: c["is_deleted"]),
        ("restore", {}, lambda c: not c["is_deleted"]),
        ("assign_group", {"group_settings_id": chosen}, lambda c: c["group_settings_id"] == chosen),
        ("assign_group", {"group_settings_id": ""}, lambda c: c["group_settings_id"] == ""),
        *(
            ("bulk_update", {"column": column, "new_value": value}, lambda c, k=column, v=value: c[k] == v)
            for column, value in (
                ("public_notes", "in bulk"),
                ("industry_id", "4"),
                ("size_id", "3"),
                ("country_id", "276"),
                *((f"custom_value{n}", f"b{n}") for n in range(1, 5)),
                *((column, "") for column in ("public_notes", "industry_id", "country_id", "custom_value1")),
            )
        ),
    ]
    for action, more, holds in actions:
        with attempt(scene, f"{action} {more}"):
            refused = bulk(scene, action, ids[0], UNKNOWN, **more)
            before = v1.one(f"/clients/{bystander}")
            scene.expect_status(refused, 404)
            wanted = [ids[1], ids[2], ids[0]]  # neither in the order of their creation nor the reverse
            doubled = [ids[1], ids[2], ids[1], ids[0]]  # an id that is named twice counts once
            answer = bulk(scene, action, *doubled, **more)
            scene.expect_equal([each["id"] for each in answer.data], wanted, f"{answer}: the clients in the answer")
            check_pagination(scene, answer, len(wanted))
            scene.expect(all(holds(each) for each in answer.data), f"{answer}: {action} {more} is not in the answer")
            for each in ids:
                scene.expect(holds(v1.one(f"/clients/{each}")), f"{action} {more} was not done to {each} of {ids}")
            scene.expect_equal(v1.one(f"/clients/{bystander}"), before, f"{answer}: a client that was not named")


def check_pagination(scene: Scene, answer: Answer, count: int) -> None:
    """The answer to a bulk action is a single page of the records that were named."""
    found = {key: answer.json["meta"]["pagination"][key] for key in ("total", "count", "current_page", "total_pages")}
    wanted = {"total": count, "count": count, "current_page": 1, "total_pages": 1}
    scene.expect_equal(found, wanted, f"{answer}: pagination of {count} records")


@oracle(
    "a merge moves contacts, documents with their bytes, gateway tokens, tags, notes and history, and "
    "removes the merged client",
    writes=True,
    dialects=("v1",),
    subjects=("clients",),
)
def merge_moves_everything(scene: Scene) -> None:
    v1 = scene.apis["v1"]
    if v1.password is None:
        scene.not_reached("merges: no --password was given")
        return
    shared, values = scene.email(), {key: f"{key} stays" for key in ("private_notes", "public_notes", "custom_value2")}
    second = scene.email()
    people = [{"first_name": "A", "email": shared}, {"first_name": "S", "email": second}]
    receiver = v1_client(scene, tags=["x", "y"], contacts=people, city="Stays", **values)
    others = [
        {"first_name": "A2", "email": shared.upper()},
        {"first_name": "S2", "email": second},
        {"first_name": "B", "email": scene.email()},
        {},
        {"phone": "+49 7"},
    ]
    other = v1_client(scene, tags=["y", "z"], contacts=others, city="Goes", **dict.fromkeys(values, "Goes"))
    for client, place in ((receiver, "Here"), (other, "There")):
        v1.send("PUT", f"/clients/{client['id']}", body={"locations": [{"name": place}]})
    number, gone = legacy_id(scene, receiver), legacy_id(scene, other)
    content = scene.unique("bytes").encode()
    uploaded = upload(scene, other["id"], "a.txt", content)["documents"][0]
    known, said = token(scene, client_id=other["id"], is_default=True), note(scene, noteresource_id=gone)
    own = token(scene, client_id=receiver["id"], is_default=True)
    done = len(_activities(scene, receiver["id"])) + len(_activities(scene, other["id"]))
    answer = v1.send("POST", f"/clients/{receiver['id']}/{other['id']}/merge", {"include": "tags"})
    merged = answer.data
    scene.expect_equal(merged["id"], receiver["id"], f"{answer}: the client that stays")
    places = v1.one(f"/clients/{receiver['id']}", {"include": "locations"})["locations"]
    scene.expect_equal([each["name"] for each in places], ["Here", "There"], f"{answer}: locations")
    names = [each["first_name"] for each in merged["contacts"]]
    scene.expect_equal(names, ["A", "S", "B", ""], f"{answer}: contacts")
    primary = [each["is_primary"] for each in merged["contacts"]]
    scene.expect_equal(primary, [True, False, False, False], f"{answer}: who is primary")
    scene.expect_equal(merged["tags"], ["x", "y", "z"], f"{answer}: tags")
    tokens = {each["token"]: each["is_default"] for each in merged["gateway_tokens"]}
    scene.expect_equal(tokens, {own["token"]: True, known["token"]: False}, f"{answer}: tokens, and the default")
    touched = differences(receiver, merged) - _MERGED
    scene.expect(not touched, f"{answer}: {sorted(touched)} of the one that stays changed as well")
    scene.expect_equal([each["id"] for each in merged["documents"]], [uploaded["id"]], f"{answer}: documents")
    scene.expect(v1.get(f"/documents/{uploaded['id']}/download").content == content, f"{answer}: the document's bytes")
    scene.expect_equal(v1.one(f"/client_gateway_tokens/{known['id']}")["client_id"], receiver["id"], "a token's client")
    note_on = scene.apis["api"].one(f"/notes/{said['id']}")["resource"]["id"]
    scene.expect_equal(note_on, number, f"{answer}: the client of a note")
    scene.expect(len(_activities(scene, receiver["id"])) > done, f"{answer}: the history did not move")
    _check_end(scene, other, gone)
    scene.expect_equal(
        v1.one(f"/clients/{receiver['id']}", {"include": "tags"}), merged, f"{answer}: a read afterwards"
    )
    for refused in (receiver["id"], other["id"], UNKNOWN):
        scene.expect_status(v1.send("POST", f"/clients/{receiver['id']}/{refused}/merge"), 400)


def _check_end(scene: Scene, other: Shown, number: int) -> None:
    scene.expect_status(scene.apis["v1"].get(f"/clients/{other['id']}"), 404)
    scene.expect_status(scene.apis["api"].get(f"/clients/{number}"), 404)
    found = scene.apis["v1"].all("/clients", {"name": other["name"], "with_trashed": "true"})
    scene.expect(not found, "a client that was merged into another one is still listed")


def _activities(scene: Scene, client_id: str) -> list[Any]:
    return list(scene.apis["v1"].one(f"/clients/{client_id}", {"include": "activities"})["activities"])


@oracle("a merge adds up the balances", writes=True, alone=True, dialects=("v1",), subjects=("clients",))
def merge_adds_balances(scene: Scene) -> None:
    v1 = scene.apis["v1"]
    if v1.password is None:
        scene.not_reached("balances of a merge: no --password was given")
        return
    receiver, other = v1_client(scene), v1_client(scene)
    for client, amount in ((receiver, "0.25"), (other, "10.05")):
        change_balance(scene, client["id"], amount)
    merged = v1.send("POST", f"/clients/{receiver['id']}/{other['id']}/merge").data
    sums = [merged[key] for key in ("balance", "paid_to_date", "credit_balance")]
    scene.expect_equal(sums, [10.3, 20.6, 30.9], "balance, paid and credit after a merge")


@oracle(
    "the account owner is the contact that the change named, in both dialects, the contacts stay, and "
    "contacts of other clients are refused",
    writes=True,
    dialects=("api",),
    subjects=("clients", "contacts"),
)
def owner_moves(scene: Scene) -> None:
    api, client = scene.apis["api"], api_client(scene)
    second = contact(scene, clientid=client["id"])
    stranger = contact(scene)
    hashed = in_v1(scene, client)["id"]
    ways = (
        (f"/clients/{client['id']}/owner", {"owner": second["id"]}, second["id"]),
        (f"/contacts/{client['owner']['id']}/account-owner", None, client["owner"]["id"]),
    )
    for path, body, owner in ways:
        answer = api.send("PUT", path, body=body)
        scene.expect_status(answer, 200)
        shown = api.one(f"/clients/{client['id']}")
        scene.expect_equal(shown["owner"]["id"], owner, f"{answer}: the owner")
        people = api.all("/contacts", {"client_id": client["id"]})
        owners = [each["id"] for each in people if each["account_owner"] == "yes"]
        scene.expect_equal(owners, [owner], f"{answer}: the contacts marked as account owner")
        primary = [
            each["email"] for each in scene.apis["v1"].one(f"/clients/{hashed}")["contacts"] if each["is_primary"]
        ]
        emails = [each["email"] for each in people if each["id"] == owner]
        scene.expect_equal(primary, emails, f"{answer}: the primary contact of /api/v1")
        scene.expect_equal(len(people), 2, f"{answer}: the number of contacts")
    for refused in (stranger["id"], 10**12):
        scene.expect_status(api.send("PUT", f"/clients/{client['id']}/owner", body={"owner": refused}), 422)
    scene.expect_status(api.send("DELETE", f"/contacts/{client['owner']['id']}"), 409)
