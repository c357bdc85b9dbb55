"""What happens when a subscriber does not simply take what it is sent."""

import contextlib
import threading
from functools import partial
from itertools import pairwise

import pytest

from core.access import companies
from core.access.keys import Actor
from core.clients import clients
from core.database.database import Database
from core.database.migrations import upgrade
from core.events import deliveries, delivery_leases, webhooks
from gateway.enabled_dialects import views
from gateway.settings import Settings
from tests.drivers import new_company
from tests.register.arranging import eventually, number_of, register
from tests.server import serving
from tests.webhooks.conftest import IMPATIENT, listed, subscribed
from tests.webhooks.receiver import redirecting, silent


def outcomes(company):
    words = {(False, False): "waiting", (True, False): "delivered", (True, True): "dead"}
    return [words[each["ended_at"] > 0, each["is_dead"]] for each in listed(company)]


def names(requests, hook):
    return [each.opened(hook["secret"])["data"]["name"] for each in requests]


def test_after_an_error_the_message_is_sent_again_before_all_later_ones(company, receiver):
    hook = subscribed(company, receiver)
    receiver.answers = [500, 503]
    for name in ("First", "Second"):
        company.new_v1(name=name)
    requests = receiver.waited_for(4)
    assert names(requests, hook) == ["First", "First", "First", "Second"]
    assert len({each.message_id for each in requests[:3]}) == 1
    pauses = [after.at - before.at for before, after in pairwise(requests)]
    wait = IMPATIENT["webhook_retry_seconds"]
    assert pauses[0] >= 0.75 * wait
    assert pauses[1] >= 0.75 * 4 * wait
    assert eventually(lambda: outcomes(company) == ["delivered"] * 2)
    assert [each["attempts"] for each in listed(company)] == [3, 1]


def test_a_message_is_dead_after_the_last_attempt_until_it_is_replayed(company, receiver):
    hook = subscribed(company, receiver)
    receiver.answers = [500] * IMPATIENT["webhook_attempts"]
    for name in ("Poison", "Second"):
        company.new_v1(name=name)
    assert names(receiver.waited_for(4), hook) == ["Poison"] * 3 + ["Second"]
    assert eventually(lambda: outcomes(company) == ["dead", "delivered"])
    (dead,) = listed(company, only_dead=True)
    assert (dead["attempts"], dead["last_error"]) == (3, "The answer was 500.")
    assert register(company, deliveries.replay, only_dead=True) == 1
    again = receiver.waited_for(5)[-1]
    assert (again.message_id, names([again], hook)) == (dead["message_id"], ["Poison"])
    assert eventually(lambda: outcomes(company) == ["delivered"] * 2)


def test_everything_since_a_time_can_be_replayed(company, receiver):
    subscribed(company, receiver)
    for _ in range(3):
        company.new_v1()
    first = receiver.waited_for(3)
    assert eventually(lambda: outcomes(company) == ["delivered"] * 3)
    assert register(company, deliveries.replay, since=listed(company)[1]["created_at"]) == 2
    assert [each.message_id for each in receiver.waited_for(5)[3:]] == [each.message_id for each in first[1:]]


def test_a_slow_subscriber_delays_no_other_and_times_out(company, hurried, receiver, other_receiver):
    subscribed(company, receiver)
    subscribed(company, other_receiver)
    with silent(receiver):
        for _ in range(5):
            company.new_v1()
        other_receiver.waited_for(5)
        assert receiver.finished == []
        assert not [each for each in listed(company) if each["last_error"]]  # nobody has given up the silent one
        subscribed(hurried, receiver)
        hurried.new_v1()
        assert eventually(lambda: any("No answer within" in each["last_error"] for each in listed(hurried)))


def test_a_subscriber_that_was_away_gets_its_messages_when_it_is_back(engine, new_register, tmp_path, receiver):
    # Many attempts: it may take a while until it is back.
    with serving(new_register(engine), tmp_path, **IMPATIENT | {"webhook_attempts": 9}) as server:
        company = new_company(server)
        hook = register(company, webhooks.add, "http://127.0.0.1:1/hook", "v1")
        company.new_v1(name="First")
        assert eventually(lambda: "ConnectError" in listed(company)[0]["last_error"])
        with server.database.writing() as connection:
            connection.exec_driver_sql(f"UPDATE webhooks SET url = '{receiver.url}' WHERE id = {hook['id']}")
        assert names(receiver.waited_for(1), hook) == ["First"]
        company.close()


def test_a_redirect_is_a_failure_and_is_not_followed(company, receiver, other_receiver):
    subscribed(company, receiver)
    receiver.answers = [redirecting(other_receiver.url)]
    company.new_v1()
    receiver.waited_for(2)
    assert eventually(lambda: outcomes(company) == ["delivered"])
    assert other_receiver.requests == []


def test_a_body_without_end_is_not_read(company, receiver):
    subscribed(company, receiver)

    def endless(handler):
        handler.send_response(200)
        handler.end_headers()
        with contextlib.suppress(OSError):
            while True:
                handler.wfile.write(b"x" * 65536)

    receiver.answers = [endless]
    company.new_v1()
    assert eventually(lambda: outcomes(company) == ["delivered"])
    assert eventually(lambda: len(receiver.finished) == 1)


