"""What only one dialect can write survives every write of the other one."""

from collections.abc import Callable, Mapping, Sequence
from fnmatch import fnmatchcase
from typing import Any

from gateway.contract.oracles.life_states import bulk
from gateway.contract.oracles.resources import (
    api_client,
    category,
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

Shown = Mapping[str, Any]
Write = tuple[str, Callable[[], Any], Sequence[str]]  # what is written, the request, the keys that may change
_TIMES = ("*updated_at", "*dates.updated")
_SOCIAL = {f"social_{network}": f"me-{network}" for network in ("facebook", "twitter", "linkedin", "github")}


@oracle(
    "no write in one dialect changes what only the other one can write: settings, custom values, flags and social "
    "names of contacts, addresses, notes, countries as they were written, descriptions of categories",
    writes=True,
    subjects=("clients",),
)
def other_values_are_kept(scene: Scene) -> None:
    seen, writes = _written_in_api(scene) if scene.dialect == "api" else _written_in_v1(scene)
    before = seen()
    for word, write, allowed in writes:
        with attempt(scene, word):
            answer = write()
            scene.expect(getattr(answer, "ok", True), f"{answer}: {word} was refused")
            after = seen()
            touched = {
                key
                for key in differences(before, after)
                if not any(fnmatchcase(key, each) for each in (*allowed, *_TIMES))
            }
            scene.expect(not touched, f"{word} in {scene.dialect} changed {sorted(touched)} of the other dialect")
            before = after


def _written_in_api(scene: Scene) -> tuple[Callable[[], Any], Sequence[Write]]:
    api, v1, name = scene.apis["api"], scene.apis["v1"], scene.unique("Kept")
    customs = {f"custom_value{n}": f"custom {n}" for n in range(1, 5)}
    mails = [scene.email() for _ in range(2)]
    people = [
        {"first_name": "Ada", "last_name": "Kept", "email": mail, "phone": "1", "send_email": False, **customs}
        for mail in mails
    ]
    people[1]["is_locked"] = True
    given = {
        "name": name,
        "contacts": people,
        "public_notes": "For all",
        "id_number": scene.unique("ID"),
        "industry_id": "4",
        "size_id": "3",
        "address1": "Main Street 1",
        "address2": "Floor 2",
        **{f"shipping_{key}": f"Other {key}" for key in ("address1", "address2", "city", "state", "postal_code")},
        **{"shipping_country_id": "8", "country_id": "276", "tags": ["b", "a"], **customs},
        "settings": {"own": [1.5, None], "payment_terms": "7", "currency_id": "3", "send_reminders": True},
    }
    client = v1_client(scene, **given)
    path, number = f"/clients/{client['id']}", legacy_id(scene, client)
    v1.send("PUT", path, body={"locations": [{"name": "Yard", "city": "Ulm"}], "routing_id": "R 1"})
    upload(scene, client["id"])
    token(scene, client_id=client["id"], is_default=True)
    legacy, needed = f"/clients/{number}", {"client_company_name": name}
    found = {each["email"]: each["id"] for each in api.all("/contacts", {"client_id": number})}
    second, chosen = found[mails[1]], category(scene)["id"]
    known, described = _group_and_category(scene)
    same = {key: people[1][key] for key in ("first_name", "last_name", "email")}

    def seen() -> Any:
        shown = v1.one(path, {"include": "tags,locations"})
        return shown | {"contacts": {each["id"]: each for each in shown["contacts"]}, "group": v1.one(known)}

    def patch(**values: Any) -> Callable[[], Any]:
        return lambda: api.send("PATCH", legacy, body=needed | values)

    return seen, (
        ("the telephone number", patch(client_phone="2"), ("phone",)),
        ("the due days", patch(client_billing_invoice_due_days=30), ("settings.payment_terms",)),
        ("no due days", patch(client_billing_invoice_due_days=None), ("settings.payment_terms",)),
        ("the notes", patch(client_description="d"), ("private_notes",)),
        ("the city", patch(client_billing_city="Bonn"), ("city",)),
        ("the country", patch(client_billing_country="France"), ("country_id",)),
        ("the street", patch(client_billing_street="New 1"), ("address1", "address2")),
        ("the category", patch(client_categoryid=chosen), ("group_settings_id",)),
        ("tags", lambda: api.send("PUT", f"{legacy}/tags", body={"tags": ["c"]}), ("tags",)),
        ("the status", lambda: api.send("PUT", f"{legacy}/status", body={"status": "suspended"}), ("archived_at",)),
        ("the status", lambda: api.send("PUT", f"{legacy}/status", body={"status": "active"}), ("archived_at",)),
        ("a contact", lambda: api.send("PATCH", f"/contacts/{second}", body=same | {"phone": "3"}), ("*.phone",)),
        ("its position", lambda: api.send("PATCH", f"/contacts/{second}", body=same | {"position": "CEO"}), ()),
        ("the owner", lambda: api.send("PUT", f"{legacy}/owner", body={"owner": second}), ("contacts.*.is_primary",)),
        ("a note", lambda: note(scene, noteresource_id=number), ()),
        ("another contact", lambda: contact(scene, clientid=number), ("contacts.*",)),
        ("a category", lambda: api.send("PATCH", described, body={"category_description": "New"}), ()),
    )


def _written_in_v1(scene: Scene) -> tuple[Callable[[], Any], Sequence[Write]]:
    api, v1 = scene.apis["api"], scene.apis["v1"]
    made = api_client(scene, client_billing_country=scene.unique("Atlantis"), tags=["b", "a"])
    other = contact(scene, clientid=made["id"], position="CTO", **_SOCIAL)
    owner = {"first_name": "Jane", "last_name": "Proof", "email": scene.email(), "position": "CEO", **_SOCIAL}
    api.send("PATCH", f"/contacts/{made['owner']['id']}", body=owner)
    said = f"/notes/{note(scene, noteresource_id=made['id'], tags=['n'])['id']}"
    client = in_v1(scene, made)
    path, ids = f"/clients/{client['id']}", [each["id"] for each in client["contacts"]]
    contacts, chosen = (made["owner"]["id"], other["id"]), group(scene)["id"]
    known, described = _group_and_category(scene)

    def seen() -> Any:
        people = {str(each): api.one(f"/contacts/{each}") for each in contacts}
        more = {"note": api.one(said), "category": api.one(described)}
        return {"client": api.one(f"/clients/{made['id']}"), "contacts": people, **more}

    def put(**values: Any) -> Callable[[], Any]:
        return lambda: v1.send("PUT", path, body=values)

    people = [{"id": ids[0], "phone": "5", "custom_value1": "c"}, {"id": ids[1], "is_locked": True}]
    names = ("client.company_name", "*.client.company_name")
    return seen, (
        ("the city", put(city="Ulm"), ("client.billing.city",)),
        ("settings", put(settings={"own": 1}), ()),
        ("payment terms", put(settings={"payment_terms": "9"}), ("client.billing.invoice_due_days",)),
        ("shipping", put(shipping_city="Ulm", shipping_country_id="8"), ("client.shipping.*",)),
        ("custom values", put(custom_value1="c", public_notes="p", industry_id="4"), ()),
        ("contacts", put(contacts=people), ("contacts.*.phone", "contacts.*.status")),
        ("contacts in another order", put(contacts=[{"id": ids[1]}, {"id": ids[0], "is_primary": True}]), ()),
        ("the name", put(name=scene.unique("Renamed")), names),
        (
            "a group",
            lambda: bulk(scene, "assign_group", client["id"], group_settings_id=chosen),
            ("client.category.*",),
        ),
        ("archiving", lambda: bulk(scene, "archive", client["id"]), ("client.status",)),
        ("restoring", lambda: bulk(scene, "restore", client["id"]), ("client.status",)),
        ("an upload", lambda: upload(scene, client["id"]), ()),
        ("a token", lambda: token(scene, client_id=client["id"]), ()),
        ("a group", lambda: v1.send("PUT", known, body={"settings": {"more": 1}}), ()),
    )


def _group_and_category(scene: Scene) -> tuple[str, str]:
    """Return the paths in /api/v1 and in /api of a group with values that only one of the dialects can write."""
    made = group(scene, settings={"proof": "kept", "list": [1, "2"]})
    path = f"/categories/{scene.apis['api'].all('/categories', {'search': made['name']})[0]['id']}"
    own = {"category_description": "kept", "category_visibility": "hidden", "category_icon": "i"}
    scene.apis["api"].send("PATCH", path, body=own)
    return f"/group_settings/{made['id']}", path
