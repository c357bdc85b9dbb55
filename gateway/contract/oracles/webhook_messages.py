"""What the subscribers of webhooks receive: sent by a gateway that may reach this machine, to a receiver here."""

import time
from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from gateway.contract.oracles.api import Api
from gateway.contract.oracles.life_states import bulk
from gateway.contract.oracles.other_keys import limited_key
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
    webhook,
)
from gateway.contract.oracles.scene import Scene, attempt, differences, oracle
from gateway.contract.oracles.second_gateway import delivering_gateway
from gateway.contract.oracles.subscriber import BUSY, GONE, Message, receiving

Shown = Mapping[str, Any]
_EVENTS = ("1", "10", "11", "37", "45")  # created, updated, deleted, archived, restored
_WAIT_SECONDS = 20.0
_OTHERS, _NEWER = "/others", "/newer"


@dataclass
class _Changes:
    """Makes changes, and notes which messages each event's subscriber has to receive, in order.

    `others` are the paths of other subscribers to created clients, each with its number of repeated messages.
    """

    scene: Scene
    received: list[Message]
    others: Mapping[str, int]
    wanted: dict[str, list[tuple[str, Shown]]] = field(default_factory=lambda: defaultdict(list))
    is_late: bool = False

    def make(self, what: str, act: Callable[[], Any], *messages: tuple[str, str]) -> None:
        """Make a change, after which a message of each event is about a client: as it is then, or else was last."""
        before = {client_id: self._shown(client_id) for _event, client_id in messages}
        with attempt(self.scene, what):
            answer = act()
            self.scene.expect(getattr(answer, "ok", True), f"{what} was refused: {answer}")
        for event, client_id in messages:
            self.wanted[event].append((what, self._shown(client_id) or before[client_id]))

    def create(self, what: str, act: Callable[[], str]) -> str:
        """Create a client, which the subscriber of creations receives, and return its id in /api/v1."""
        made = act()
        self.wanted["1"].append((what, self._shown(made)))
        return made

    def settle(self) -> None:
        """Wait until everything was received: archiving a webhook and purging a client remove waiting messages."""
        deadline = time.monotonic() + _WAIT_SECONDS
        while not self.is_late and not all(map(self._has_received, _EVENTS)):
            time.sleep(0.05)
            self.is_late = time.monotonic() > deadline  # what has not come by now is not awaited again

    def _has_received(self, event: str) -> bool:
        numbers = [sum(_is_of(each, event) for each in self.received)]
        if event == "1":  # other subscribers of the same event
            numbers += [sum(each.path == path for each in self.received) - more for path, more in self.others.items()]
        return min(numbers) >= len(self.wanted[event])

    def _shown(self, client_id: str) -> Shown:
        answer = self.scene.apis["v1"].get(f"/clients/{client_id}")
        return dict(answer.data) if answer.ok else {}


@oracle(
    "each change of a client in either dialect is sent once, in order, to the webhooks of its event and to no others, "
    "with their method and headers and the client as /api/v1 then shows it",
    writes=True,
    alone=True,
)
def changes_are_sent(scene: Scene) -> None:
    with delivering_gateway(scene) as own:
        if own is not None:
            _check_all(own)


def _check_all(scene: Scene) -> None:
    with receiving() as (host, received):
        hooks = {event: _hook(scene, host, event) for event in _EVENTS}
        gone = webhook(scene, event_id="10", target_url=f"{host}{GONE}")["id"]
        busy = webhook(scene, event_id="1", target_url=f"{host}{BUSY}")["id"]
        if scene.others:
            stranger = {"event_id": "10", "target_url": f"{host}{_OTHERS}"}
            scene.others["v1"].send("POST", "/webhooks", body=stranger)
        newer = scene.api.with_key(limited_key(scene, "edition", "2026")) if scene.dialect == "v1" else None
        if newer:
            newer.send("POST", "/webhooks", body={"event_id": "1", "target_url": f"{host}{_NEWER}"})
        changes = _Changes(scene, received, {BUSY: 1} | ({_NEWER: 0} if newer else {}))
        client = _changed_in_api(changes) if scene.dialect == "api" else _changed_in_v1(changes)
        _change_hooks(changes, hooks, client)
        last = _ended(changes)
        changes.settle()
        for event in _EVENTS:
            with attempt(scene, f"the messages of event {event}"):
                _compare(scene, event, changes.wanted[event], [each for each in received if _is_of(each, event)])
        if newer:
            _check_newer(scene, newer, last, [each for each in received if each.path == _NEWER])
        others = [each for each in received if each.path == _OTHERS]
        scene.expect(not others, f"{len(others)} changes were sent to a webhook of another company")
        repeated = [each.client.get("id") for each in received if each.path == BUSY]
        ids = [shown["id"] for _what, shown in changes.wanted["1"]]
        scene.expect_equal(repeated, [*ids[:1], *ids], "messages to a subscriber that answered the first one with 503")
        _check_gone(scene, gone, [each for each in received if each.path == GONE])
        for each in (*hooks.values(), gone, busy):
            scene.apis["v1"].send("DELETE", f"/webhooks/{each}")


