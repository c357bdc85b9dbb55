"""The change feed has every change once and in order, with pages of any size."""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

from gateway.contract.oracles.api import Api, session_of
from gateway.contract.oracles.life_states import bulk
from gateway.contract.oracles.resources import category, contact, legacy_id, token, upload, v1_client
from gateway.contract.oracles.scene import Scene, attempt, oracle

_AT_ONCE_SECONDS = 10  # far below the wait that was asked for, and enough for a busy machine
_ALMOST_A_SECOND = 0.8
_MOST, _CLIENTS = 100, 10  # changes in an answer of /api, and clients that are changed together


@oracle(
    "the change feed has each change of a client once, in order, with its type, and with the present client on request",
    writes=True,
)
def feeds_list_changes(scene: Scene) -> None:
    v1, api = scene.apis["v1"], scene.apis["api"]
    start = scene.api.get("/changes", {"after": "latest"}).json["meta"]["next_cursor"]
    client = v1_client(scene)
    path, number = f"/clients/{client['id']}", legacy_id(scene, client)
    name, first, target = client["name"], category(scene)["id"], category(scene)["id"]
    person = {key: client["contacts"][0][key] for key in ("first_name", "last_name", "email")}
    owner = f"/contacts/{api.one(f'/clients/{number}')['owner']['id']}"
    chosen = {"client_company_name": name, "client_categoryid": first}

    def newest() -> int:
        return int(api.all("/contacts", {"client_id": number})[-1]["id"])

    unseen = "" if scene.dialect == "api" else "updated"  # a deleted client does not exist in /api
    steps: list[tuple[str, Callable[[], Any]]] = [
        ("updated", lambda: v1.send("PUT", path, body={"city": "Ulm"})),
        ("updated", lambda: api.send("PUT", f"/clients/{number}/tags", body={"tags": ["t"]})),
        ("archived", lambda: bulk(scene, "archive", client["id"])),
        ("restored", lambda: api.send("PUT", f"/clients/{number}/status", body={"status": "active"})),
        ("deleted", lambda: v1.send("DELETE", path)),
        (unseen, lambda: bulk(scene, "archive", client["id"])),
        ("restored", lambda: bulk(scene, "restore", client["id"])),
        ("updated", lambda: api.send("PATCH", owner, body={**person, "phone": "7"})),
        ("updated", lambda: api.send("PATCH", f"/clients/{number}", body=chosen)),
        ("updated", lambda: api.send("PUT", f"/categories/{first}/migrate", body={"target_id": target})),
        ("updated", lambda: upload(scene, client["id"])),
        ("updated", lambda: token(scene, client_id=client["id"])),
        ("updated", lambda: contact(scene, clientid=number)),
        ("updated", lambda: api.send("PUT", f"/clients/{number}/owner", body={"owner": newest()})),
    ]
    for _word, act in steps:
        act()
    gone = _ended(scene)
    v1.send("PUT", path, body={"city": "Ulm"})  # changes nothing, and is no change
    ours = number if scene.dialect == "api" else client["id"]
    wanted = ["created", *(word for word, _act in steps if word)]
    for size in (100, 2, 1):
        listed = _walk(scene, scene.api, start, size)
        for other, end in gone.items():
            ends = [(each["type"], each["merged_into"]) for each in listed if each["id"] == other]
            scene.expect_equal(list(ends[-1:]), [end], f"/changes by {size}: the end of client {other}")
        kinds = [each["type"] for each in listed if each["id"] == ours]
        scene.expect_equal(kinds, wanted, f"/changes by {size}: what happened to client {ours}")
        cursors = [each["cursor"] for each in listed]
        scene.expect(len(set(cursors)) == len(cursors), f"/changes by {size}: a cursor is there twice")
    lost = v1_client(scene)
    lost_number = legacy_id(scene, lost)
    v1.send("DELETE", f"/clients/{lost['id']}")
    included = _walk(scene, scene.api, start, 100, include="record")
    shown = scene.api.one(f"/clients/{ours}")
    records = [each.get("record") for each in included if each["id"] == ours]
    scene.expect_equal(records[-1:], [shown], "/changes?include=record: the client that it shows")
    _check_deleted(scene, included, lost_number if scene.dialect == "api" else lost["id"])
    if scene.dialect == "api":
        with attempt(scene, "the largest number of changes"):
            _check_largest(scene)


