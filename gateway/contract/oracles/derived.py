"""Values of a record that are derived instead of written: names, countries, streets, balances, defaults."""

from collections.abc import Mapping
from typing import Any

from gateway.contract.oracles.resources import (
    api_client,
    category,
    contact,
    group,
    in_v1,
    note,
    token,
    v1_client,
    webhook,
)
from gateway.contract.oracles.scene import Scene, at, attempt, differences, oracle
from gateway.contract.oracles.stocked import change_balance

Shown = Mapping[str, Any]
# The values of a record that was created with its required values only, as both documents describe them.
_LARGE, _LARGE_WRITES = 20_000, 4  # characters of a setting; four of them are more than 64 KiB
_DEFAULTS: dict[str, dict[str, dict[str, Any]]] = {
    "api": {
        "/clients": {"status": "active", "tags": [], "phone": None, "website": None, "vat": None, "description": None},
        "/categories": {"visibility": "everyone", "type": "client", "description": None, "icon": None, "count": 0},
        "/contacts": {"phone": None, "job_position": None, "account_owner": "no", "status": "active"},
        "/notes": {"visibility": "public", "tags": []},
    },
    "v1": {
        "/clients": {"phone": "", "website": "", "balance": 0, "archived_at": 0, "is_deleted": False, "documents": []},
        "/group_settings": {"settings": {}, "archived_at": 0, "is_deleted": False},
        "/client_gateway_tokens": {"is_default": False, "meta": {}, "company_gateway_id": "", "gateway_type_id": ""},
        "/webhooks": {"format": "JSON", "rest_method": "post", "headers": {}, "archived_at": 0, "is_deleted": False},
    },
}
_OF_CONTACTS = {
    **dict.fromkeys(("phone", "password", "custom_value1", "custom_value2", "custom_value3", "custom_value4"), ""),
    **{"is_locked": False, "send_email": True, "archived_at": 0, "last_login": 0},
}
_NAMES = {"Österreich": "40", "UK": "826", "The Netherlands": "528", "España": "724", "Russia": "643"}  # of countries
_MAKERS = {
    "/clients": {"api": api_client, "v1": v1_client},
    "/categories": {"api": category},
    "/contacts": {"api": contact},
    "/notes": {"api": note},
    "/group_settings": {"v1": group},
    "/client_gateway_tokens": {"v1": token},
    "/webhooks": {"v1": webhook},
}


@oracle("a field that a create does not set has its default, in the answer and in a read", writes=True)
def defaults_are_given(scene: Scene) -> None:
    for path, wanted in _DEFAULTS[scene.dialect].items():
        with attempt(scene, path):
            made = _MAKERS[path][scene.dialect](scene)
            for shown in (made, scene.api.one(f"{path}/{made['id']}")):
                found = {key: shown[key] for key in wanted}
                scene.expect_equal(found, wanted, f"{path}/{made['id']}: what was not sent")
    if scene.dialect == "api":
        _check_people(scene)
        categories = scene.api.all("/categories", {"sort": "category_created", "order": "asc"})  # it is made first
        default = next(each for each in categories if each["system_default"] == "yes")
        shown = api_client(scene)["category"]
        wanted = {"id": default["id"], "name": default["name"]}
        scene.expect_equal(shown, wanted, "POST /clients: the category of a client without `category_id`")


def _check_people(scene: Scene) -> None:
    """A contact that /api creates, with its client or alone, has the defaults of /api/v1 there."""
    client = api_client(scene)
    contact(scene, clientid=client["id"])
    people = in_v1(scene, client)["contacts"]
    scene.expect_equal([each["is_primary"] for each in people], [True, False], "contacts of /api: which is primary")
    for each in people:
        found = {key: each[key] for key in _OF_CONTACTS}
        scene.expect_equal(found, _OF_CONTACTS, f"contact {each['id']} in /api/v1: what /api did not send")


