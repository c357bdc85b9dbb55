"""What answers contain besides data: messages, times, and the id of the request."""

import re
import time
from collections.abc import Iterator, Mapping
from email.utils import parsedate_to_datetime
from typing import Any

from gateway.contract.oracles.api import Answer
from gateway.contract.oracles.life_states import bulk
from gateway.contract.oracles.protocol_methods import real_paths
from gateway.contract.oracles.resources import RESOURCES, api_client, category, contact, note, v1_client
from gateway.contract.oracles.scene import TICK_SECONDS, Scene, attempt, oracle
from gateway.contract.oracles.views import seconds

_LAG_SECONDS = 5  # between a stored time and the `Date` of the answer
_INVALID = "The given data was invalid."
_MANY = 3  # records; that all of them were created at a whole second is too unlikely
_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z")


@oracle("the message of each answer is that of the document's example", writes=True, dialects=("api",))
def messages_are_as_documented(scene: Scene) -> None:
    for label, answer in _answers(scene):
        with attempt(scene, label):
            wanted = _documented(scene, label, str(answer.status))
            scene.expect_equal(answer.json.get("message"), wanted, f"{answer}: the message")


def _documented(scene: Scene, label: str, status: str) -> Any:
    """Return the message of the example that the document has for a status of an operation."""
    method, _, path = label.partition(" ")
    content = scene.documents["api"]["paths"][f"/api{path}"][method.lower()]["responses"][status]["content"]
    media = content["application/json"]
    examples = [media["example"]] if "example" in media else [each["value"] for each in media["examples"].values()]
    return examples[0]["message"]


def _answers(scene: Scene) -> Iterator[tuple[str, Answer]]:
    """Yield one successful answer of each operation of /api, made with new records."""
    api, client, second = scene.api, api_client(scene), None
    kinds = {"/clients": client, "/categories": category(scene), "/contacts": contact(scene), "/notes": note(scene)}
    second = contact(scene, clientid=client["id"])
    for resource in (each for each in RESOURCES if each.dialect == "api"):
        path, shown = resource.path, api.one(f"{resource.path}/{kinds[resource.path]['id']}")
        one = f"{path}/{shown['id']}"
        yield f"GET {path}", api.get(path)
        yield f"GET {path}/{{id}}", api.get(one)
        yield f"PATCH {path}/{{id}}", api.send("PATCH", one, body=resource.needed(shown))
    for path in ("/team", "/changes"):
        yield f"GET {path}", api.get(path)
    acts: tuple[tuple[str, dict[str, Any] | None], ...] = (
        ("tags", {"tags": ["t"]}),
        ("status", {"status": "suspended"}),
        ("owner", {"owner": second["id"]}),
    )
    for act, body in acts:
        yield f"PUT /clients/{{id}}/{act}", api.send("PUT", f"/clients/{client['id']}/{act}", body=body)
    target = {"target_id": category(scene)["id"]}
    moved = f"/categories/{kinds['/categories']['id']}/migrate"
    yield "PUT /categories/{id}/migrate", api.send("PUT", moved, body=target)
    owner = f"/contacts/{client['owner']['id']}/account-owner"
    yield "PUT /contacts/{id}/account-owner", api.send("PUT", owner)
    tagged = api.send("PUT", f"/notes/{kinds['/notes']['id']}/tags", body={"tags": ["a", "b"]})
    yield "PUT /notes/{id}/tags", tagged
    scene.expect_equal(tagged.data.get("tags"), ["a", "b"], f"{tagged}: the tags of a note")
    kinds["/contacts"] = second
    for path in ("/notes", "/contacts", "/categories", "/clients"):
        yield f"DELETE {path}/{{id}}", api.send("DELETE", f"{path}/{kinds[path]['id']}")
    yield "POST /clients", _made(scene, "/clients", first_name="A", last_name="B", email=scene.email())
    yield "POST /categories", _made(scene, "/categories", category_name=scene.unique())


def _made(scene: Scene, path: str, **body: Any) -> Answer:
    return scene.api.send("POST", path, body=body)


