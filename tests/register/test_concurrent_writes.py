"""Concurrent writes to the same clients have the same outcome as one after the other.

The gateway itself is the oracle: each pair of writes is first sent in both orders, one after the other, and the outcome
of sending them at the same time must be one of these two: the same statuses and the same clients.
"""

import itertools
import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import httpx
import pytest

from tests.drivers import Company
from tests.register.arranging import number_of, together

MEETINGS = 4
ANY_VERSION = {"If-Match": "*"}
_names = itertools.count(1)


@dataclass
class Pair:
    """Two clients of a company, and a unique word."""

    company: Company
    a: str
    b: str
    people: list[str]
    number: int
    word: str
    category: int

    def v1(self, method: str, path: str, **options: Any) -> httpx.Response:
        return self.company.v1.request(method, f"/clients/{path}", **options)

    def api(self, method: str, path: str = "", **options: Any) -> httpx.Response:
        return self.company.api.request(method, f"/clients{path}", **options)

    def merge(self, receiver: str, merged: str, **headers: str) -> httpx.Response:
        return self.v1("POST", f"{receiver}/{merged}/merge", headers=self.company.with_password | headers)

    def purge(self, client: str) -> httpx.Response:
        return self.v1("POST", f"{client}/purge", headers=self.company.with_password)

    def put(self, client: str, **body: Any) -> httpx.Response:
        return self.v1("PUT", client, json=body)

    def upload(self, client: str) -> httpx.Response:
        return self.v1("PUT", f"{client}/upload", files={"documents[]": ("a.txt", b"bytes")})

    def bulk(self, action: str, *clients: str) -> httpx.Response:
        return self.v1("POST", "bulk", json={"action": action, "ids": list(clients)})

    def create(self, email: str) -> httpx.Response:
        return self.api(
            "POST", json={"first_name": "Jane", "last_name": "Doe", "email": f"{email}@{self.word}.example"}
        )

    def owner(self, position: int) -> httpx.Response:
        return self.api("PUT", f"/{self.number}/owner", json={"owner": number_of({"id": self.people[position]})})

    def contact(self, method: str, position: int, rest: str = "", **body: Any) -> httpx.Response:
        path = f"/contacts/{number_of({'id': self.people[position]})}{rest}"
        return self.company.api.request(method, path, json=body or None)

    def join(self, email: str) -> httpx.Response:
        person = {"first_name": "Joe", "last_name": "Doe", "email": f"{email}@{self.word}.example"}
        return self.company.api.post("/contacts", json=person | {"clientid": self.number})

    def into_its_category(self) -> httpx.Response:
        return self.put(self.b, group_settings_id=self.company.v1_of(self.category), number=self.word)

    def out_of_its_category(self) -> httpx.Response:
        return self.put(self.a, group_settings_id="", number=self.word)

    def of_category(self, method: str, **body: Any) -> httpx.Response:
        return self.company.api.request(method, f"/categories/{self.category}", json=body or None)

    def migrate(self, **headers: str) -> httpx.Response:
        default = self.company.api.get("/categories", params={"search": "default"}).json()["data"][0]["id"]
        path = f"/categories/{self.category}/migrate"
        return self.company.api.put(path, json={"category_id": default}, headers=headers)

    def left(self) -> list[Any]:
        """Return the two clients as they are now, and other clients that contain their word."""
        shown = [self.company.v1.get(f"/clients/{each}") for each in (self.a, self.b)]
        made = self.company.v1.get("/clients", params={"filter": self.word, "status": "active,archived,deleted"}).json()
        assert made["meta"]["pagination"]["total"] == len(made["data"])
        return [self._summary(each.json().get("data")) for each in shown] + sorted(map(self._summary, made["data"]))

    def _summary(self, client: dict[str, Any] | None) -> str:
        if client is None:
            return "gone"
        people = sorted((each["email"], each["is_primary"]) for each in client["contacts"])
        assert [primary for _, primary in people].count(True) == 1
        documents = [self.company.v1.get(each["url"]).content for each in client["documents"]]
        state = client["is_deleted"], client["archived_at"] > 0
        named = client["group_settings_id"] == self.company.v1_of(self.category)
        numbered = client["number"] == self.word, client["id_number"] == self.word
        return f"{client['name']} {client['city']} {named} {numbered} {people} {documents} {state}"


