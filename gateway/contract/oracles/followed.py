"""Everything derived from clients follows their changes: searches, lists of both dialects, totals."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from gateway.contract.oracles.api import MAX_WALKED, PAGE_SIZES, Api
from gateway.contract.oracles.filters import FILTERS
from gateway.contract.oracles.life_states import bulk
from gateway.contract.oracles.listed import paths_of
from gateway.contract.oracles.resources import (
    RESOURCES,
    Resource,
    api_client,
    category,
    contact,
    in_v1,
    legacy_id,
    v1_client,
)
from gateway.contract.oracles.scene import Scene, attempt, differences, oracle

Shown = Mapping[str, Any]
_SEARCHED = ("name", "number", "id_number", "custom_value1", "custom_value2", "custom_value3", "custom_value4")
_TEXTS = {"category_name", "note_title", "note_description", "name", "target_url", "client_company_name"}
_TEXTS_OF_CONTACTS = {"first_name", "last_name", "phone", "email"}  # of /api, where contacts have a list
_OF_CONTACTS = ("first_name", "last_name", "email", "phone")


@oracle(
    "a client is found by its present values and no longer by earlier ones, and lists show it as a read "
    "does, in both dialects",
    writes=True,
    dialects=("v1",),
    subjects=("clients",),
)
def searches_follow_changes(scene: Scene) -> None:
    v1, client = scene.apis["v1"], v1_client(scene)
    path, person = f"/clients/{client['id']}", client["contacts"][0]
    writes: list[tuple[str, dict[str, Any], str]] = []
    for key in _SEARCHED:
        value = scene.unique(key).replace(" ", "")
        writes.append((key, {key: value}, value))
    for key in _OF_CONTACTS:
        value = scene.email() if key == "email" else scene.unique(key).replace(" ", "")
        writes.append((f"contacts' {key}", {"contacts": [{"id": person["id"], key: value}]}, value))
    for word, body, value in writes:
        with attempt(scene, word):
            scene.expect(not _found(v1, value), f"`filter` finds {value!r} before a client has it")
            v1.send("PUT", path, body=body)
            scene.expect_equal(_found(v1, value), [client["id"]], f"`filter` by {word}, {value!r}")
            _listed_alike(scene, client["id"])
    old, new = scene.unique("old").replace(" ", ""), scene.unique("new").replace(" ", "")
    for word in (old, new):
        v1.send("PUT", path, body={"name": word, "contacts": [{"id": person["id"], "last_name": f"of{word}"}]})
    for word in (old, f"of{old}"):
        scene.expect(not _found(v1, word), f"`filter` finds {word!r}, which the client had before")
    scene.expect_equal(_found(v1, f"of{new}"), [client["id"]], f"`filter` by {new!r}")
    _check_tags_and_people(scene, client["id"])
    with attempt(scene, "times with a fraction"):
        _check_moments(scene)


def _check_moments(scene: Scene) -> None:
    """A client is found from the microsecond that /api shows, as text and in seconds, and not from the next one."""
    made, of_category = api_client(scene), category(scene)
    of_group = scene.apis["v1"].all("/group_settings", {"name": of_category["name"]})[0]["id"]
    _check_moments_of(scene, f"/clients/{made['id']}", "/clients", in_v1(scene, made)["id"])
    _check_moments_of(scene, f"/categories/{of_category['id']}", "/group_settings", of_group)


def _check_moments_of(scene: Scene, path: str, lists: str, known: str) -> None:
    for key, shown in (("created_at", "created"), ("updated_at", "updated")):
        moment = datetime.fromisoformat(scene.apis["api"].one(path)["dates"][shown])
        for later, wanted in ((0, [known]), (1, [])):
            at = moment + timedelta(microseconds=later)
            seconds = (at - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)
            for text in (f"{at:%Y-%m-%dT%H:%M:%S.%f}Z", f"{seconds // 10**6}.{seconds % 10**6:06d}"):
                found = [each["id"] for each in scene.apis["v1"].all(lists, {key: text}) if each["id"] == known]
                scene.expect_equal(found, wanted, f"{lists}?{key}={text}, {later} microseconds after the time in /api")


def _check_tags_and_people(scene: Scene, client_id: str) -> None:
    """Removed tags and contacts no longer find the client."""
    v1, path = scene.apis["v1"], f"/clients/{client_id}"
    for _ in range(2):
        mail, tag = scene.email(), scene.unique("tag")
        v1.send("PUT", path, body={"tags": [tag], "contacts": [{"email": mail}]})
        for query in ({"email": mail}, {"tag": tag}, {"filter": mail}):
            found = [each["id"] for each in v1.all("/clients", query)]
            scene.expect_equal(found, [client_id], f"/clients?{query}")
    v1.send("PUT", path, body={"tags": [], "contacts": [{"first_name": "Other"}]})
    for query in ({"email": mail}, {"tag": tag}, {"filter": mail}):
        left = v1.all("/clients", query)
        scene.expect(not left, f"/clients?{query} finds a client that no longer has this")


def _found(api: Api, text: str) -> list[Any]:
    return [each["id"] for each in api.all("/clients", {"filter": text})]


def _listed_alike(scene: Scene, client_id: str) -> None:
    """Lists of both dialects show a client as reads do."""
    shown = scene.apis["v1"].one(f"/clients/{client_id}")
    listed = scene.apis["v1"].all("/clients", {"client_id": client_id})
    other = differences(listed[0], shown) if listed else {"everything"}
    scene.expect(not other, f"/clients of /api/v1 lists other {sorted(other)} of {client_id} than a read shows")
    called = scene.apis["api"].all("/clients", {"search": shown["display_name"]})
    mine = [each for each in called if each["company_name"] == shown["display_name"]]
    if scene.expect(bool(mine), f"/clients of /api does not list {shown['display_name']!r}"):
        read = scene.apis["api"].one(f"/clients/{mine[0]['id']}")
        other = differences(mine[0], read)
        scene.expect(not other, f"/clients of /api lists other {sorted(other)} of {mine[0]['id']} than a read shows")


@oracle(
    "every searchable value is found as soon as it is written, and the earlier value is no longer found",
    writes=True,
)
def searches_find_new_values(scene: Scene) -> None:
    for resource in (each for each in RESOURCES if each.dialect == scene.dialect):
        known = FILTERS.get((scene.dialect, resource.path), {})
        name = next((each for each in ("filter", "search", "name") if each in known), None)
        for row in resource.fields("update") if name else ():
            if row.input_key in (_TEXTS_OF_CONTACTS if resource.path == "/contacts" else _TEXTS):
                with attempt(scene, f"{resource.path}: `{row.input_key}`"):
                    _check_search(scene, resource, str(row.input_key), str(name))


def _check_search(scene: Scene, resource: Resource, key: str, name: str) -> None:
    made, old = resource.make(scene), ""
    for _ in range(2):
        word = scene.unique("Word").replace(" ", "")
        value = {"target_url": f"https://{word}.example/", "email": f"{word}@contract.example"}.get(key, word)
        body = {**resource.needed(made), key: value}
        scene.api.send(resource.method, f"{resource.path}/{made['id']}", body=body)
        found = [each["id"] for each in scene.api.all(resource.path, {name: word})]
        scene.expect_equal(found, [made["id"]], f"{resource.path}?{name}={word} after it was written as `{key}`")
        left = scene.api.all(resource.path, {name: old}) if old else []
        scene.expect(not left, f"{resource.path}?{name}={old} finds the value before")
        old = word


@oracle(
    "contacts and names written in /api are found at once in both dialects, and no longer after they are removed",
    writes=True,
    dialects=("api",),
    subjects=("clients", "contacts"),
)
def contacts_are_found(scene: Scene) -> None:
    api, v1, client = scene.apis["api"], scene.apis["v1"], api_client(scene)
    hashed, person = in_v1(scene, client)["id"], contact(scene, clientid=client["id"])
    path = f"/contacts/{person['id']}"
    for _ in range(2):
        mail, last = scene.email(), scene.unique("Last").replace(" ", "")
        api.send("PATCH", path, body={"first_name": "A", "last_name": last, "email": mail})
        for text in (mail, last):
            found = [each["id"] for each in api.all("/contacts", {"search": text})]
            scene.expect_equal(found, [person["id"]], f"/contacts?search={text}")
            scene.expect_equal(_found(v1, text), [hashed], f"/api/v1/clients?filter={text}")
        scene.expect_equal(
            [each["id"] for each in v1.all("/clients", {"email": mail})], [hashed], f"/api/v1/clients?email={mail}"
        )
    api.send("DELETE", path)
    people = [each["email"] for each in v1.one(f"/clients/{hashed}")["contacts"]]
    scene.expect(mail not in people, f"client {hashed} still has the contact {mail}, which /api has deleted")
    for text in (mail, last):
        left = [*api.all("/contacts", {"search": text}), *_found(v1, text)]
        scene.expect(not left, f"a deleted contact is found by {text!r}")


@oracle("the total of a list is the number of its records in the requested states, after any operations", writes=True)
def totals_follow_changes(scene: Scene) -> None:
    clients = [v1_client(scene) for _ in range(4)]
    removed = legacy_id(scene, clients[3])
    steps: tuple[tuple[str, list[dict[str, Any]]], ...]
    steps = (("archive", clients[:2]), ("delete", clients[1:3]), ("restore", clients[1:2]), ("removal", []))
    for action, some in steps:
        if some:
            bulk(scene, action, *(each["id"] for each in some))
        else:
            scene.apis["api"].send("DELETE", f"/clients/{removed}")
        for dialect, query in _states():
            api = scene.apis[dialect]
            listed, total = api.counted("/clients", query)
            name, size = PAGE_SIZES[dialect]
            if total <= (MAX_WALKED if scene.alone else min(size, MAX_WALKED)):  # others may write between two pages
                scene.expect_equal(
                    total, len(listed), f"{dialect} /clients {query} by {name}: the total after {action}"
                )
    for path in paths_of(scene):
        listed, total = scene.api.counted(path)
        if scene.alone:
            scene.expect_equal(total, len(listed), f"{path}: the total")


def _states() -> list[tuple[str, dict[str, str]]]:
    api = [("api", {"status": word}) for word in ("active", "suspended")]
    v1 = [("v1", {"status": word}) for word in ("active", "archived", "deleted", "active,archived")]
    return [*api, ("api", {}), *v1, ("v1", {}), ("v1", {"with_trashed": "true"})]
