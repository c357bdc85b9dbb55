"""Reads other than resources: a client's documents, histories, the company, and lists of known values."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl

from gateway.contract.oracles.api import path_of
from gateway.contract.oracles.filters import FILTERS
from gateway.contract.oracles.resources import upload, v1_client
from gateway.contract.oracles.scene import Scene, attempt, oracle

Shown = Mapping[str, Any]
_MAX_OF_ENTITY = 100
_MAX_INCLUDED = 50  # activities of a client, as the document says
_COUNTS = {"countries": 249, "currencies": 100, "languages": 30, "industries": 33, "sizes": 6}
_DECIMALS = {"JPY": 0, "KRW": 0, "CLP": 0, "GBP": 2, "CHF": 2, "KWD": 3, "BHD": 3, "TND": 3}  # ISO 4217
# By list, key and value: what every edition of these lists has (ISO 3166-1, ISO 4217).
_KNOWN: dict[str, tuple[dict[str, Any], ...]] = {
    "countries": (
        {"id": "840", "iso_3166_2": "US", "iso_3166_3": "USA"},
        {"id": "276", "iso_3166_2": "DE", "iso_3166_3": "DEU", "name": "Germany"},
        {"id": "8", "iso_3166_2": "AL", "iso_3166_3": "ALB"},
    ),
    "currencies": ({"id": "1", "code": "USD", "precision": 2}, {"id": "3", "code": "EUR", "precision": 2}),
    "languages": ({"id": "1", "name": "English", "locale": "en"},),
    "industries": ({"id": "1", "name": "Accounting & Legal"}, {"id": "33", "name": "Restaurant & Catering"}),
    "sizes": ({"id": "1", "name": "1 - 3"}, {"id": "6", "name": "500+"}),
}


@oracle(
    "the documents of a client are those in the list of documents, by GET and POST, filtered and in order",
    writes=True,
    dialects=("v1",),
    subjects=("clients", "documents"),
)
def documents_of_a_client(scene: Scene) -> None:
    v1, client = scene.apis["v1"], v1_client(scene)
    upload(scene, v1_client(scene)["id"])
    for name in ("a.pdf", "b.png", "c.txt", "d.pdf"):
        upload(scene, client["id"], name)
    path = f"/clients/{client['id']}/documents"
    whole = v1.all(path)
    scene.expect_equal([each["name"] for each in whole], ["a.pdf", "b.png", "c.txt", "d.pdf"], f"{path}: the documents")
    scene.expect_equal(whole, v1.all("/documents", {"client_id": client["id"]}), f"{path} beside /documents?client_id=")
    scene.expect_equal(v1.send("POST", path).data, whole, f"POST {path} beside GET")
    kinds = FILTERS[("v1", "/documents")]
    for query in ({"type": "pdf"}, {"type": "image"}, {"filter": "b"}, {"is_public": "true"}, {"is_public": "false"}):
        ((name, text),) = query.items()
        wanted = [each["id"] for each in whole if kinds[name].holds(each, text)]
        for method in ("GET", "POST"):
            found = [each["id"] for each in v1.send(method, path, query).data]
            scene.expect_equal(found, wanted, f"{method} {path}?{name}={text}")
    down = [each["id"] for each in v1.all(path, {"sort": "id|desc"})]
    scene.expect_equal(down, [each["id"] for each in reversed(whole)], f"{path}?sort=id|desc")
    pages = [each["id"] for page in (1, 2) for each in v1.get(path, {"per_page": 2, "page": page}).data]
    scene.expect_equal(pages, [each["id"] for each in whole], f"{path}: two pages of two")
    _check_pages(scene, path, {"sort": "name|asc"}, len(whole))


def _check_pages(scene: Scene, path: str, query: dict[str, str], total: int) -> None:
    """Each page states the total and the size, and links to its neighbours with the other parameters."""
    for page in range(1, total + 1):
        answer = scene.api.get(path, {**query, "per_page": 1, "page": page})
        said = answer.json["meta"]["pagination"]
        figures = [said[key] for key in ("total", "count", "per_page", "current_page", "total_pages")]
        scene.expect_equal(figures, [total, 1, 1, page, total], f"{answer}: total, count, size, page and last page")
        links = said["links"] if isinstance(said["links"], dict) else {}
        wanted = {"previous": page - 1} if page > 1 else {}
        wanted |= {"next": page + 1} if page < total else {}
        found = {
            word: (where, dict(parse_qsl(text))) for word, url in links.items() for where, text in [path_of(url, "v1")]
        }
        expected = {word: (path, {**query, "per_page": "1", "page": str(beside)}) for word, beside in wanted.items()}
        scene.expect(found == expected, f"{answer}: the links are {links}")
    for size, shown in ((5000, 5000), (5001, 5000)):
        answer = scene.api.get(path, {**query, "per_page": size})
        scene.expect_equal(answer.json["meta"]["pagination"]["per_page"], shown, f"{answer}: the page size")


@oracle(
    "the list of activities contains those of each client, newest first, as `include` shows them",
    writes=True,
    dialects=("v1",),
    subjects=("activities",),
)
def activities_are_listed(scene: Scene) -> None:
    v1, client = scene.apis["v1"], v1_client(scene)
    for city in (*(f"City {number}" for number in range(_MAX_INCLUDED)), "Ulm", "Bonn"):
        v1.send("PUT", f"/clients/{client['id']}", body={"city": city})
    listed = v1.all("/activities", {"client_id": client["id"]})
    included = v1.one(f"/clients/{client['id']}", {"include": "activities"})["activities"]
    scene.expect_equal(
        listed[:_MAX_INCLUDED], included, f"/activities?client_id={client['id']} beside the client's own"
    )
    cities = [each["after"].get("city") for each in listed]
    scene.expect_equal(cities[:2], ["Bonn", "Ulm"], "/activities: the changes, newest first")
    walked = [v1.get("/activities", {"client_id": client["id"], "per_page": 20, "page": page}) for page in (1, 2, 3)]
    scene.expect_equal([one for each in walked for one in each.data], listed, "/activities: pages of twenty")
    scene.expect_equal([each.total for each in walked], [len(listed)] * 3, "/activities: the total of each page")
    newest = v1.get("/activities", {"per_page": 2}).data
    if scene.alone:
        scene.expect_equal(newest, listed[:2], "/activities: the newest of all")
    since = v1.all("/activities", {"client_id": client["id"], "created_at": str(listed[0]["created_at"])})
    wanted = [each for each in listed if each["created_at"] >= listed[0]["created_at"]]
    scene.expect_equal(since, wanted, "/activities?created_at= of the newest")
    later = v1.all("/activities", {"client_id": client["id"], "created_at": str(listed[0]["created_at"] + 60)})
    scene.expect_equal(later, [], "/activities?created_at= of a minute later")
    times = (listed[-1]["created_at"], listed[0]["created_at"] + 60)
    for early, late in (times, times[::-1]):
        both = {"client_id": client["id"], "created_at": str(early), "updated_at": str(late)}
        scene.expect_equal(v1.all("/activities", both), [], f"/activities?{both}, one of them a minute later")
    _check_pages(scene, "/activities", {"client_id": client["id"]}, len(listed))
    _check_entity(scene, client["id"], listed)
    for number in range(_MAX_OF_ENTITY - len(listed) + 1):
        v1.send("PUT", f"/clients/{client['id']}", body={"city": f"Town {number}"})
    _check_entity(scene, client["id"], v1.all("/activities", {"client_id": client["id"]}))


def _check_entity(scene: Scene, client_id: str, listed: list[dict[str, Any]]) -> None:
    answer = scene.api.send("POST", "/activities/entity", body={"entity": "client", "entity_id": client_id})
    scene.expect_equal(answer.data, listed[:_MAX_OF_ENTITY], f"{answer} of {len(listed)}, beside the list of all")


@oracle("the company is shown the same everywhere, by GET and POST", dialects=("v1",))
def company_is_named(scene: Scene) -> None:
    v1 = scene.apis["v1"]
    shown = v1.one("/companies/current")
    if scene.writes:
        scene.expect_equal(v1.send("POST", "/companies/current").data, shown, "POST /companies/current beside GET")
    ping = v1.get("/ping").json
    scene.expect_equal(ping.get("company_name"), shown["name"], "/ping: the company")
    scene.expect_equal(shown["settings"].get("name"), shown["name"], "/companies/current: the name in the settings")
    if scene.environment:
        scene.expect_equal(shown["name"], scene.environment["COMPANY"], "/companies/current: the name")
    users = v1.all("/users")
    names = {f"{each['first_name']} {each['last_name']}".strip() or each["email"] for each in users}
    scene.expect(ping.get("user_name") in names, f"/ping: {ping.get('user_name')!r} is not one of {sorted(names)}")


@oracle(
    "the lists of known values have at least the known ones, each value once, under the number that clients use",
    dialects=("v1",),
)
def statics_are_complete(scene: Scene) -> None:
    body = scene.api.get("/statics").json
    lists = body.get("data", body)
    for name, least in _COUNTS.items():
        with attempt(scene, f"/statics: {name}"):
            ids = [each["id"] for each in lists[name]]
            scene.expect(len(ids) >= least and len(set(ids)) == len(ids), f"/statics: {name} has {len(ids)} values")
            by_id = {each["id"]: each for each in lists[name]}
            for wanted in _KNOWN.get(name, ()):
                found = {key: by_id.get(wanted["id"], {}).get(key) for key in wanted}
                scene.expect_equal(found, wanted, f"/statics: {name} {wanted['id']}")
    for each in lists["currencies"]:
        if each["code"] in _DECIMALS:
            scene.expect_equal(each["precision"], _DECIMALS[each["code"]], f"/statics: the decimals of {each['code']}")