Act = Callable[[Pair], httpx.Response]

PAIRS: dict[str, tuple[Act, Act]] = {
    "same email": (lambda p: p.create("new"), lambda p: p.create("new")),
    "same number": (lambda p: p.put(p.a, number=p.word), lambda p: p.put(p.b, number=p.word)),
    "same id number": (lambda p: p.put(p.a, id_number=p.word), lambda p: p.put(p.b, id_number=p.word)),
    "create x number": (lambda p: p.create("new"), lambda p: p.put(p.b, number=p.word)),
    "merge x merge": (lambda p: p.merge(p.a, p.b), lambda p: p.merge(p.b, p.a)),
    "merge x merge, of any version": (
        lambda p: p.merge(p.a, p.b, **ANY_VERSION),
        lambda p: p.merge(p.b, p.a, **ANY_VERSION),
    ),
    "merge x the same merge": (lambda p: p.merge(p.a, p.b), lambda p: p.merge(p.a, p.b)),
    "merge x purge of the merged": (lambda p: p.merge(p.a, p.b), lambda p: p.purge(p.b)),
    "merge x delete of the receiver": (lambda p: p.merge(p.a, p.b), lambda p: p.api("DELETE", f"/{p.number}")),
    "merge x soft delete of the receiver": (lambda p: p.merge(p.a, p.b), lambda p: p.v1("DELETE", p.a)),
    "merge x PUT of the merged": (lambda p: p.merge(p.a, p.b), lambda p: p.put(p.b, contacts=[{"email": "n@x.yz"}])),
    "merge x upload": (lambda p: p.merge(p.a, p.b), lambda p: p.upload(p.b)),
    "merge x bulk": (lambda p: p.merge(p.b, p.a), lambda p: p.bulk("archive", p.b, p.a)),
    "PUT x PUT": (lambda p: p.put(p.a, name="One", city="One"), lambda p: p.put(p.a, name="Two", city="Two")),
    "PUT x PATCH": (
        lambda p: p.put(p.a, name="One", contacts=[{"email": "one@x.yz"}]),
        lambda p: p.api("PATCH", f"/{p.number}", json={"client_company_name": "Two", "client_billing_city": "Two"}),
    ),
    "contacts x contacts": (
        lambda p: p.put(p.a, contacts=[{"id": p.people[0]}, {"email": "one@x.yz"}]),
        lambda p: p.put(p.a, contacts=[{"id": p.people[1]}, {"email": "two@x.yz"}]),
    ),
    "PUT x purge": (lambda p: p.put(p.a, city="One"), lambda p: p.purge(p.a)),
    "purge x purge": (lambda p: p.purge(p.a), lambda p: p.api("DELETE", f"/{p.number}")),
    "upload x purge": (lambda p: p.upload(p.a), lambda p: p.purge(p.a)),
    "upload x upload": (lambda p: p.upload(p.a), lambda p: p.upload(p.a)),
    "upload x soft delete": (lambda p: p.upload(p.a), lambda p: p.v1("DELETE", p.a)),
    "restore x delete": (lambda p: p.bulk("restore", p.a), lambda p: p.v1("DELETE", p.a)),
    "restore x purge": (lambda p: p.bulk("restore", p.a, p.b), lambda p: p.purge(p.a)),
    "archive x activate": (
        lambda p: p.bulk("archive", p.a),
        lambda p: p.api("PUT", f"/{p.number}/status", json={"status": "active"}),
    ),
    "bulk x bulk": (lambda p: p.bulk("archive", p.a, p.b), lambda p: p.bulk("delete", p.b, p.a)),
    "bulk x delete": (lambda p: p.bulk("archive", p.a, p.b), lambda p: p.v1("DELETE", p.b)),
    "owner x contact removal": (
        lambda p: p.owner(1),
        lambda p: p.put(p.a, contacts=[{"id": p.people[0], "email": "kept@x.yz"}]),
    ),
    "owner x owner": (lambda p: p.owner(1), lambda p: p.owner(2)),
    "owner x merge away": (lambda p: p.owner(2), lambda p: p.merge(p.b, p.a)),
    "category x its name": (
        lambda p: p.into_its_category(),
        lambda p: p.of_category("PATCH", category_name=f"{p.word} new"),
    ),
    "category x its end": (lambda p: p.out_of_its_category(), lambda p: p.of_category("DELETE")),
    "migration x purge": (lambda p: p.migrate(), lambda p: p.purge(p.a)),
    "migration of any version x purge": (lambda p: p.migrate(**ANY_VERSION), lambda p: p.purge(p.a)),
    "migration x bulk": (lambda p: p.migrate(), lambda p: p.bulk("archive", p.b, p.a)),
    "contact x client of one email": (lambda p: p.join("new"), lambda p: p.create("new")),
    "contact x purge": (lambda p: p.join("new"), lambda p: p.purge(p.a)),
    "contact's end x owner": (lambda p: p.contact("DELETE", 1), lambda p: p.owner(1)),
    "contact x contacts": (
        lambda p: p.contact("PATCH", 1, first_name="Bo", last_name="Bo", email=f"bo@{p.word}.example"),
        lambda p: p.put(p.a, contacts=[{"id": p.people[1], "email": "put@x.yz"}]),
    ),
    "contact x merge away": (
        lambda p: p.contact("PUT", 2, "/account-owner"),
        lambda p: p.merge(p.b, p.a),
    ),
    "tags x purge": (
        lambda p: p.api("PUT", f"/{p.number}/tags", json={"tags": ["one", "two"]}),
        lambda p: p.purge(p.a),
    ),
}