def _hook(scene: Scene, host: str, event: str) -> str:
    method = "put" if event == "37" else "post"
    more = {"target_url": f"{host}/{event}?of={event}", "rest_method": method, "headers": {"X-Proof": f"of {event}"}}
    return str(webhook(scene, event_id=event, **more)["id"])


def _changed_in_v1(changes: _Changes) -> str:
    scene, v1 = changes.scene, changes.scene.apis["v1"]
    chosen = group(scene)["id"]
    client = changes.create("a create", lambda: str(v1_client(scene)["id"]))
    path, updated = f"/clients/{client}", ("10", client)
    for method, body in (("PUT", {"city": "Ulm"}), ("PATCH", {"contacts": [{"email": scene.email()}]})):
        changes.make(f"{method} {body}", lambda m=method, b=body: v1.send(m, path, body=b), updated)  # type: ignore[misc]
    changes.make("the same again", lambda: v1.send("PUT", path, body={"city": "Ulm"}))
    changes.make("archive", lambda: bulk(scene, "archive", client), ("37", client))
    changes.make("archive again", lambda: bulk(scene, "archive", client))
    changes.make("restore", lambda: bulk(scene, "restore", client), ("45", client))
    changes.make("DELETE", lambda: v1.send("DELETE", path), ("11", client))
    changes.make("restore", lambda: bulk(scene, "restore", client), ("45", client))
    changes.make("assign_group", lambda: bulk(scene, "assign_group", client, group_settings_id=chosen), updated)
    changes.make(
        "a new name of its group", lambda: v1.send("PUT", f"/group_settings/{chosen}", body={"name": scene.unique()})
    )
    changes.make("an upload", lambda: upload(scene, client), updated)
    document = f"/documents/{v1.one(path)['documents'][0]['id']}"
    changes.make("a new name of a document", lambda: v1.send("PUT", document, body={"name": "b.txt"}), updated)
    changes.make("a token", lambda: token(scene, client_id=client), updated)
    one = f"/client_gateway_tokens/{v1.one(path)['gateway_tokens'][0]['id']}"
    changes.make("setAsDefault", lambda: v1.send("POST", f"{one}/setAsDefault"), updated)
    changes.make("a removed token", lambda: v1.send("DELETE", one), updated)
    two = [changes.create("a create", lambda: str(v1_client(scene)["id"])) for _ in range(2)]
    changes.make("archive of two", lambda: bulk(scene, "archive", *two), *(("37", each) for each in two))
    changes.make("delete of two", lambda: bulk(scene, "delete", *two), *(("11", each) for each in two))
    if v1.password:
        changes.make("DELETE of a document", lambda: v1.send("DELETE", document), updated)
        other = changes.create("a create", lambda: str(v1_client(scene)["id"]))
        ends = (("11", other), updated)
        changes.make("a merge", lambda: v1.send("POST", f"{path}/{other}/merge"), *ends)
        changes.settle()
        changes.make("purge of a deleted client", lambda: v1.send("POST", f"/clients/{two[0]}/purge"))
        third = changes.create("a create", lambda: str(v1_client(scene)["id"]))
        changes.settle()
        changes.make("purge", lambda: v1.send("POST", f"/clients/{third}/purge"), ("11", third))
    return client


def _changed_in_api(changes: _Changes) -> str:
    scene, api = changes.scene, changes.scene.apis["api"]
    first, target = category(scene), category(scene)["id"]
    name = scene.unique("Sent")
    more = {"client_company_name": name, "client_categoryid": first["id"]}
    client = changes.create("a create", lambda: str(in_v1(scene, api_client(scene, **more))["id"]))
    number, updated = legacy_id(scene, {"name": name}), ("10", client)
    path, phone = f"/clients/{number}", {"client_company_name": name, "client_phone": "7"}
    second = changes.create(
        "a create", lambda: str(in_v1(scene, api_client(scene, client_categoryid=first["id"]))["id"])
    )
    changes.make("PATCH", lambda: api.send("PATCH", path, body=phone), updated)
    changes.make("the same again", lambda: api.send("PATCH", path, body=phone))
    changes.make("tags", lambda: api.send("PUT", f"{path}/tags", body={"tags": ["t"]}), updated)
    changes.make("the same tags", lambda: api.send("PUT", f"{path}/tags", body={"tags": ["t"]}))
    changes.make("a contact", lambda: contact(scene, clientid=number), updated)
    people = sorted(each["id"] for each in api.all("/contacts", {"client_id": number}))
    person = {"first_name": "A", "last_name": "B", "email": scene.email()}
    changes.make("PATCH of it", lambda: api.send("PATCH", f"/contacts/{people[1]}", body=person), updated)
    changes.make("the owner", lambda: api.send("PUT", f"{path}/owner", body={"owner": people[1]}), updated)
    changes.make("account-owner", lambda: api.send("PUT", f"/contacts/{people[0]}/account-owner"), updated)
    changes.make("DELETE of a contact", lambda: api.send("DELETE", f"/contacts/{people[1]}"), updated)
    for status, event in (("suspended", "37"), ("active", "45")):
        state = {"status": status}
        changes.make(status, lambda s=state: api.send("PUT", f"{path}/status", body=s), (event, client))  # type: ignore[misc]
    changes.make("a note", lambda: note(scene, noteresource_id=number))
    renamed = {"category_name": scene.unique("Renamed")}
    changes.make("a new name of its category", lambda: api.send("PATCH", f"/categories/{first['id']}", body=renamed))
    moved = (("10", client), ("10", second))
    migrate = f"/categories/{first['id']}/migrate"
    changes.make("a migration", lambda: api.send("PUT", migrate, body={"target_id": target}), *moved)
    third = scene.unique("Erased")
    gone = changes.create("a create", lambda: str(in_v1(scene, api_client(scene, client_company_name=third))["id"]))
    erased = f"/clients/{legacy_id(scene, {'name': third})}"
    changes.settle()
    changes.make("DELETE", lambda: api.send("DELETE", erased), ("11", gone))
    return client


