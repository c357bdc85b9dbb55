"""Values that are filled in, times of creation and change, and the separation of feeds by company."""

import time
from collections.abc import Callable, Mapping
from email.utils import parsedate_to_datetime
from typing import Any

from gateway.contract.oracles.api import Answer
from gateway.contract.oracles.protocol_conditions import new_value
from gateway.contract.oracles.resources import RESOURCES, Resource, api_client, in_v1, v1_client
from gateway.contract.oracles.scene import TICK_SECONDS, Scene, at, attempt, oracle
from gateway.contract.oracles.views import seconds

Shown = Mapping[str, Any]
_LAG_SECONDS = 5  # between a stored time and the `Date` of the answer
_CONTACT = {
    **dict.fromkeys(("last_name", "phone", "password", *(f"custom_value{n}" for n in range(1, 5))), ""),
    **{"is_primary": True, "is_locked": False, "send_email": True, "archived_at": 0, "last_login": 0},
}


@oracle(
    "values that are not sent are filled in as documented: names, numbers, currencies, values of contacts",
    writes=True,
    subjects=("clients",),
)
def values_are_filled_in(scene: Scene) -> None:
    if scene.dialect == "api":
        person = {"first_name": "Ada", "last_name": scene.unique("Byron"), "email": scene.email()}
        answer = scene.api.send("POST", "/clients", body=person)
        name = f"Ada {person['last_name']}"
        scene.expect_equal(answer.data["company_name"], name, f"{answer}: the company name, which was not sent")
        scene.expect_equal(answer.data["owner"]["name"], name, f"{answer}: the owner")
        return
    v1, client = scene.api, v1_client(scene, contacts=[{"first_name": "One"}], number=scene.unique("N"))
    path = f"/clients/{client['id']}"
    for nothing in ("", None):
        kept = v1.send("PUT", path, body={"number": nothing}).data["number"]
        scene.expect_equal(kept, client["number"], f"{path}: the number after number={nothing!r}")
    person = client["contacts"][0]
    scene.expect_equal({key: person[key] for key in _CONTACT}, _CONTACT, f"{path}: what was not sent of its contact")
    currency = v1.one("/companies/current")["settings"]["currency_id"]
    wanted = ["App\\Models\\Client", currency]
    for made in (client, v1.send("POST", "/clients").data):
        found = [made["settings"]["entity"], made["settings"]["currency_id"]]
        scene.expect_equal(found, wanted, f"/clients/{made['id']}: entity and currency of its settings")
    blank = made["contacts"]
    if scene.expect(len(blank) == 1, f"a client created without values has {len(blank)} contacts"):
        wanted_of_blank = _CONTACT | {"first_name": "", "email": ""}
        found_of_blank = {key: blank[0][key] for key in wanted_of_blank}
        scene.expect_equal(found_of_blank, wanted_of_blank, "the contact of a client created without values")


@oracle(
    "every record shows when it was created and last changed, and its activity and the change feed have the same times",
    writes=True,
)
def records_have_their_times(scene: Scene) -> None:
    start = _clock(scene.api.get("/clients"))
    made = {resource: resource.make(scene) for resource in RESOURCES if resource.dialect == scene.dialect}
    before = {resource: scene.api.get(f"{resource.path}/{each['id']}") for resource, each in made.items()}
    for read in before.values():
        for word in ("created", "updated"):
            _since(scene, f"{read}: when it was {word}", _time(read.data, word), start, read)
    time.sleep(TICK_SECONDS)
    for resource, read in before.items():
        with attempt(scene, read.path):
            _check_change(scene, resource, read)
    client = next(each for resource, each in made.items() if resource.path == "/clients")
    _check_feeds(scene, client)


def _time(shown: Shown, word: str) -> int:
    return seconds(at(shown, f"dates.{word}")) if "dates" in shown else int(shown[f"{word}_at"])