def test_a_subscriber_that_answers_410_is_disabled_until_it_is_enabled_again(company, receiver):
    hook = subscribed(company, receiver)
    receiver.answers = [410]
    made = company.new_v1(name="First")
    assert eventually(lambda: outcomes(company) == ["dead"])
    company.v1.delete(f"/clients/{made['id']}")
    assert outcomes(company) == ["dead"]
    assert register(company, deliveries.replay, only_dead=True) == 0
    register(company, webhooks.enable, hook["id"])
    assert register(company, deliveries.replay, only_dead=True) == 1
    assert names(receiver.waited_for(2)[1:], hook) == ["First"]


def test_purging_a_client_removes_its_waiting_messages_and_empties_the_last_one(company, receiver):
    subscribed(company, receiver)
    is_purged = threading.Event()  # until then the first message is on its way, and the others wait
    receiver.answers = [lambda _handler: is_purged.wait(60)]
    made, other = company.new_v1(name="Gone"), company.new_v1(name="Stays")
    company.v1.put(f"/clients/{made['id']}", json={"name": "Gone soon"})
    company.api.delete(f"/clients/{number_of(made)}")
    is_purged.set()
    assert eventually(lambda: outcomes(company) == ["delivered"] * 2)
    assert [each["client_id"] for each in listed(company)] == [number_of(other), number_of(made)]
    assert register(company, deliveries.replay, delivery_id=listed(company)[1]["id"]) == 0
    with company.server.database.reading() as connection:
        kept = connection.exec_driver_sql("SELECT payload FROM webhook_deliveries").scalars().all()
    assert [payload for payload in kept if "Gone" in payload] == []


def test_removing_a_webhook_removes_its_waiting_messages(company, receiver):
    hook = subscribed(company, receiver)
    receiver.answers = [500] * 3
    company.new_v1()
    receiver.waited_for(1)
    register(company, webhooks.remove, hook["id"])
    assert listed(company) == []
    company.new_v1()
    assert listed(company) == []


@pytest.fixture
def unserved(engine, new_register):
    """A register with one company, one subscriber and one message, without a process that delivers."""
    database = Database(new_register(engine), views=lambda: views(Settings()))
    upgrade(database)

    def fill(connection):
        company_id = companies.ensure(connection, "Acme")
        webhooks.add(connection, company_id, "http://127.0.0.1:1/hook", "v1")
        clients.create(connection, Actor(company_id, 0, 0), {"name": "Acme"})

    database.write_now(fill)
    yield database
    database.close()


@pytest.mark.parametrize("who_succeeds", ["the late one", "the one with the lease"])
def test_a_process_that_lost_its_lease_can_only_report_a_success(unserved, who_succeeds):
    policy = delivery_leases.Policy(attempts=1, first_wait=0, lease=0)
    late, holder = (unserved.write_now(partial(delivery_leases.claim, policy=policy)) for _ in range(2))
    assert late.message_id == holder.message_id
    taken, refused = delivery_leases.Outcome(200), delivery_leases.Outcome(500, "no")
    for message, succeeds in ((late, who_succeeds == "the late one"), (holder, who_succeeds != "the late one")):
        outcome = taken if succeeds else refused
        settled = partial(delivery_leases.record_outcome, message=message, outcome=outcome, policy=policy)
        assert unserved.write_now(settled) is None
    (delivery,) = unserved.read_now(lambda connection: deliveries.list_all(connection, 1))
    assert (delivery["is_dead"], delivery["attempts"]) == (False, 1)
    assert delivery["ended_at"] > 0


def test_a_410_ends_all_waiting_messages(unserved):
    policy = delivery_leases.Policy(attempts=9, first_wait=0, lease=10**9)
    unserved.write_now(lambda connection: clients.create(connection, Actor(1, 0, 0), {"name": "Second"}))
    message = unserved.write_now(partial(delivery_leases.claim, policy=policy))
    gone = delivery_leases.Outcome(410, "The answer was 410.")
    assert (
        unserved.write_now(partial(delivery_leases.record_outcome, message=message, outcome=gone, policy=policy))
        is None
    )
    found = unserved.read_now(lambda connection: deliveries.list_all(connection, 1))
    assert [(each["is_dead"], each["attempts"]) for each in found] == [(True, 0), (True, 1)]


def test_one_process_at_a_time_delivers_to_a_subscriber(unserved):
    policy = delivery_leases.Policy(attempts=1, first_wait=0, lease=10**9)
    claim = partial(delivery_leases.claim, policy=policy)
    message = unserved.write_now(claim)
    assert unserved.write_now(claim) is None
    unserved.write_now(partial(delivery_leases.release, message=message))
    assert unserved.write_now(claim).message_id == message.message_id


def test_delivered_messages_are_removed_after_a_while(engine, new_register, tmp_path, receiver):
    with serving(new_register(engine), tmp_path, **IMPATIENT, webhook_keep_days=0) as server:
        company = new_company(server)
        subscribed(company, receiver)
        company.new_v1()
        receiver.waited_for(1)
        assert eventually(lambda: listed(company) == [])
        company.close()