def _change_hooks(changes: _Changes, hooks: Mapping[str, str], client: str) -> None:
    """A webhook that is archived or deleted receives nothing meanwhile; one of another event receives that."""
    scene, v1 = changes.scene, changes.scene.apis["v1"]
    path, hook = f"/clients/{client}", f"/webhooks/{hooks['10']}"
    for action in ("archive", "delete"):
        changes.settle()
        bulk(scene, action, hooks["10"], path="/webhooks")
        changes.make(f"PUT after {action} of the webhook", lambda: v1.send("PUT", path, body={"phone": scene.unique()}))
        bulk(scene, "restore", hooks["10"], path="/webhooks")
        again = {"phone": scene.unique()}
        changes.make("PUT after its restore", lambda b=again: v1.send("PUT", path, body=b), ("10", client))  # type: ignore[misc]
    v1.send("PUT", hook, body={"event_id": "37"})
    changes.make("PUT, now of no event", lambda: v1.send("PUT", path, body={"phone": scene.unique()}))
    v1.send("PUT", hook, body={"event_id": "10"})


def _ended(changes: _Changes) -> str:
    """Make the last change of each event, and return the client of it."""
    scene, v1 = changes.scene, changes.scene.apis["v1"]
    last = changes.create("the last create", lambda: str(v1_client(scene)["id"]))
    changes.make("the last PUT", lambda: v1.send("PUT", f"/clients/{last}", body={"phone": "9"}), ("10", last))
    changes.make("the last archive", lambda: bulk(scene, "archive", last), ("37", last))
    changes.make("the last restore", lambda: bulk(scene, "restore", last), ("45", last))
    changes.make("the last delete", lambda: bulk(scene, "delete", last), ("11", last))
    return last


def _is_of(message: Message, event: str) -> bool:
    return message.path.partition("?")[0] == f"/{event}"


def _compare(scene: Scene, event: str, wanted: list[tuple[str, Shown]], found: list[Message]) -> None:
    ids = [each.client.get("id") for each in found]
    scene.expect_equal(len(found), len(wanted), f"the number of messages of event {event}")
    for position, (what, shown) in enumerate(wanted):
        if not scene.expect(
            ids[position : position + 1] == [shown["id"]], f"{what}: no message of event {event} or a later one"
        ):
            return
        message = found[position]
        other = differences(shown, message.client)
        scene.expect(not other, f"{what}: the message of event {event} shows other {sorted(other)} than a read")
        said = [message.method, message.path, *(message.headers.get(name, "") for name in ("x-proof", "content-type"))]
        method = "PUT" if event == "37" else "POST"
        proper = [method, f"/{event}?of={event}", f"of {event}", "application/json"]
        scene.expect_equal(
            said, proper, f"{what}: method, address, own header and type of the message of event {event}"
        )
        scene.expect("webhook-signature" not in message.headers, f"{what}: the message of event {event} is signed")


def _check_newer(scene: Scene, newer: Api, last: str, found: list[Message]) -> None:
    """A webhook of a key of the newer edition receives clients as that key sees them."""
    shown = [each.client for each in found if each.client.get("id") == last]
    keys = [sorted(each) for each in shown]
    scene.expect_equal(keys, [sorted(newer.one(f"/clients/{last}"))], f"keys of client {last} in the newer edition")


def _check_gone(scene: Scene, hook_id: str, found: list[Message]) -> None:
    """A subscriber that has answered 410 receives nothing more, and its webhook is archived."""
    scene.expect_equal(len(found), 1, "the number of messages to a subscriber that answers each with 410")
    shown = scene.apis["v1"].one(f"/webhooks/{hook_id}")
    scene.expect(shown["archived_at"] > 0, f"/webhooks/{hook_id} is not archived after its subscriber answered 410")
