"""Every operation on a client records an activity: type, dialect, and the values before and after."""

from collections.abc import Mapping
from typing import Any

from gateway.contract.oracles.life_states import bulk
from gateway.contract.oracles.resources import api_client, category, contact, in_v1, legacy_id, token, upload, v1_client
from gateway.contract.oracles.scene import Scene, attempt, oracle, same

Shown = Mapping[str, Any]
_SECRET = "token-of-the-proof"  # noqa: S105 (of a gateway token that the proof makes)
_SECRETS = {"token": _SECRET, "gateway_customer_reference": f"of {_SECRET}", "meta": {"card": [_SECRET]}}
_TAGS = [f"tag {number}" for number in range(12)]
_LONG = "long " * 180
_MASK = "**********"  # of a secret that differs
# The texts of activities by type, and of those changes that have a text of their own.
_TEXTS = {"1": "Created", "2": "Archived", "3": "Deleted", "26": "Restored", "61": "Updated"}
_OWN_TEXTS = {
    "tags": "Tags changed",
    **dict.fromkeys(("owner", "account owner"), "Owner changed"),
    **dict.fromkeys(("contacts", "contact", "deletion of a contact"), "Contacts changed"),
    **dict.fromkeys(("upload", "document", "deletion of a document"), "Documents changed"),
    **dict.fromkeys(
        ("gateway token", "default token", "change of a token", "deletion of a token"), "Gateway tokens changed"
    ),
}