def _check_largest(scene: Scene) -> None:
    """An answer has at most the largest number of changes, however many are asked for."""
    start = scene.api.get("/changes", {"after": "latest"}).json["meta"]["next_cursor"]
    ids = [v1_client(scene)["id"] for _ in range(_CLIENTS)]
    for number in range(_MOST // _CLIENTS):
        bulk(scene, "restore" if number % 2 else "archive", *ids)
    for size in (_MOST, _MOST + 1, 10 * _MOST):
        answer = scene.api.get("/changes", {"after": start, "limit": size})
        scene.expect_equal(len(answer.data), _MOST, f"{answer}: the number of changes")
        scene.expect(
            answer.json["meta"]["has_more"], f"{answer}: it has not all changes, and says that there are no more"
        )


def _check_deleted(scene: Scene, included: list[dict[str, Any]], client_id: Any) -> None:
    """The feed shows a deleted client as a read does: not at all in /api."""
    entries = [each for each in included if each["id"] == client_id]
    wanted = [None] * 2 if scene.dialect == "api" else [scene.api.one(f"/clients/{client_id}")] * 2
    found = [each.get("record") for each in entries]
    scene.expect_equal(found, wanted, f"/changes?include=record: the record of the deleted client {client_id}")


def _ended(scene: Scene) -> dict[Any, tuple[str, Any]]:
    """Clients that were merged away, purged and deleted in /api, with what has to be listed of it.

    What happens to a client that was already deleted is no change in /api, where it does not exist any more.
    """
    v1, api = scene.apis["v1"], scene.apis["api"]
    merged, receiver, purged, deleted, *hidden = (v1_client(scene) for _ in range(6))
    ids = {each["id"]: legacy_id(scene, each) for each in (merged, receiver, purged, deleted, *hidden)}
    names = ids if scene.dialect == "api" else {each: each for each in ids}
    nobody = None if scene.dialect == "api" else ""
    ends: dict[Any, tuple[str, Any]] = {names[deleted["id"]]: ("purged", nobody)}
    api.send("DELETE", f"/clients/{ids[deleted['id']]}")
    if v1.password:
        bulk(scene, "delete", *(each["id"] for each in hidden))
        for each in (purged, hidden[0]):
            v1.send("POST", f"/clients/{each['id']}/purge")
        for each in (merged, hidden[1]):
            v1.send("POST", f"/clients/{receiver['id']}/{each['id']}/merge")
        ends[names[purged["id"]]] = ("purged", nobody)
        ends[names[merged["id"]]] = ("merged", names[receiver["id"]])
        is_seen = scene.dialect == "v1"
        ends[names[hidden[0]["id"]]] = ("purged" if is_seen else "deleted", nobody)
        ends[names[hidden[1]["id"]]] = ("merged", names[receiver["id"]]) if is_seen else ("deleted", nobody)
    return ends


def _walk(scene: Scene, api: Api, after: str, size: int, **more: str) -> list[dict[str, Any]]:
    listed, more_left = list[dict[str, Any]](), False
    while True:
        answer = api.get("/changes", {"after": after, "limit": size, **more})
        scene.expect(len(answer.data) <= size, f"{answer}: {len(answer.data)} changes")
        scene.expect(
            not more_left or bool(answer.data), f"{answer}: there is no change, though `has_more` promised one"
        )
        listed += answer.data
        after, more_left = answer.json["meta"]["next_cursor"], answer.json["meta"]["has_more"]
        if not more_left or not answer.data:
            return listed


@oracle(
    "with `wait`, a feed that has changes is answered at once, and one that has none waits for the next change",
    writes=True,
)
def feeds_wait_for_changes(scene: Scene) -> None:
    v1_client(scene)
    began = time.monotonic()
    full = scene.api.get("/changes", {"wait": 20, "limit": 1})
    scene.expect(bool(full.data), f"{full} has no changes")
    took = time.monotonic() - began
    scene.expect(took < _AT_ONCE_SECONDS, f"{full} took {took:.1f} s, though there are changes")
    if not scene.alone:  # elsewhere somebody else may make the next change
        return
    newest = scene.api.get("/changes", {"after": "latest"}).json["meta"]["next_cursor"]
    began = time.monotonic()
    empty = scene.api.get("/changes", {"after": newest, "wait": 1})
    took = time.monotonic() - began
    scene.expect_equal(empty.data, [], f"{empty}: changes after the newest one")
    scene.expect(took > _ALMOST_A_SECOND, f"{empty} took {took:.1f} s, though it was to wait for a second")
    waiting = replace(scene.api, session=session_of(scene.api.url))
    with ThreadPoolExecutor(1) as pool:
        awaited = pool.submit(waiting.get, "/changes", {"after": newest, "wait": 20})
        time.sleep(_ALMOST_A_SECOND)
        made = v1_client(scene)
        began = time.monotonic()
        answer = awaited.result()
    took = time.monotonic() - began
    wanted = legacy_id(scene, made) if scene.dialect == "api" else made["id"]
    scene.expect_equal([each["id"] for each in answer.data], [wanted], f"{answer}: the change that it waited for")
    scene.expect(took < _AT_ONCE_SECONDS, f"{answer} came {took:.1f} s after the change that it waited for")