@oracle("the refusal of a body says that the data was invalid, and names the error of each field", writes=True)
def refusals_name_invalid_fields(scene: Scene) -> None:
    tries: dict[str, list[tuple[str, str, dict[str, Any], set[str]]]] = {
        "api": [
            ("POST", "/clients", {}, {"first_name", "last_name", "email"}),
            ("POST", "/clients", {"send_email": "maybe"}, {"first_name", "last_name", "email", "send_email"}),
            ("POST", "/contacts", {"email": "no email"}, {"first_name", "last_name", "email", "clientid"}),
            ("POST", "/categories", {}, {"category_name"}),
        ],
        "v1": [
            ("POST", "/clients", {"country_id": "9999", "name": "x" * 300}, {"country_id", "name"}),
            ("POST", "/clients", {"settings": {"currency_id": "9999"}}, {"settings.currency_id"}),
            ("POST", "/clients", {"settings": {"language_id": "9999"}}, {"settings.language_id"}),
            ("POST", "/group_settings", {}, {"name"}),
            ("POST", "/client_gateway_tokens", {"is_default": "maybe"}, {"client_id", "is_default"}),
        ],
    }
    for method, path, body, fields in tries[scene.dialect]:
        answer = scene.api.send(method, path, body=body)
        if scene.expect_status(answer, 422):
            scene.expect_equal(answer.json.get("message"), _INVALID, f"{answer}: the message")
            errors = answer.json.get("errors", {})
            scene.expect_equal(sorted(errors), sorted(fields), f"{answer}: the fields that are wrong")
            texts = [text for said in errors.values() for text in said]
            spoken = all(isinstance(each, str) and each.startswith("The ") and each.endswith(".") for each in texts)
            scene.expect(spoken, f"{answer}: the messages are {texts}")


@oracle(
    "times are those of creating, of every change and of archiving, and no other time changes",
    writes=True,
    dialects=("v1",),
    subjects=("clients",),
)
def times_are_true(scene: Scene) -> None:
    v1 = scene.apis["v1"]
    client = v1_client(scene)
    path = f"/clients/{client['id']}"
    read = v1.get(path)
    now = parsedate_to_datetime(read.headers["Date"]).timestamp()
    contacts = [each["created_at"] for each in client["contacts"]]
    for value in (client["created_at"], client["updated_at"], *contacts):
        scene.expect(abs(now - value) <= _LAG_SECONDS, f"{path}: {value} is not the time of its creation, {now:.0f}")
    time.sleep(TICK_SECONDS)
    changed = v1.send("PUT", path, body={"city": "Later"}).data
    scene.expect(changed["updated_at"] > client["updated_at"], f"PUT {path}: updated_at did not change")
    scene.expect_equal(changed["created_at"], client["created_at"], f"PUT {path}: created_at")
    bulk(scene, "archive", client["id"])
    archived = v1.get(path)
    now = parsedate_to_datetime(archived.headers["Date"]).timestamp()
    at = archived.data["archived_at"]
    scene.expect(abs(now - at) <= _LAG_SECONDS, f"{path}: archived_at is {at} instead of about {now:.0f}")
    legacy = api_client(scene)
    made = seconds(legacy["dates"]["created"])
    scene.expect(
        abs(now - made) <= _LAG_SECONDS, f"/api/clients/{legacy['id']}: {made} is not the time of its creation"
    )


@oracle(
    "times have six digits of microseconds, not all of them zeros, and no record was changed before it was created",
    dialects=("api",),
)
def times_have_microseconds(scene: Scene) -> None:
    for path in ("/clients", "/contacts", "/categories", "/notes"):
        dates = [each["dates"] for each in scene.api.all(path)]
        made = [each["created"] for each in dates]
        exact = any(not each.endswith(".000000Z") for each in made)
        scene.expect(exact or len(made) < _MANY, f"{path}: all of {len(made)} records were made at a whole second")
        other = [said for each in dates for said in each.values() if not _MOMENT.fullmatch(said)]
        scene.expect(not other, f"{path}: {other[:1]} have another form than YYYY-MM-DDThh:mm:ss.ffffffZ")
        early = [each for each in dates if each["updated"] < each["created"]]
        scene.expect(not early, f"{path}: {early[:1]} were changed before they were made")


@oracle("every answer has the id of its request, and refused callers are told how to authenticate")
def answers_are_labelled(scene: Scene) -> None:
    seen: set[str] = set()
    for _template, path, operations in real_paths(scene):
        if "get" not in operations:
            continue
        for answer in (scene.api.get(path), scene.api.with_key(None).get(path)):
            name = answer.headers.get("X-Request-Id", "")
            scene.expect(bool(name) and name not in seen, f"{answer}: X-Request-Id is {name!r}")
            seen.add(name)
            _check_length(scene, answer)
        if scene.dialect == "api":
            refused = scene.api.with_key(None).get(path)
            scheme = refused.headers.get("WWW-Authenticate", "")
            scene.expect(scheme.startswith("Bearer"), f"{refused}: WWW-Authenticate is {scheme!r} (RFC 9110, 11.6.1)")
    ours = scene.api.get("/clients", headers={"X-Request-Id": "proof-1"})
    scene.expect_equal(ours.headers.get("X-Request-Id"), "proof-1", f"{ours}: the request's own X-Request-Id")


def _check_length(scene: Scene, answer: Answer) -> None:
    headers: Mapping[str, str] = answer.headers
    if "Content-Encoding" not in headers and "Content-Length" in headers:
        scene.expect_equal(int(headers["Content-Length"]), len(answer.content), f"{answer}: Content-Length")