@oracle(
    "every kind of change in both dialects is in the client's activities: type, text, dialect, values before and after",
    writes=True,
    subjects=("clients",),
)
def changes_are_recorded(scene: Scene) -> None:
    api, v1, client = scene.apis["api"], scene.apis["v1"], v1_client(scene)
    number, path = legacy_id(scene, client), f"/clients/{client['id']}"
    second = contact(scene, clientid=number)
    client = v1.one(path)
    name = client["name"]
    _newest(scene, client, "contacts", ("61", "api"), {})
    oldest = _activities(scene, client["id"])[-1]
    scene.expect_equal([oldest["activity_type_id"], oldest["dialect"]], ["1", "v1"], "the oldest activity: a creation")
    of_api = _activities(scene, in_v1(scene, api_client(scene))["id"])
    found = [[each["activity_type_id"], each["dialect"], each["notes"]] for each in of_api]
    scene.expect_equal(found, [["1", "api", "Created"]], "the activities of a client that /api has created")
    legacy = f"/clients/{number}"
    own, (first, target) = _Paths(scene, client, number), (category(scene)["id"] for _ in range(2))
    steps: list[tuple[str, Any, tuple[str, str], dict[str, Any]]] = [
        ("update", lambda: v1.send("PUT", path, body={"city": "Ulm"}), ("61", "v1"), {"city": ("", "Ulm")}),
        (
            "country",
            lambda: v1.send("PUT", path, body={"country_id": "276"}),
            ("61", "v1"),
            {"country_id": ("", "276")},
        ),
        (
            "update",
            lambda: api.send("PATCH", legacy, body={"client_company_name": name, "client_vat": "V1"}),
            ("61", "api"),
            {"vat_number": ("", "V1")},
        ),
        (
            "tags",
            lambda: api.send("PUT", f"{legacy}/tags", body={"tags": _TAGS}),
            ("61", "api"),
            {"tags": ([], _TAGS)},
        ),
        (
            "locations",
            lambda: v1.send("PUT", path, body={"locations": [{"name": "Yard", "country_id": "276"}]}),
            ("61", "v1"),
            {"locations": None},
        ),
        (
            "settings",
            lambda: v1.send("PUT", path, body={"settings": {"payment_terms": "14", "own": "kept"}}),
            ("61", "v1"),
            {"settings": ({}, {"payment_terms": "14", "own": "kept"})},
        ),
        (
            "one setting",
            lambda: api.send(
                "PATCH", legacy, body={"client_company_name": name, "client_billing_invoice_due_days": "30"}
            ),
            ("61", "api"),
            {"settings": ({"payment_terms": "14"}, {"payment_terms": "30"})},
        ),
        (
            "owner",
            lambda: api.send("PUT", f"{legacy}/owner", body={"owner": second["id"]}),
            ("61", "api"),
            {"contacts": None},
        ),
        ("archive", lambda: bulk(scene, "archive", client["id"]), ("2", "v1"), {"archived_at": None}),
        (
            "activate",
            lambda: api.send("PUT", f"{legacy}/status", body={"status": "active"}),
            ("26", "api"),
            {"archived_at": None},
        ),
        (
            "suspend",
            lambda: api.send("PUT", f"{legacy}/status", body={"status": "suspended"}),
            ("2", "api"),
            {"archived_at": None},
        ),
        ("restore", lambda: bulk(scene, "restore", client["id"]), ("26", "v1"), {"archived_at": None}),
        ("delete", lambda: v1.send("DELETE", path), ("3", "v1"), {}),
        ("restore", lambda: bulk(scene, "restore", client["id"]), ("26", "v1"), {}),
        ("upload", lambda: upload(scene, client["id"]), ("61", "v1"), {"documents": None}),
        (
            "gateway token",
            lambda: token(scene, client_id=client["id"], **_SECRETS),
            ("61", "v1"),
            {"gateway_tokens": None},
        ),
        (
            "bulk update",
            lambda: bulk(scene, "bulk_update", client["id"], column="public_notes", new_value=_LONG),
            ("61", "v1"),
            {"public_notes": ("", _LONG)},
        ),
        (
            "category",
            lambda: api.send("PATCH", legacy, body={"client_company_name": name, "client_categoryid": first}),
            ("61", "api"),
            {"group_settings_id": None},
        ),
        (
            "migration",
            lambda: api.send("PUT", f"/categories/{first}/migrate", body={"target_id": target}),
            ("61", "api"),
            {"group_settings_id": None},
        ),
        (
            "bulk group",
            lambda: bulk(scene, "assign_group", client["id"], group_settings_id=""),
            ("61", "v1"),
            {"group_settings_id": None},
        ),
        ("account owner", lambda: api.send("PUT", own.contact("account-owner")), ("61", "api"), {"contacts": None}),
        (
            "contact",
            lambda: api.send("PATCH", own.contact(), body=own.person | {"phone": "7"}),
            ("61", "api"),
            {"contacts": None},
        ),
        (
            "password of a contact",
            lambda: v1.send("PUT", path, body=own.with_password()),
            ("61", "v1"),
            {"contacts": None},
        ),
        (
            "deletion of a contact",
            lambda: api.send("DELETE", f"/contacts/{second['id']}"),
            ("61", "api"),
            {"contacts": None},
        ),
        (
            "document",
            lambda: v1.send("PUT", own.nested("documents"), body={"name": "new.txt"}),
            ("61", "v1"),
            {"documents": None},
        ),
        (
            "default token",
            lambda: v1.send("POST", f"{own.nested('gateway_tokens')}/setAsDefault"),
            ("61", "v1"),
            {"gateway_tokens": None},
        ),
        (
            "change of a token",
            lambda: v1.send("PUT", own.nested("gateway_tokens"), body={"gateway_type_id": "2"}),
            ("61", "v1"),
            {"gateway_tokens": None},
        ),
        (
            "deletion of a token",
            lambda: v1.send("DELETE", own.nested("gateway_tokens")),
            ("61", "v1"),
            {"gateway_tokens": None},
        ),
    ]
    if v1.password:
        kind: tuple[str, str] = ("61", "v1")
        steps.append(
            ("deletion of a document", lambda: v1.send("DELETE", own.nested("documents")), kind, {"documents": None})
        )
    for word, act, said, changed in steps:
        with attempt(scene, word):
            before = len(_activities(scene, client["id"]))
            act()
            after = len(_activities(scene, client["id"]))
            scene.expect(after == before + 1, f"{word} left {after - before} activities instead of one")
            _newest(scene, client, word, said, changed)
    _nothing_changed(scene, client, path)


class _Paths:
    """The paths of the records of a client, as they are when a step needs them."""

    def __init__(self, scene: Scene, client: Shown, number: int) -> None:
        self._scene, self._client = scene, client
        known = {key: client["contacts"][0][key] for key in ("first_name", "last_name", "email")}
        people = scene.apis["api"].all("/contacts", {"client_id": number})
        self.person = known
        self._contact = next(each["id"] for each in people if each["email"] == known["email"])

    def contact(self, action: str = "") -> str:
        """The path of the first contact, or of an action on it."""
        return f"/contacts/{self._contact}/{action}".rstrip("/")

    def with_password(self) -> dict[str, Any]:
        """The contacts of the client, the last one with a new password."""
        people = self._scene.apis["v1"].one(f"/clients/{self._client['id']}")["contacts"]
        kept = [{"id": each["id"]} for each in people]
        return {"contacts": [*kept[:-1], {**kept[-1], "password": "Proof-Password-1"}]}

    def nested(self, key: str) -> str:
        """The path of the client's first document or gateway token."""
        path = {"documents": "/documents", "gateway_tokens": "/client_gateway_tokens"}[key]
        shown = self._scene.apis["v1"].one(f"/clients/{self._client['id']}")
        return f"{path}/{shown[key][0]['id']}"


