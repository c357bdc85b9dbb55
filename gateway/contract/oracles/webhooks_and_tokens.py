"""The life cycles of webhooks and gateway tokens, and blank records."""

import time

from gateway.contract.oracles.life_states import bulk
from gateway.contract.oracles.resources import token, v1_client, webhook
from gateway.contract.oracles.scene import TICK_SECONDS, Scene, attempt, differences, oracle
from gateway.contract.oracles.second_gateway import delivering_gateway

_MAX_WEBHOOKS = 100
_GIVEN = {"id", "client_hash", "created_at", "updated_at", "number", "contacts"}
_GIVEN_TO_CONTACTS = {"id", "created_at", "updated_at", "contact_key", "link"}


@oracle(
    "one gateway token of a client is its default: the one that was last made or set as default",
    writes=True,
    dialects=("v1",),
    subjects=("client_gateway_tokens",),
)
def one_token_is_default(scene: Scene) -> None:
    client, v1 = v1_client(scene), scene.apis["v1"]
    ids: list[str] = []
    for _ in range(3):
        ids.append(token(scene, client_id=client["id"], is_default=True)["id"])
        shown = v1.one(f"/clients/{client['id']}")["gateway_tokens"]
        defaults = [each["id"] for each in shown if each["is_default"]]
        scene.expect_equal(defaults, ids[-1:], "the default tokens of a client after one was created as the default")
    stranger = token(scene, is_default=True)["id"]
    time.sleep(TICK_SECONDS)  # so that a changed time shows
    for token_id, verb in ((ids[0], "POST"), (ids[1], "POST"), (ids[1], "POST"), (ids[2], "PUT"), (ids[0], "PATCH")):
        path = f"/client_gateway_tokens/{token_id}"
        is_action = verb == "POST"
        before = {each["id"]: each for each in v1.one(f"/clients/{client['id']}")["gateway_tokens"]}
        answer = v1.send(verb, f"{path}/setAsDefault" if is_action else path, body={"is_default": True})
        scene.expect_status(answer, 200)
        scene.expect_equal(answer.data["id"], token_id, f"{answer}: the token in the answer")
        shown = v1.one(f"/clients/{client['id']}")["gateway_tokens"]
        defaults = [each["id"] for each in shown if each["is_default"]]
        scene.expect_equal(defaults, [token_id], f"{answer}: the default tokens of the client")
        same = [each for each in shown if each["is_default"] == before[each["id"]]["is_default"]]
        scene.expect_equal(
            same, [before[each["id"]] for each in same], f"{answer}: tokens with the same role as before"
        )
    scene.expect(
        v1.one(f"/client_gateway_tokens/{stranger}")["is_default"], "another client's default token is no longer one"
    )


@oracle(
    "a webhook is archived, deleted and restored, and bulk actions change every webhook that they name",
    writes=True,
    dialects=("v1",),
    subjects=("webhooks",),
)
def webhooks_have_a_life_cycle(scene: Scene) -> None:
    v1 = scene.apis["v1"]
    ids, bystander = [webhook(scene)["id"] for _ in range(3)], webhook(scene)["id"]
    for action, state in (
        ("archive", "archived"),
        ("restore", "active"),
        ("archive", "archived"),
        ("delete", "deleted"),
        ("restore", "active"),
    ):
        answer = bulk(scene, action, *ids, path="/webhooks")
        scene.expect_status(answer, 200)
        for each in (*ids, bystander):
            shown = v1.one(f"/webhooks/{each}")
            found = "deleted" if shown["is_deleted"] else "archived" if shown["archived_at"] else "active"
            wanted = state if each in ids else "active"
            scene.expect(found == wanted, f"{answer}: webhook {each} is {found} instead of {wanted}")
    scene.expect_status(v1.send("DELETE", f"/webhooks/{ids[0]}"), 200)
    scene.expect(v1.one(f"/webhooks/{ids[0]}")["is_deleted"], f"DELETE /webhooks/{ids[0]} did not delete it")
    for method in ("PUT", "PATCH"):
        scene.expect_status(v1.send(method, f"/webhooks/{ids[0]}", body={"rest_method": "put"}), 400)
    bulk(scene, "delete", *ids, bystander, path="/webhooks")


@oracle(
    "a blank record is what a create with an empty body makes, without the values that are assigned on storing",
    writes=True,
    dialects=("v1",),
)
def blank_records_match_defaults(scene: Scene) -> None:
    v1 = scene.apis["v1"]
    with attempt(scene, "/clients/create"):
        blank, made = v1.one("/clients/create"), v1.send("POST", "/clients", body={}).data
        other = differences(blank, made) - _GIVEN
        scene.expect(not other, f"/clients/create shows different {sorted(other)} than a client created without values")
        person = differences(blank["contacts"][0], made["contacts"][0]) - _GIVEN_TO_CONTACTS
        scene.expect(not person, f"/clients/create shows different {sorted(person)} of its contact")
    for path in ("/clients", "/group_settings", "/client_gateway_tokens", "/webhooks"):
        shown = v1.one(f"{path}/create")
        scene.expect_equal(shown["id"], "", f"{path}/create: the id")
        filled = [key for key in ("created_at", "updated_at", "archived_at", "is_deleted") if shown.get(key)]
        scene.expect(not filled, f"{path}/create: {filled} of a record that was never stored")


@oracle(
    "a company has at most a hundred webhooks that are not deleted, and one more is refused, created or restored",
    writes=True,
    alone=True,
    dialects=("v1",),
    subjects=("webhooks",),
)
def webhooks_are_limited(scene: Scene) -> None:
    with delivering_gateway(scene) as own:
        if own is None:
            return
        present = own.api.all("/webhooks")
        made = [webhook(own)["id"] for _ in range(_MAX_WEBHOOKS - len(present))]
        bulk(own, "archive", made[0], path="/webhooks")  # archived ones count, too
        more = {"event_id": "1", "target_url": f"https://hooks.example/{own.run}/more"}
        for what, refused_by in (("one more", "target_url"), ("a restore", "ids")):
            with attempt(own, what):
                if refused_by == "ids":
                    bulk(own, "delete", made[1], path="/webhooks")
                    made.append(webhook(own)["id"])
                    answer = bulk(own, "restore", made[1], path="/webhooks")
                else:
                    answer = own.api.send("POST", "/webhooks", body=more)
                if own.expect_status(answer, 422):
                    named = list(answer.json["errors"])
                    own.expect_equal(named, [refused_by], f"{answer} beyond {_MAX_WEBHOOKS}: what it names")
        scene.expect_equal(
            own.api.get("/webhooks").total, _MAX_WEBHOOKS, "/webhooks: the number of a company's webhooks"
        )
        bulk(own, "delete", *made, path="/webhooks")
