"""What only one dialect shows of a record stays, whatever the other one changes of it."""

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any

from gateway.contract.oracles.api import Answer
from gateway.contract.oracles.resources import group, legacy_id, v1_client
from gateway.contract.oracles.scene import Scene, attempt, differences, oracle


@oracle(
    "a change in one dialect keeps what only the other dialect shows: of clients, contacts and categories", writes=True
)
def other_values_stay(scene: Scene) -> None:
    client, number, known = _rich_client(scene)
    for word, change, (twin_path, touched) in _changes(scene, client, number, known):
        with attempt(scene, word):
            before = scene.twin.one(twin_path)
            answer = change()
            scene.expect(answer.ok, f"{answer}: {answer.content[:200]!r}")
            after = scene.twin.one(twin_path)
            more = differences(_flat(before), _flat(after)) - touched
            scene.expect(not more, f"{answer}: {sorted(more)} of {twin_path} in the other dialect changed as well")


def _rich_client(scene: Scene) -> tuple[dict[str, Any], int, dict[str, Any]]:
    """Return a client with values that only one dialect can show, its id in /api, and its category as a group."""
    known = group(scene, settings={"proof": "kept", "list": [1, "2"]})
    own = {f"custom_value{number}": f"own {number}" for number in range(1, 5)}
    people = [
        {"first_name": "One", "email": scene.email(), **own, "send_email": False, "password": "Proof-Password-1"},
        {"first_name": "Two", "email": scene.email(), **own, "is_locked": True},
    ]
    more = {"public_notes": "kept", "shipping_city": "Ulm", "settings": {"proof": "kept"}, "address2": "Floor 2"}
    client = v1_client(scene, contacts=people, group_settings_id=known["id"], tags=["kept"], **own, **more)
    return client, legacy_id(scene, client), known


def _changes(
    scene: Scene, client: Mapping[str, Any], number: int, known: Mapping[str, Any]
) -> Iterator[tuple[str, Callable[[], Answer], tuple[str, set[str]]]]:
    """Yield changes in the dialect under test, each with its path in the other one and the keys that may change."""
    api, v1 = scene.apis["api"], scene.apis["v1"]
    people = api.all("/contacts", {"client_id": number})
    categories = api.all("/categories", {"search": known["name"]})
    ours, path = f"/clients/{number}", f"/clients/{client['id']}"
    if scene.dialect == "api":
        for position, person in enumerate(people[:2]):
            keys = {f"contacts.{position}.{key}" for key in ("phone", "updated_at", "last_name")}
            body = {"first_name": person["first_name"], "last_name": "New", "email": person["email"], "phone": "77"}
            one = f"/contacts/{person['id']}"
            yield "a contact", partial(api.send, "PATCH", one, body=body), (path, keys | {"updated_at"})
        named = {"client_company_name": client["name"], "client_vat": "77"}
        yield "a client", partial(api.send, "PATCH", ours, body=named), (path, {"vat_number", "updated_at"})
        body = {"category_description": "New"}
        one = f"/categories/{categories[0]['id']}"
        yield (
            "a category",
            partial(api.send, "PATCH", one, body=body),
            (f"/group_settings/{known['id']}", {"updated_at"}),
        )
        return
    first = f"/contacts/{people[0]['id']}"
    social = {
        "social_github": "kept",
        "position": "kept",
        "first_name": "One",
        "last_name": "A",
        "email": people[0]["email"],
    }
    api.send("PATCH", first, body=social)
    contacts = [{"id": each["id"], "phone": "77"} for each in client["contacts"]]
    changed = {"phone", "dates.updated"}
    yield "contacts", partial(v1.send, "PUT", path, body={"contacts": contacts}), (first, changed)
    shown = f"/categories/{categories[0]['id']}"
    api.send(
        "PATCH", shown, body={"category_description": "kept", "category_visibility": "hidden", "category_icon": "i"}
    )
    body = {"settings": {"more": 1}}
    one = f"/group_settings/{known['id']}"
    yield "a group", partial(v1.send, "PUT", one, body=body), (shown, {"dates.updated"})
    yield "a client", partial(v1.send, "PUT", path, body={"city": "Bonn"}), (ours, {"billing.city", "dates.updated"})


def _flat(record: Mapping[str, Any]) -> dict[str, Any]:
    """Return a record with arrays of records as objects by position, so that differences inside of them are named."""
    return {
        key: {str(at): each for at, each in enumerate(value)} if value and _are_records(value) else value
        for key, value in record.items()
    }


def _are_records(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(each, dict) for each in value)