def _newest(scene: Scene, client: Shown, word: str, said: tuple[str, str], changed: Mapping[str, Any]) -> None:
    newest = _activities(scene, client["id"])[0]
    found = (newest["activity_type_id"], newest["dialect"])
    scene.expect(found == said, f"{word}: the activity is {found} instead of {said}")
    scene.expect_equal(newest["client_id"], client["id"], f"{word}: the client of the activity")
    scene.expect_equal(newest["is_system"], False, f"{word}: whether the activity is the system's own")
    text = _OWN_TEXTS.get(word, _TEXTS[said[0]])
    scene.expect_equal(newest["notes"], text, f"{word}: the text of the activity")
    for key in ("user_id", "token_id", "notes"):
        scene.expect(bool(newest[key]), f"{word}: the activity has no `{key}`")
    hidden = [client["client_hash"], *(each["contact_key"] for each in client["contacts"]), _SECRET]
    leaked = [each for each in hidden if each in str(newest)]
    scene.expect(not leaked, f"{word}: the activity contains {leaked}, which gives access")
    plain = [each for part in ("before", "after") for each in _passwords(newest[part]) if each not in ("", _MASK)]
    scene.expect(not plain, f"{word}: the activity contains a password or its hash, {plain}")
    shown = scene.apis["v1"].one(f"/clients/{client['id']}")
    # A change to the default category shows its id, although a client shows none for it.
    same_keys = [key for key, each in newest["after"].items() if key in shown and not isinstance(each, dict)]
    same_keys = [key for key in same_keys if key != "locations" and (key != "group_settings_id" or shown[key])]
    _check_places(scene, newest["after"].get("locations", []), client["id"])
    found_values = {key: newest["after"][key] for key in same_keys}
    scene.expect_equal(found_values, {key: shown[key] for key in same_keys}, f"{word}: values of the activity")
    alike = _alike(newest["before"], newest["after"])
    scene.expect(not alike, f"{word}: {alike} of the activity are the same before and after")
    for key, values in changed.items():
        where = f"{word}: `{key}` of the activity"
        told = newest["before" if word.startswith("deletion") else "after"].get(key)
        scene.expect(not isinstance(told, dict) or any(told.values()), f"{where} has no values: {told}")
        if scene.expect(key in newest["after"], f"{where} is not in `after`: {sorted(newest['after'])}") and values:
            scene.expect_equal([newest["before"].get(key), newest["after"].get(key)], list(values), where)


def _check_places(scene: Scene, places: list[dict[str, Any]], client_id: str) -> None:
    """Locations in an activity have the values that the client shows."""
    shown = scene.apis["v1"].one(f"/clients/{client_id}", {"include": "locations"})["locations"] if places else []
    known = {each["id"]: each for each in shown}
    for each in places:
        wanted = {key: known.get(each["id"], {}).get(key) for key in each}
        scene.expect_equal(each, wanted, f"a location of client {client_id} in the activity")


def _passwords(value: Any) -> list[Any]:
    """Return the values of all keys that are about passwords."""
    if not isinstance(value, dict):
        return []
    own = [each for key, each in value.items() if "password" in key]
    return own + [found for each in value.values() for found in _passwords(each)]


def _alike(before: Any, after: Any, path: str = "") -> list[str]:
    """Return the dotted keys that have the same value before and after; both should have only what differs."""
    if isinstance(before, dict) and isinstance(after, dict):
        keys = before.keys() & after.keys()
        return [found for key in sorted(keys) for found in _alike(before[key], after[key], f"{path}.{key}")]
    return [path.lstrip(".")] if same(before, after) and before != _MASK else []


def _nothing_changed(scene: Scene, client: Shown, path: str) -> None:
    before = len(_activities(scene, client["id"]))
    scene.apis["v1"].send("PUT", path, body={"city": "Ulm"})
    after = len(_activities(scene, client["id"]))
    scene.expect(after == before, "a write that changes nothing left an activity")


def _activities(scene: Scene, client_id: str) -> list[dict[str, Any]]:
    v1 = scene.apis["v1"]
    included = list(v1.one(f"/clients/{client_id}", {"include": "activities"})["activities"])
    if scene.dialect == "v1":
        by_entity = v1.send("POST", "/activities/entity", body={"entity": "client", "entity_id": client_id}).data
        scene.expect_equal(by_entity, included, f"activities of {client_id} by entity and by include")
    return included