@oracle(
    "a client without a name is shown with the name of its primary contact, or its email, in both dialects",
    writes=True,
    subjects=("clients",),
)
def names_fall_back(scene: Scene) -> None:
    v1, mail = scene.apis["v1"], scene.email()
    person = {"first_name": "Ada", "last_name": scene.unique("Byron"), "email": mail}
    client = v1_client(scene, name="", contacts=[{"first_name": "Other"}, {**person, "is_primary": True}])
    path, ids = f"/clients/{client['id']}", [each["id"] for each in client["contacts"]]
    full = f"Ada {person['last_name']}"
    found = scene.apis["api"].all("/contacts", {"search": mail})
    number = next(each["client"]["id"] for each in found if each["email"] == mail)
    steps: tuple[tuple[dict[str, Any], str], ...] = (
        ({}, full),
        ({"name": "Named"}, "Named"),
        ({"name": ""}, full),
        ({"contacts": [{"id": ids[0], "first_name": ""}]}, person["last_name"]),
        ({"contacts": [{"id": ids[0], "first_name": "Ada", "last_name": ""}]}, "Ada"),
        ({"contacts": [{"id": ids[0], "first_name": "", "last_name": ""}]}, mail),
    )
    for body, wanted in steps:
        shown = v1.send("PUT", path, body=body).data if body else client
        name = str(body.get("name", "") or "")
        scene.expect_equal([shown["name"], shown["display_name"]], [name, wanted], f"{path} after {body}: its names")
        legacy = scene.apis["api"].one(f"/clients/{number}")
        scene.expect_equal(legacy["company_name"], wanted, f"/api/clients/{number} after {body}: company_name")
        of_contact = scene.apis["api"].all("/contacts", {"client_id": number})[0]
        where = f"/api/contacts?client_id={number} after {body}"
        scene.expect_equal(of_contact["client"]["company_name"], wanted, f"{where}: its company_name")
        if not name:  # then the client is called as its owner is
            scene.expect_equal(legacy["owner"]["name"], wanted, f"/api/clients/{number} after {body}: its owner's name")
            called = next(
                each["name"] for each in scene.apis["api"].all("/contacts", {"search": mail}) if each["email"] == mail
            )
            scene.expect_equal(called, "" if wanted == mail else wanted, f"{where}: the contact's name")
        ids_found = [each["id"] for each in scene.apis["api"].all("/clients", {"search": wanted})]
        scene.expect(number in ids_found, f"/api/clients?search={wanted} does not find client {number}")
        by_name = [each for each in v1.all("/clients", {"name": wanted}) if each["id"] == client["id"]]
        scene.expect(bool(by_name) == bool(name), f"/api/v1/clients?name={wanted} finds {len(by_name)} after {body}")
    people = [{"id": ids[0]}, {"first_name": "Second", "last_name": scene.unique("Person"), "email": scene.email()}]
    v1.send("PUT", path, body={"contacts": people})
    everybody = scene.apis["api"].all("/contacts", {"client_id": number})
    mine = [each for each in reversed(everybody) if each["client"]["id"] == number]
    for person in mine:
        scene.apis["api"].send("PUT", f"/clients/{number}/owner", body={"owner": person["id"]})
        wanted = person["name"] or person["email"]
        legacy = scene.apis["api"].one(f"/clients/{number}")["company_name"]
        found = [legacy, v1.one(path)["display_name"]]
        scene.expect_equal(found, [wanted, wanted], f"{path}: its names after its owner became {wanted!r}")
        _check_found(scene, number, wanted, f"its owner became {wanted!r}")
    renamed = {"first_name": "Grace", "last_name": scene.unique("Hopper"), "email": mine[-1]["email"]}
    scene.apis["api"].send("PATCH", f"/contacts/{mine[-1]['id']}", body=renamed)
    _check_found(scene, number, f"Grace {renamed['last_name']}", "its owner was renamed")
    scene.apis["api"].send("PUT", f"/contacts/{mine[0]['id']}/account-owner")
    _check_found(scene, number, mine[0]["name"] or mine[0]["email"], "its owner was replaced")