def pair_of(company: Company) -> Pair:
    word = f"word{next(_names)}"
    people = [{"first_name": each, "email": f"{each}@x.yz"} for each in ("ann", "bob", "cyd")]
    made = company.api.post("/categories", json={"category_name": word}).json()["data"]
    category = made["id"]
    a = company.new_v1(name="A", contacts=people, group_settings_id=company.v1_of(category))
    b = company.new_v1(name="B", contacts=[{"email": "bob@x.yz"}, {"email": "dan@x.yz"}])
    return Pair(company, a["id"], b["id"], [each["id"] for each in a["contacts"]], number_of(a), word, category)


def outcome(pair: Pair, answers: list[httpx.Response]) -> str:
    told = f"{[answer.status_code for answer in answers]} {pair.left()}"
    return told.replace(pair.word, "word")


@pytest.mark.parametrize("name", PAIRS)
def test_concurrent_writes_are_serializable(shared, caplog, name):
    caplog.set_level(logging.INFO, "core.database.database")
    first, second = PAIRS[name]
    in_turn = []
    for turn in (1, -1):
        pair = pair_of(shared)
        answers = [act(pair) for act in (first, second)[::turn]][::turn]
        in_turn.append(outcome(pair, answers))
    for _ in range(MEETINGS):
        pair = pair_of(shared)
        answers = together([lambda p=pair: first(p), lambda p=pair: second(p)])
        assert outcome(pair, answers) in in_turn
    assert [record.getMessage() for record in caplog.records if "deadlock" in record.getMessage()] == []


def test_exactly_one_of_many_concurrent_creates_with_one_email_succeeds(company):
    body = {"first_name": "A", "last_name": "B", "email": "twin@x.example"}
    statuses = together([lambda: company.api.post("/clients", json=body).status_code] * 8)
    assert sorted(statuses) == [201] + [422] * 7
    assert company.api.get("/clients").json()["meta"]["total"] == 1


def test_many_concurrent_writes_to_few_clients_cause_no_deadlock(company, caplog):
    """All pairs at once, on the same two clients and on others of the same blocks."""
    caplog.set_level(logging.INFO, "core.database.database")
    for _ in range(2):
        pairs = [pair_of(company) for _ in range(3)]
        acts = [lambda act=act, p=pairs[n % 3]: act(p) for n, act in enumerate(itertools.chain(*PAIRS.values()))]
        answers = together(acts)
        assert {answer.status_code for answer in answers} <= {200, 201, 400, 404, 409, 422}, [a.text for a in answers]
    assert [record.getMessage() for record in caplog.records if "deadlock" in record.getMessage()] == []
