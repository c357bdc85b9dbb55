"""Answers to actions, and their idempotency: tags, states, owners, bulk actions, uploads, merges, deletions."""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from gateway.contract.oracles.api import Answer, Files
from gateway.contract.oracles.life_states import bulk
from gateway.contract.oracles.resources import (
    api_client,
    category,
    contact,
    group,
    legacy_id,
    note,
    token,
    upload,
    v1_client,
    webhook,
)
from gateway.contract.oracles.scene import TICK_SECONDS, Scene, attempt, differences, oracle

Shown = Mapping[str, Any]
_STATE, _TIMES = frozenset({"status", "archived_at", "is_deleted"}), frozenset({"dates", "updated_at"})
_FILE = [("documents[]", ("once.txt", b"once", "text/plain"))]


@dataclass(frozen=True)
class Action:
    """A request that changes a record, and the path at which the record is read afterwards; "" if it was deleted.

    It may change only these keys of the record, beside its times; with None, any.
    """

    method: str
    path: str
    read: str
    body: Mapping[str, Any] = field(default_factory=dict)
    files: Files | None = None
    changes: frozenset[str] | None = None

    def send(self, scene: Scene, **headers: str) -> Answer:
        """Send the request with these headers (`Idempotency_Key` for `Idempotency-Key`)."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return scene.api.send(
            self.method, self.path, body=None if self.files else self.body, files=self.files, headers=named
        )


def actions_of(scene: Scene) -> Iterator[Action]:
    """Yield the actions of the dialect, each on a record of its own or on one that the action before has left ready."""
    return _of_api(scene) if scene.dialect == "api" else _of_v1(scene)


def _of_api(scene: Scene) -> Iterator[Action]:
    client = api_client(scene, tags=["a"], client_phone="1", client_description="d", client_billing_city="Ulm")
    path, second = f"/clients/{client['id']}", contact(scene, clientid=client["id"])
    yield Action("PUT", f"{path}/tags", path, {"tags": ["b", "a"]}, changes=frozenset({"tags"}))
    yield Action("PUT", f"{path}/status", path, {"status": "suspended"}, changes=_STATE)
    yield Action("PUT", f"{path}/status", path, {"status": "active"}, changes=_STATE)
    yield Action("PUT", f"{path}/owner", path, {"owner": second["id"]}, changes=frozenset({"owner"}))
    owner = f"/contacts/{client['owner']['id']}"
    yield Action("PUT", f"{owner}/account-owner", owner, changes=frozenset({"account_owner"}))
    said = f"/notes/{note(scene)['id']}"
    yield Action("PUT", f"{said}/tags", said, {"tags": ["b", "a"]}, changes=frozenset({"tags"}))
    for noun, made in (("contacts", second), ("notes", note(scene)), ("categories", category(scene))):
        yield Action("DELETE", f"/{noun}/{made['id']}", "")
    yield Action("DELETE", path, "")


def _of_v1(scene: Scene) -> Iterator[Action]:
    client = v1_client(scene, phone="1", private_notes="n", city="Ulm", settings={"payment_terms": "7"})
    path, known = f"/clients/{client['id']}", token(scene, client_id=client["id"], meta={"brand": "visa"})
    yield Action("PUT", f"{path}/upload", path, files=_FILE, changes=frozenset({"documents"}))
    one = f"/client_gateway_tokens/{known['id']}"
    yield Action("POST", f"{one}/setAsDefault", one, changes=frozenset({"is_default"}))
    if scene.api.password:
        yield Action("POST", f"{path}/{v1_client(scene)['id']}/merge", path)
    makers: tuple[tuple[str, Callable[[Scene], dict[str, Any]]], ...] = (
        ("clients", v1_client),
        ("group_settings", group),
        ("webhooks", webhook),
    )
    for noun, make in makers:
        yield from (_bulk(noun, make(scene)["id"], action) for action in ("archive", "delete"))
        one = f"/{noun}/{make(scene)['id']}"
        yield Action("DELETE", one, one, changes=_STATE)
        yield _bulk(noun, one.rpartition("/")[2], "restore")


def _bulk(noun: str, record_id: str, action: str) -> Action:
    sent = {"action": action, "ids": [record_id]}
    return Action("POST", f"/{noun}/bulk", f"/{noun}/{record_id}", sent, changes=_STATE)


@oracle(
    "an action answers the record as a read then shows it, and a deletion the id of the removed record",
    writes=True,
)
def actions_answer_the_record(scene: Scene) -> None:
    for each in actions_of(scene):
        with attempt(scene, f"{each.method} {each.path}"):
            before = scene.api.one(each.read) if each.read else {}
            answer = each.send(scene)
            if not scene.expect(answer.ok, f"{answer}: {answer.content[:200]!r}"):
                continue
            data = answer.data[0] if isinstance(answer.data, list) else answer.data
            if not each.read:
                scene.expect_equal(str(data["id"]), each.path.split("/")[2], f"{answer}: the id of the deleted record")
                continue
            shown = scene.api.one(each.read)
            other = differences(shown, data)
            scene.expect(not other, f"{answer}: a read afterwards shows different {sorted(other)}")
            touched = {key.partition(".")[0] for key in differences(before, shown)} - _TIMES
            more = set[str]() if each.changes is None else touched - each.changes
            scene.expect(not more, f"{answer}: {sorted(more)} changed as well")
            _check_figures(scene, answer)
    if scene.dialect == "v1":
        _check_bulk_updates(scene)


def _check_figures(scene: Scene, answer: Answer) -> None:
    figures = answer.json["meta"]["pagination"] if isinstance(answer.data, list) else {}
    wanted = {
        **dict.fromkeys(("total", "count", "per_page"), len(answer.data or ())),
        "current_page": 1,
        "total_pages": 1,
    }
    for key, value in wanted.items() if figures else ():
        scene.expect_equal(figures[key], value, f"{answer}: `{key}`")


def _check_bulk_updates(scene: Scene) -> None:
    """A bulk update changes its own column and no other."""
    client = v1_client(scene, phone="+49 1", city="Ulm", private_notes="n", custom_value2="c")
    for column, value in (("public_notes", "in bulk"), ("industry_id", "4"), ("custom_value1", "b")):
        before = scene.api.one(f"/clients/{client['id']}")
        answer = bulk(scene, "bulk_update", client["id"], column=column, new_value=value)
        touched = differences(before, scene.api.one(f"/clients/{client['id']}")) - {column, "updated_at"}
        scene.expect(not touched, f"{answer}: {sorted(touched)} changed as well")


@oracle("an action with a used Idempotency-Key is answered as before and not repeated", writes=True)
def actions_are_done_once(scene: Scene) -> None:
    for each in actions_of(scene):
        if each.method == "DELETE":
            continue
        with attempt(scene, f"{each.method} {each.path}"):
            key = f"proof-{scene.run}-{next(scene.counter)}"
            first, again = each.send(scene, Idempotency_Key=key), each.send(scene, Idempotency_Key=key)
            scene.expect(first.ok, f"{first}: {first.content[:200]!r}")
            same = (again.status, again.content) == (first.status, first.content)
            scene.expect(same, f"{again} under the same key is another answer: {again.content[:100]!r}")
            scene.expect_equal(again.headers.get("Idempotency-Replayed"), "true", f"{again}: Idempotency-Replayed")
    if scene.dialect == "v1":
        _check_creates(scene)
    _check_other_requests(scene)


def _check_other_requests(scene: Scene) -> None:
    """Under a used key, another query and another file are other requests."""
    is_legacy = scene.dialect == "api"
    client = api_client(scene) if is_legacy else v1_client(scene)
    path, method, city = (
        f"/clients/{client['id']}",
        *(("PATCH", "client_billing_city") if is_legacy else ("PUT", "city")),
    )
    body = {"client_company_name": client["company_name"]} if is_legacy else {}
    key = {"Idempotency-Key": f"proof-{scene.run}-{next(scene.counter)}"}
    scene.api.send(method, path, {city: "Ulm"}, body=body, headers=key)
    scene.expect_status(scene.api.send(method, path, {city: "Bonn"}, body=body, headers=key), 422)
    if is_legacy:  # which has no files
        return
    key = {"Idempotency-Key": f"proof-{scene.run}-{next(scene.counter)}"}
    sent = [("once.txt", b"once"), ("more.txt", b"more")]
    others = (
        [("once.txt", b"another"), sent[1]],
        [sent[0], ("more.txt", b"another")],
        [sent[0], ("renamed.txt", b"more")],
        sent[:1],
    )
    scene.api.send("PUT", f"{path}/upload", files=_files(sent), headers=key)
    for other in others:
        answer = scene.api.send("PUT", f"{path}/upload", files=_files(other), headers=key)
        scene.expect(answer.status == 422, f"{answer} instead of 422, with {other} after {sent} under the same key")
    documents = [[each["name"], each["size"]] for each in scene.api.one(path)["documents"]]
    wanted = [[name, len(content)] for name, content in sent]
    scene.expect_equal(documents, wanted, f"{path}: documents after several uploads under one key")


def _files(named: Sequence[tuple[str, bytes]]) -> Files:
    return [("documents[]", (name, content, "text/plain")) for name, content in named]


def _check_creates(scene: Scene) -> None:
    target = f"https://hooks.example/{scene.run}/{next(scene.counter)}"
    hook = Action("POST", "/webhooks", "", {"event_id": "1", "target_url": target})
    key = f"proof-{scene.run}-{next(scene.counter)}"
    ids = {hook.send(scene, Idempotency_Key=key).data["id"] for _ in range(2)}
    scene.expect(len(ids) == 1, f"POST /webhooks under one key made {sorted(ids)}")
    client = v1_client(scene)
    sent = Action("PUT", f"/clients/{client['id']}/upload", "", files=_FILE)
    key = f"proof-{scene.run}-{next(scene.counter)}"
    content = {sent.send(scene, Idempotency_Key=key).content for _ in range(2)}
    scene.expect(len(content) == 1, "PUT /clients/{id}/upload under one key is answered in two ways")


@oracle(
    "an archived client stays archived, with the same time, whatever else is written and if it is archived again",
    writes=True,
    subjects=("clients",),
)
def writes_keep_the_state(scene: Scene) -> None:
    v1, api, client = scene.apis["v1"], scene.apis["api"], v1_client(scene)
    path = f"/clients/{client['id']}"
    number = legacy_id(scene, client)
    bulk(scene, "archive", client["id"])
    archived = v1.one(path)["archived_at"]
    name = {"client_company_name": client["name"]}

    def people() -> list[dict[str, Any]]:
        return api.all("/contacts", {"client_id": number})

    writes: dict[str, Callable[[], Any]] = {
        "PUT": lambda: v1.send("PUT", path, body={"city": scene.unique()}),
        "PUT of contacts": lambda: v1.send("PUT", path, body={"contacts": [{"first_name": "New"}]}),
        "PATCH": lambda: api.send("PATCH", f"/clients/{number}", body={**name, "client_vat": scene.unique()}),
        "tags": lambda: api.send("PUT", f"/clients/{number}/tags", body={"tags": [scene.unique()]}),
        "an upload": lambda: upload(scene, client["id"]),
        "a gateway token": lambda: token(scene, client_id=client["id"]),
        "a contact": lambda: contact(scene, clientid=number),
        "a note": lambda: note(scene, noteresource_id=number),
        "a new owner": lambda: api.send("PUT", f"/clients/{number}/owner", body={"owner": people()[-1]["id"]}),
        "assign_group": lambda: bulk(scene, "assign_group", client["id"], group_settings_id=group(scene)["id"]),
        "bulk_update": lambda: bulk(
            scene, "bulk_update", client["id"], column="public_notes", new_value=scene.unique()
        ),
        "archive": lambda: bulk(scene, "archive", client["id"]),
        "suspend": lambda: api.send("PUT", f"/clients/{number}/status", body={"status": "suspended"}),
    }
    if v1.password:
        writes["a merge"] = lambda: v1.send("POST", f"{path}/{v1_client(scene)['id']}/merge")
    scene.expect(bool(archived), f"{path} was archived, and `archived_at` is {archived}")
    time.sleep(TICK_SECONDS)  # so that a changed time shows
    for word, write in writes.items():
        with attempt(scene, word):
            answer = write()
            scene.expect(getattr(answer, "ok", True), f"{answer} for an archived client: {word} was refused")
            after = v1.one(path)["archived_at"]
            scene.expect_equal(after, archived, f"{path}: `archived_at` after {word}")
            status = api.one(f"/clients/{number}")["status"]
            scene.expect_equal(status, "suspended", f"/api/clients/{number}: the status after {word}")
    _check_again(scene)
    _check_changed(scene)


def _check_changed(scene: Scene) -> None:
    """A group or a webhook that is archived stays so when it is changed."""
    v1 = scene.apis["v1"]
    target = {"target_url": f"https://hooks.example/{scene.run}/changed"}
    for path, make, body in (("/group_settings", group, {"name": scene.unique()}), ("/webhooks", webhook, target)):
        one = make(scene)["id"]
        archived = _done(scene, path, one, "archive")["archived_at"]
        answer = v1.send("PUT", f"{path}/{one}", body=body)
        scene.expect_equal(answer.data["archived_at"], archived, f"{answer}: `archived_at` after a change")


def _check_again(scene: Scene) -> None:
    """An action that is repeated, even later, changes nothing."""
    made = {"/clients": v1_client(scene), "/group_settings": group(scene), "/webhooks": webhook(scene)}
    ids = {path: each["id"] for path, each in made.items()}
    for action in ("archive", "delete", "restore"):
        before = {path: _done(scene, path, each, action) for path, each in ids.items()}
        time.sleep(TICK_SECONDS)
        for path, each in ids.items():
            after = _done(scene, path, each, action)
            scene.expect_equal(after, before[path], f"{path}/{each}: what is shown after {action} was done again")


def _done(scene: Scene, path: str, record_id: str, action: str) -> dict[str, Any]:
    bulk(scene, action, record_id, path=path)
    return scene.apis["v1"].one(f"{path}/{record_id}")