def _check_found(scene: Scene, number: int, name: str, after: str) -> None:
    """A client without a name is found by the name that it shows, and only by that."""
    found = [each["id"] for each in scene.apis["api"].all("/clients", {"search": name})]
    scene.expect(number in found, f"/api/clients?search={name} does not find client {number} after {after}")
    shown = scene.apis["api"].one(f"/clients/{number}")["company_name"]
    scene.expect_equal(shown, name, f"/api/clients/{number} after {after}: company_name")


@oracle(
    "a country is recognised by name and code in upper or lower case; an unknown one is kept as it was written",
    writes=True,
    dialects=("api",),
    subjects=("clients",),
)
def countries_are_understood(scene: Scene) -> None:
    api, v1, made = scene.apis["api"], scene.apis["v1"], api_client(scene)
    path, hashed = f"/clients/{made['id']}", in_v1(scene, made)["id"]
    unknown = scene.unique("Atlantis & <Co>")
    for sent, shown, number in (
        ("DE", "Germany", "276"),
        ("fra", "France", "250"),
        ("Germany", "Germany", "276"),
        ("gerMANY", "gerMANY", "276"),
        *((name, name, number) for name, number in _NAMES.items()),
        (unknown, unknown, ""),
    ):
        body = {"client_company_name": made["company_name"], "client_billing_country": sent}
        answer = api.send("PATCH", path, body=body)
        scene.expect_equal(at(answer.data, "billing.country"), shown, f"{answer}: the country after {sent!r}")
        scene.expect_equal(v1.one(f"/clients/{hashed}")["country_id"], number, f"country_id after {sent!r} in /api")
    v1.send("PUT", f"/clients/{hashed}", body={"city": "Else"})
    scene.expect_equal(at(api.one(path), "billing.country"), unknown, "the country after a write of /api/v1")
    for number, name in (("8", "Albania"), ("", None)):
        v1.send("PUT", f"/clients/{hashed}", body={"country_id": number})
        scene.expect_equal(at(api.one(path), "billing.country"), name, f"the country after country_id={number!r}")


@oracle(
    "a street that is sent back as it was read changes neither of its lines, and a new one replaces both",
    writes=True,
    dialects=("api",),
    subjects=("clients",),
)
def streets_are_written_back(scene: Scene) -> None:
    api, v1, made = scene.apis["api"], scene.apis["v1"], api_client(scene)
    path, hashed = f"/clients/{made['id']}", f"/clients/{in_v1(scene, made)['id']}"
    longest = ["Main Street 1, " * 17, "Floor 2, Yard 3 " * 15]
    for lines in (["Main Street 1, Yard", "Floor 2"], ["Main Street 1", ""], ["", "Floor 2"], longest):
        v1.send("PUT", hashed, body={"address1": lines[0], "address2": lines[1]})
        before, street = v1.one(hashed), at(api.one(path), "billing.street")
        scene.expect_equal(street, ", ".join(filter(None, lines)), f"{path}: the street of {lines}")
        body = {"client_company_name": made["company_name"], "client_billing_street": street}
        answer = api.send("PATCH", path, body=body)
        scene.expect_status(answer, 200)
        touched = differences(before, v1.one(hashed))
        scene.expect(not touched, f"{answer}: the street as it was read changed {sorted(touched)}")
    api.send("PATCH", path, body={"client_company_name": made["company_name"], "client_billing_street": "New Road 3"})
    after = v1.one(hashed)
    scene.expect_equal([after["address1"], after["address2"]], ["New Road 3", ""], f"{hashed}: lines of a new street")


@oracle(
    "balance, paid to date and credit are shown exactly, each under its own key",
    writes=True,
    alone=True,
    dialects=("v1",),
    subjects=("clients",),
)
def balances_are_shown(scene: Scene) -> None:
    client = v1_client(scene)
    for amount in ("1234567.89", "-0.07", "0.123456"):
        change_balance(scene, client["id"], amount)
        shown = scene.api.one(f"/clients/{client['id']}")
        found = [shown[key] for key in ("balance", "paid_to_date", "credit_balance")]
        wanted = [round(times * float(amount), 6) for times in (1, 2, 3)]
        scene.expect_equal(found, wanted, f"/clients/{client['id']}: balance, paid and credit after {amount}")
    ledger = scene.api.one(f"/clients/{client['id']}", {"include": "ledger"})["ledger"]
    found = [[each["balance"], each["adjustment"]] for each in ledger]
    entries = [[0.123456, 0.193456], [-0.07, -1234567.96], [1234567.89, 1234567.89]]
    scene.expect_equal(found, entries, f"/clients/{client['id']}: balances and their changes in the ledger")