def _clock(answer: Answer) -> float:
    return parsedate_to_datetime(answer.headers["Date"]).timestamp()


def _since(scene: Scene, what: str, moment: int, start: float, answer: Answer) -> None:
    """Expect a time between a start, by the server's clock, and the `Date` of an answer."""
    end = _clock(answer)
    holds = start - _LAG_SECONDS <= moment <= end + _LAG_SECONDS
    scene.expect(holds, f"{what} is {moment} instead of from {start:.0f} to {end:.0f}")


def _check_change(scene: Scene, resource: Resource, read: Answer) -> None:
    body = {**resource.needed(read.data), **new_value(scene, resource)}
    changed = scene.api.send(resource.method, read.path, body=body)
    moved = _time(changed.data, "updated") > _time(read.data, "updated")
    scene.expect(moved, f"{changed}: the time of the last change did not change")
    same = _time(changed.data, "created") == _time(read.data, "created")
    scene.expect(same, f"{changed}: the time of creation changed")


def _check_feeds(scene: Scene, client: Shown) -> None:
    start = scene.api.get("/changes", {"after": "latest"}).json["meta"]["next_cursor"]
    hashed = client["id"] if scene.dialect == "v1" else in_v1(scene, client)["id"]
    person = scene.apis["v1"].one(f"/clients/{hashed}")["contacts"][0]
    began = _clock(scene.api.get("/clients"))
    sent = {"contacts": [{"id": person["id"], "phone": scene.unique("+49")}]}
    changed = scene.apis["v1"].send("PUT", f"/clients/{hashed}", body=sent)
    moved = changed.data["contacts"][0]["updated_at"] > person["updated_at"]
    scene.expect(moved, f"{changed}: a change of a contact's telephone number did not change its `updated_at`")
    changes = [each for each in scene.api.get("/changes", {"after": start}).data if each["id"] == client["id"]]
    activities = scene.apis["v1"].all("/activities", {"client_id": hashed})
    for word, records, key in (("/changes", changes, "timestamp"), ("/activities", activities, "created_at")):
        scene.expect(bool(records) or not scene.alone, f"{word} has nothing about client {client['id']}")
        if records:
            at_moment = records[0][key]
            moment = at_moment if isinstance(at_moment, int) else seconds(at_moment)
            _since(scene, f"{word}: when client {client['id']} was changed", moment, began, changed)


@oracle("activities and changes of another company are not shown", writes=True)
def feeds_are_our_own(scene: Scene) -> None:
    if scene.others is None:
        scene.not_reached("another company's records: no --other-token was given")
        return
    theirs = Scene(scene.dialect, scene.others, None, scene.documents, run=scene.run, counter=scene.counter)
    feeds = ("/changes",) if scene.dialect == "api" else ("/changes", "/activities")
    starts = [each.api.get("/changes", {"after": "latest"}).json["meta"]["next_cursor"] for each in (scene, theirs)]
    make: Callable[[Scene], dict[str, Any]] = api_client if scene.dialect == "api" else v1_client
    for _ in range(2):
        ours, foreign = make(scene)["id"], make(theirs)["id"]
        for path in feeds:
            with attempt(scene, path):
                ours_listed, theirs_listed = _listed(scene, path, starts[0]), _listed(theirs, path, starts[1])
                is_listed = ours in ours_listed and foreign in theirs_listed
                scene.expect(is_listed or not scene.alone, f"{path} does not show a new client")
                scene.expect(foreign not in ours_listed, f"{path} shows {foreign} of another company")
                scene.expect(ours not in theirs_listed, f"{path} shows {ours} to another company")


def _listed(scene: Scene, path: str, start: str) -> set[Any]:
    """The clients that a feed shows now."""
    if path == "/activities":
        return {each["client_id"] for each in scene.api.get(path, {"per_page": 100}).data}
    return {each["id"] for each in scene.api.get(path, {"after": start, "limit": 100}).data}
