"""Four real gateways on one register behave as one: numbers, totals, visibility of writes, and mail."""

import asyncio
import random
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest
from aiosmtpd.controller import Controller
from sqlalchemy import text

from core.access import keys, rate_limits
from core.events import outbox
from tests.drivers import Company, new_company
from tests.register.arranging import in_one_minute, together
from tests.register.callers import Caller
from tests.scale.fleet import Fleet, fleet_of
from tests.server import free_port

INSTANCES = 4
THREADS = 6
ACTS = 30
LIMIT = 100_000  # requests a minute, more than these tests send


class SlowInbox:
    """A slow mail server, so that the workers of all instances look for mail meanwhile."""

    def __init__(self) -> None:
        self.received: list[str] = []

    async def handle_DATA(self, _server, _session, envelope) -> str:
        await asyncio.sleep(0.02)
        self.received.extend(envelope.rcpt_tos)
        return "250 OK"


@pytest.fixture(scope="module")
def inbox() -> SlowInbox:
    return SlowInbox()


@pytest.fixture(scope="module")
def fleet(engine: str, inbox: SlowInbox, new_database, tmp_path_factory) -> Iterator[Fleet]:
    smtp = Controller(inbox, hostname="127.0.0.1", port=free_port(), ready_timeout=60)
    smtp.start()
    try:
        with fleet_of(
            INSTANCES,
            new_database(engine),
            tmp_path_factory.mktemp(f"fleet-{engine}"),
            smtp_url=f"smtp://127.0.0.1:{smtp.port}",
            mail_from="us@x.example",
            rate_limit=LIMIT,
            database_wait_seconds=25,  # for four processes that write to one file; callers wait for 30
        ) as running:
            yield running
    finally:
        smtp.stop()


def test_instances_that_start_together_migrate_once(fleet):
    """A second migration would fail at the first table; all four are ready, and none logs an error."""
    database = fleet.companies[0].server.database
    revisions = database.read_now(lambda connection: connection.execute(text("SELECT * FROM alembic_version")).all())
    assert len(revisions) == 1
    assert "Traceback" not in fleet.log


def test_a_write_through_one_instance_is_seen_at_once_through_all_others(fleet):
    """Every instance has just rendered the client, so a stale rendering would show."""
    callers = fleet.callers
    client_id = callers[0].number(callers[0].create("seen@x.example", "Before").json()["data"]["id"])
    for turn, writer in enumerate(callers * 2):
        assert len({reader.name_and_state(client_id) for reader in callers}) == 1
        assert writer.rename(client_id, f"Name {turn}").is_success
        assert {reader.name_and_state(client_id)[0] for reader in callers} == {f"Name {turn}"}


class RandomWriter:
    """Random requests of one thread through any instance and dialect, with checks after each."""

    def __init__(self, seed: int, callers: list[Caller]) -> None:
        self.choice = random.Random(seed)
        self.seed = seed
        self.callers = callers
        self.names: dict[int, str] = {}
        self.numbers: list[str] = []
        self.welcomed: list[str] = []

    def run(self) -> None:
        for step in range(ACTS):
            act = self.choice.choice([self.create, self.create, self.rename, self.suspend, self.erase])
            if self.names or act == self.create:
                act(f"{self.seed}-{step}")

    def create(self, tag: str) -> None:
        caller, email = self.choice.choice(self.callers), f"{tag}@x.example"
        company = caller.company
        if self.choice.random() < 0.5:
            made = company.new_legacy(email=email, client_company_name=tag, send_email="yes")
            self.welcomed.append(email)
            client_id = int(made["id"])
        else:
            client_id = caller.number(caller.create(email, tag).json()["data"]["id"])
        self.names[client_id] = tag
        self.see(client_id)
        self.numbers.append(self.choice.choice(self.callers).company.v1_view(company.v1_of(client_id))["number"])

    def rename(self, tag: str) -> None:
        client_id = self.choice.choice(list(self.names))
        assert self.choice.choice(self.callers).rename(client_id, tag).is_success
        self.names[client_id] = tag
        self.see(client_id)

    def suspend(self, _tag: str) -> None:
        client_id = self.choice.choice(list(self.names))
        for act in ("suspend", "activate"):
            assert getattr(self.choice.choice(self.callers), act)(client_id).is_success

    def erase(self, _tag: str) -> None:
        client_id = self.choice.choice(list(self.names))
        assert self.choice.choice(self.callers).erase(client_id).is_success
        del self.names[client_id]
        assert self.choice.choice(self.callers).show(client_id).status_code == 404

    def see(self, client_id: int) -> None:
        assert self.choice.choice(self.callers).name_and_state(client_id)[0] == self.names[client_id]