@oracle(
    "settings are merged key by key: keys that are not sent stay, null removes a key, values stay as sent",
    writes=True,
    dialects=("v1",),
)
def settings_are_merged(scene: Scene) -> None:
    for path, make in (("/clients", v1_client), ("/group_settings", group)):
        with attempt(scene, path):
            made = make(scene, settings={"a": "007", "b": {"deep": [1, None]}, "c": "&lt;", "none": None})
            scene.expect("none" not in made["settings"], f"POST {path}: a setting that is null is kept")
            where = f"{path}/{made['id']}"
            answer = scene.api.send("PUT", where, body={"settings": {"a": None, "d": 1.5}})
            wanted = {**made["settings"], "d": 1.5}
            wanted.pop("a", None)
            for shown in (answer.data, scene.api.one(where)):
                scene.expect_equal(shown["settings"], wanted, f"{answer}: the settings")
            for value in (1, True, "1", False, 0):  # equal in some languages, and different in JSON
                answer = scene.api.send("PUT", where, body={"settings": {"d": value}})
                shown = scene.api.one(where)["settings"]
                scene.expect_equal(shown, {**wanted, "d": value}, f"{answer}: the settings")
            known = scene.api.one(where)["settings"]
            nothings: tuple[Any, ...] = (None, "", {}, [])
            for nothing in nothings:
                answer = scene.api.send("PUT", where, body={"settings": nothing})
                scene.expect_equal(answer.data["settings"], known, f"{answer}: the settings after {nothing!r}")
            if path == "/clients":
                other = scene.api.send("PUT", where, body={"settings": {"entity": "Other"}}).data["settings"]["entity"]
                scene.expect_equal(other, "App\\Models\\Client", f"{where}: the entity, which cannot be set")
            _check_size(scene, where)
            if path == "/clients":
                _check_ids_in_settings(scene, where)


def _check_ids_in_settings(scene: Scene, path: str) -> None:
    """Ids in settings may be numbers, and an empty currency is the company's."""
    own = scene.api.one("/companies/current")["settings"]["currency_id"]
    tag, same = scene.api.get(path).headers.get("ETag"), {"settings": {"currency_id": own}}
    now = scene.api.send("PUT", path, body=same).headers.get("ETag")
    scene.expect(now == tag, f"{path}: the company's currency, which was shown and is written back, changed the ETag")
    for key, sent, wanted in (
        *(("currency_id", 3, "3"), ("currency_id", "", own), ("currency_id", "3", "3"), ("currency_id", None, own)),
        ("language_id", 3, "3"),
    ):
        answer = scene.api.send("PUT", path, body={"settings": {key: sent}})
        if scene.expect_status(answer, 200):
            scene.expect_equal(answer.data["settings"].get(key), wanted, f"{answer}: `{key}` after {sent!r}")


def _check_size(scene: Scene, path: str) -> None:
    """Settings are limited as a whole, although each write is small. The last write empties them again."""
    keys = [f"large{number}" for number in range(_LARGE_WRITES)]
    for key in keys[:-1]:
        scene.expect_status(scene.api.send("PUT", path, body={"settings": {key: "x" * _LARGE}}), 200)
    before = scene.api.one(path)
    refused = scene.api.send("PUT", path, body={"settings": {keys[-1]: "x" * _LARGE}})
    if scene.expect_status(refused, 422):
        scene.expect("settings" in refused.json["errors"], f"{refused} does not name `settings`")
    scene.expect_equal(scene.api.one(path), before, f"{refused}: the record")
    scene.expect_status(scene.api.send("PUT", path, body={"settings": dict.fromkeys(keys)}), 200)
