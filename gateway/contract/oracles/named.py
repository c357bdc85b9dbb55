"""How records refer to others: their names and ids, creators, random names, and URLs of the gateway."""

from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

from hashids import Hashids

from gateway.contract.oracles.resources import (
    api_client,
    category,
    contact,
    document,
    in_v1,
    legacy_id,
    note,
    v1_client,
    webhook,
)
from gateway.contract.oracles.scene import Scene, attempt, oracle
from gateway.contract.oracles.stocked import stock_lists

Shown = Mapping[str, Any]
_MAX_RECORDS = 10  # of a list whose named records are read
_RANDOM_LENGTH = 20  # characters that no guess finds
# By list: the key of a referenced record, the key of its name, the list that has it, and its possible name keys there.
_NAMED: tuple[tuple[str, str, str, str, tuple[str, ...]], ...] = (
    ("/clients", "category", "name", "/categories", ("name",)),
    ("/clients", "owner", "name", "/contacts", ("name", "email")),
    ("/contacts", "client", "company_name", "/clients", ("company_name",)),
    ("/notes", "resource", "", "/clients", ()),
)


@oracle("where a record refers to another one, it shows the id and the name of that record", dialects=("api",))
def references_match_records(scene: Scene) -> None:
    stock_lists(scene)
    for path, key, shown, where, names in _NAMED:
        with attempt(scene, f"`{key}` of {path}"):
            for record in scene.api.get(path).data[:_MAX_RECORDS]:
                known = record[key]
                if known["id"] is None:
                    continue
                there = scene.api.get(f"{where}/{known['id']}")
                if key == "category" and there.status == 404:  # deleted in /api/v1; its clients keep it meanwhile
                    continue
                if not scene.expect_status(there, 200) or not names:
                    continue
                wanted = next((there.data[name] for name in names if there.data[name]), None)
                scene.expect_equal(known[shown], wanted, f"{path}/{record['id']}: `{key}.{shown}` beside {there}")


@oracle(
    "a new name of a category, client or contact is shown at once everywhere, in both dialects",
    writes=True,
)
def renames_are_shown_everywhere(scene: Scene) -> None:
    api, v1, known = scene.apis["api"], scene.apis["v1"], category(scene)
    client = api_client(scene, client_categoryid=known["id"])
    hashed, path, owner = in_v1(scene, client), f"/clients/{client['id']}", f"/contacts/{client['owner']['id']}"
    group, person = f"/group_settings/{hashed['group_settings_id']}", hashed["contacts"][0]
    for _ in range(2):  # so that a rendering exists before the change
        new, company, last = scene.unique("Renamed"), scene.unique("Company"), scene.unique("Last")
        contacts = [{"id": person["id"], "first_name": "New", "last_name": last}]
        if scene.dialect == "api":
            api.send("PATCH", f"/categories/{known['id']}", body={"category_name": new})
            body = {"first_name": "New", "last_name": last, "email": person["email"]}
            api.send("PATCH", owner, body=body)
            api.send("PATCH", path, body={"client_company_name": company})
        else:
            v1.send("PUT", group, body={"name": new})
            v1.send("PUT", f"/clients/{hashed['id']}", body={"name": company, "contacts": contacts})
        shown = api.one(path)
        scene.expect_equal(shown["category"]["name"], new, f"{path}: the category after it was renamed")
        scene.expect_equal(shown["owner"]["name"], f"New {last}", f"{path}: the owner after it was renamed")
        named = api.one(owner)["client"]["company_name"]
        scene.expect_equal(named, company, f"{owner}: the client after it was renamed")
        scene.expect_equal(v1.one(group)["name"], new, f"{group}: its name after it was renamed")
        included = v1.one(f"/clients/{hashed['id']}", {"include": "group_settings"})["group_settings"]["name"]
        scene.expect_equal(included, new, f"/clients/{hashed['id']}: the group that is included")


@oracle("hashes of clients, keys of contacts and names of stored files are long and unique", dialects=("v1",))
def hashes_and_keys_are_unique(scene: Scene) -> None:
    stock_lists(scene)
    clients, seen = scene.api.get("/clients").data, dict[str, str]()
    for where, value in _random(clients, scene.api.get("/documents").data):
        scene.expect(len(value) >= _RANDOM_LENGTH, f"{where}: {value!r} can be guessed")
        scene.expect(value not in seen, f"{where}: {value!r} is that of {seen.get(value)}")
        seen[value] = where
    for each in (person for client in clients for person in client["contacts"]):
        ends = each["link"].endswith(f"/{each['contact_key']}")
        scene.expect(ends, f"contact {each['id']}: the link {each['link']!r} is not that of {each['contact_key']!r}")


def _random(clients: list[Any], documents: list[Any]) -> Iterator[tuple[str, str]]:
    for client in clients:
        yield f"client {client['id']}: client_hash", client["client_hash"]
        for each in client["contacts"]:
            yield f"contact {each['id']}: contact_key", each["contact_key"]
    for each in documents:
        yield f"document {each['id']}: hash", each["hash"]


@oracle("URLs in answers lead to this gateway, and to the record that shows them", dialects=("v1",))
def urls_lead_to_their_records(scene: Scene) -> None:
    stock_lists(scene)
    origins: dict[str, str] = {}
    clients = scene.api.all("/clients")
    for client in clients:
        for each in client["contacts"]:
            origins.setdefault(_origin(each["link"]), f"contact {each['id']}")
        for each in client["documents"]:
            origins.setdefault(_origin(each["url"]), f"document {each['id']}")
            scene.expect(f"/{each['id']}/" in each["url"], f"document {each['id']}: its url is {each['url']}")
    for page in (scene.api.get("/clients", {"per_page": 1}) if len(clients) > 1 else None,):
        links = page.json["meta"]["pagination"]["links"] if page else {}
        for word, url in links.items() if isinstance(links, dict) else ():
            origins.setdefault(_origin(url), f"the link `{word}`")
    scene.expect(len(origins) <= 1, f"URLs lead to several hosts: {origins}")


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


@oracle("a record shows who created it: the team user of the key, the same in both dialects", writes=True)
def creators_are_shown(scene: Scene) -> None:
    v1, client = scene.apis["v1"], v1_client(scene)
    uploaded, hook = document(scene), webhook(scene)
    activity = v1.all("/activities", {"client_id": client["id"]})[0]
    by = {"client": client, "document": uploaded, "webhook": hook, "activity": activity}
    makers = {noun: str(each["user_id"]) for noun, each in by.items()}
    scene.expect(len(set(makers.values())) == 1, f"records of one key have several creators: {makers}")
    users = [each["id"] for each in v1.all("/users")]
    scene.expect(
        makers["client"] in users, f"client {client['id']} was created by {makers['client']!r}, who is not a user"
    )
    scene.expect_equal(activity["client_id"], client["id"], "the client of its activity")
    said = note(scene, noteresource_id=legacy_id(scene, client))
    team = [each["id"] for each in scene.apis["api"].all("/team")]
    scene.expect(
        said["creator_id"] in team, f"note {said['id']} was written by {said['creator_id']}, who is not in {team}"
    )
    if scene.alone:  # elsewhere ids may have a salt of their own
        number = said["resource"]["id"]
        scene.expect_equal(client["id"], Hashids(min_length=10).encode(number), f"the hashed id of client {number}")
    person = contact(scene)
    scene.expect(person["id"] not in team, f"contact {person['id']} has the id of a team user")