def test_many_threads_through_all_instances_see_consistent_data(fleet, inbox):
    writers = [RandomWriter(seed, fleet.callers) for seed in range(THREADS)]
    before = fleet.companies[0].v1.get("/clients").json()["meta"]["pagination"]["total"]
    inbox.received.clear()
    with ThreadPoolExecutor(THREADS) as threads:
        list(threads.map(RandomWriter.run, writers))
    numbers = [number for writer in writers for number in writer.numbers]
    assert len(set(numbers)) == len(numbers) > THREADS * 5
    expected = before + sum(len(writer.names) for writer in writers)
    assert [totals(company) for company in fleet.companies] == [(expected, expected)] * INSTANCES
    _delivered_once(fleet, inbox, [email for writer in writers for email in writer.welcomed])
    assert "Traceback" not in fleet.log


def totals(company) -> tuple[int, int]:
    """Return the totals of the lists in either dialect."""
    legacy, newer = (http.get("/clients").json()["meta"] for http in (company.api, company.v1))
    return legacy["total"], newer["pagination"]["total"]


def _delivered_once(fleet: Fleet, inbox: SlowInbox, welcomed: list[str]) -> None:
    # Erasing a client removes its waiting mail, so the outbox only lists mails that were sent.
    database = fleet.companies[0].server.database
    deadline = time.monotonic() + 60
    while waiting := database.read_now(lambda connection: outbox.list_all(connection, 1, waiting_only=True)):
        assert time.monotonic() < deadline, waiting
        time.sleep(0.1)
    sent = database.read_now(lambda connection: outbox.list_all(connection, 1))
    received = Counter(inbox.received)
    assert set(received.values()) == {1}
    assert {mail["recipient"] for mail in sent} <= set(received) <= set(welcomed)


def _again(act: Callable[[], httpx.Response], answer: httpx.Response) -> httpx.Response:
    # One after the other: a 409 is not stored, so instances asked at the same time might never all get the answer.
    while answer.status_code == 409:
        answer = act()
    return answer


def test_an_idempotent_request_sent_to_all_instances_at_once_is_done_once(fleet):
    """A repeated request that is still in progress gets a 409. Under another key, the email is taken everywhere."""
    body = {"first_name": "A", "last_name": "B", "email": "once@x.example"}
    before = totals(fleet.companies[0])[0]
    for key, status in (("first", 201), ("second", 422)):
        sent = {"json": body, "headers": {"Idempotency-Key": key}}
        acts = [lambda each=each, sent=sent: each.api.post("/clients", **sent) for each in fleet.companies]
        answers = [_again(act, answer) for act, answer in zip(acts, together(acts), strict=True)]
        assert {answer.status_code for answer in answers} == {status}
        assert len({answer.content for answer in answers}) == 1
        assert [totals(company)[0] for company in fleet.companies] == [before + 1] * INSTANCES


def test_all_instances_share_the_limit_of_a_key(fleet):
    first = new_company(fleet.companies[0].server)
    every = [first, *(Company(each.server, first.key, first.name) for each in fleet.companies[1:])]
    database, left = first.server.database, 10
    token_id = database.read_now(lambda connection: keys.authenticate(connection, first.key).token_id)
    in_one_minute()
    database.write_now(lambda connection: rate_limits.draw(connection, token_id, LIMIT, LIMIT - left))
    acts = [lambda http=http: http.get("/clients").status_code for each in every for http in (each.api, each.v1)]
    statuses = [status for _ in range(5) for status in together(acts)]
    assert Counter(statuses) == {200: left, 429: 5 * len(acts) - left}
    for company in every:
        company.close()
