"""What webhooks of /api/v1 are sent, and when."""

import json
import time
from itertools import count

from core.access import keys, users
from core.clients import clients
from core.events import deliveries, webhooks
from tests.drivers import Company, new_company
from tests.register.arranging import bulk, eventually, number_of, register
from tests.server import serving
from tests.webhooks.conftest import IMPATIENT, all_ended, bodies, listed, made
from tests.webhooks.receiver import redirecting, silent


def of_newer_edition(company: Company) -> Company:
    def issue(connection, company_id):
        user_id = users.find_team_user(connection, company_id, "team@acme.example")
        return keys.issue(connection, company_id, user_id, "newer", edition="2026")

    return Company(company.server, register(company, issue), company.name)


def test_each_event_sends_the_client_as_it_is_shown_and_nothing_around_it(company, receiver):
    client = company.new_v1(name="Acme", contacts=[{"email": "jane@x.example"}])
    hooks = {event: made(company, f"{receiver.url}/{event}", event) for event in ("1", "10", "11", "37", "45")}
    path = f"/clients/{client['id']}"
    shown = []
    for act, event in (
        (lambda: company.v1.put(path, json={"name": "Größe"}), "10"),
        (lambda: company.api.put(f"/clients/{number_of(client)}/tags", json={"tags": ["x"]}), "10"),
        (lambda: bulk(company, "archive", client["id"]), "37"),
        (lambda: bulk(company, "restore", client["id"]), "45"),
        (lambda: company.v1.delete(path), "11"),
        (lambda: bulk(company, "restore", client["id"]), "45"),
    ):
        assert act().status_code == 200
        shown.append((event, company.v1_view(client["id"])))
    shown.append(("1", company.new_v1(name="Second")))
    requests = receiver.waited_for(len(shown))
    came = [(each.target.rpartition("/")[2], json.loads(each.body)) for each in requests]
    assert all(each in came for each in shown)
    assert len(came) == len(shown)
    assert len(hooks) == 5
    for each in requests:
        assert (each.method, each.headers["content-type"]) == ("POST", "application/json")
        assert each.headers["webhook-id"].startswith("msg_")
        assert "webhook-signature" not in each.headers


def test_a_removal_is_sent_once_and_a_merge_as_the_vendor_sends_it(company, receiver, other_receiver):
    made(company, receiver.url, "11")
    made(company, other_receiver.url, "10")
    gone, merged, into = (company.new_v1(name=name) for name in ("Gone", "Merged", "Into"))
    company.v1.delete(f"/clients/{gone['id']}")
    receiver.waited_for(1)
    assert eventually(lambda: all_ended(company))
    company.v1.post(f"/clients/{gone['id']}/purge", headers=company.with_password)
    company.v1.post(f"/clients/{into['id']}/{merged['id']}/merge", headers=company.with_password)
    requests = receiver.waited_for(2)
    (updated,) = bodies(other_receiver.waited_for(1))
    assert updated == company.v1_view(into["id"])
    assert eventually(lambda: all_ended(company))
    assert [each["id"] for each in bodies(requests)] == [gone["id"], merged["id"]]


def test_the_verb_and_the_headers_are_the_callers(company, receiver):
    headers = {"Authorization": "Bearer abc", "X-Flow": "new clients", "User-Agent": "Acme"}
    made(company, receiver.url, rest_method="put", headers=headers)
    company.new_v1()
    (request,) = receiver.waited_for(1)
    assert request.method == "PUT"
    assert {name: request.headers[name.lower()] for name in headers} == headers


def test_a_key_of_the_newer_edition_is_sent_what_it_is_shown(company, receiver):
    newer = of_newer_edition(company)
    made(newer, receiver.url)
    client = newer.new_v1(name="Acme")
    assert bodies(receiver.waited_for(1)) == [client]
    assert "classification" in client
    newer.close()


def test_an_archived_webhook_receives_nothing_and_its_waiting_messages_are_removed(company, receiver):
    hook = made(company, receiver.url)
    receiver.answers = [500] * 3
    company.new_v1()
    receiver.waited_for(1)
    company.v1.post("/webhooks/bulk", json={"action": "archive", "ids": [hook["id"]]})
    company.new_v1()
    assert [each for each in listed(company) if not each["ended_at"]] == []
    assert register(company, deliveries.replay, since=1) == 0
    receiver.answers = []
    company.v1.post("/webhooks/bulk", json={"action": "restore", "ids": [hook["id"]]})
    client = company.new_v1(name="Third")
    assert eventually(lambda: bodies(receiver.requests)[-1]["id"] == client["id"])


def test_a_deleted_webhook_receives_nothing(company, receiver):
    hook = made(company, receiver.url)
    assert company.v1.delete(f"/webhooks/{hook['id']}").status_code == 200
    company.new_v1()
    assert listed(company) == []


def test_a_webhook_whose_subscriber_answers_410_is_archived_until_it_is_restored(company, receiver):
    hook = made(company, receiver.url)
    receiver.answers = [410]
    company.new_v1(name="First")
    assert eventually(lambda: company.v1.get(f"/webhooks/{hook['id']}").json()["data"]["archived_at"] > 0)
    company.new_v1(name="Unheard")
    assert len(listed(company)) == 1
    company.v1.post("/webhooks/bulk", json={"action": "restore", "ids": [hook["id"]]})
    company.new_v1(name="Second")
    assert [each["name"] for each in bodies(receiver.waited_for(2))] == ["First", "Second"]


def test_an_operator_can_enable_an_archived_webhook(company, receiver):
    hook = made(company, receiver.url)
    receiver.answers = [410]
    company.new_v1()
    assert eventually(lambda: register(company, webhooks.get, number_of(hook))["archived_at"] > 0)
    register(company, webhooks.enable, number_of(hook))
    company.new_v1(name="Second")
    assert bodies(receiver.waited_for(2))[1]["name"] == "Second"


def test_a_callers_delivery_is_retried_and_then_dead_like_an_operators(company, receiver):
    made(company, receiver.url)
    receiver.answers = [500] * IMPATIENT["webhook_attempts"]
    company.new_v1(name="Poison")
    company.new_v1(name="Second")
    requests = receiver.waited_for(4)
    assert [each["name"] for each in bodies(requests)] == ["Poison"] * 3 + ["Second"]
    assert len({each.message_id for each in requests}) == 2
    assert eventually(lambda: [each["is_dead"] for each in listed(company)] == [True, False])


def test_a_new_address_is_tried_at_once(engine, new_register, tmp_path, receiver, other_receiver):
    # The old one would be tried again in an hour.
    with serving(new_register(engine), tmp_path, **IMPATIENT | {"webhook_retry_seconds": 3600}) as server:
        company = new_company(server)
        hook = made(company, receiver.url)
        receiver.answers = [500] * 3
        company.new_v1(name="First")
        assert eventually(lambda: [each["attempts"] for each in listed(company)] == [1])
        company.v1.put(f"/webhooks/{hook['id']}", json={"target_url": other_receiver.url})
        assert bodies(other_receiver.waited_for(1))[0]["name"] == "First"
        company.close()


def test_a_slow_client_times_out_and_delays_nobody(company, hurried, receiver, other_receiver):
    made(company, receiver.url)
    made(company, other_receiver.url)
    with silent(receiver):
        company.new_v1()
        other_receiver.waited_for(1)
        assert not [each for each in listed(company) if each["last_error"]]  # nobody has given up the silent one
        made(hurried, receiver.url)
        hurried.new_v1()
        assert eventually(lambda: any("No answer within" in each["last_error"] for each in listed(hurried)))


def test_a_redirect_is_not_followed(company, receiver, other_receiver):
    made(company, receiver.url)
    receiver.answers = [redirecting(other_receiver.url)]
    company.new_v1()
    receiver.waited_for(2)
    assert eventually(lambda: all_ended(company))
    assert other_receiver.requests == []


def test_a_change_of_many_clients_at_once_is_sent_one_by_one(company, receiver):
    made(company, receiver.url, "10")
    several = [company.new_v1(name=f"{n}") for n in range(3)]
    assert company.v1.post(
        "/clients/bulk",
        json={
            "action": "bulk_update",
            "column": "country_id",
            "new_value": "276",
            "ids": [each["id"] for each in several],
        },
    ).is_success
    assert bodies(receiver.waited_for(3)) == [company.v1_view(each["id"]) for each in several]


def test_changes_on_the_command_line_are_sent_too(company, receiver):
    client = company.new_v1()
    made(company, receiver.url, "10")
    register(company, clients.set_balance, number_of(client), balance=5_000_000)
    assert bodies(receiver.waited_for(1)) == [company.v1_view(client["id"])]


def test_messages_wait_where_nothing_is_delivered(engine, new_register, tmp_path, receiver):
    url = new_register(engine)
    with serving(url, tmp_path, **IMPATIENT, webhook_delivery=False) as server:
        company = new_company(server)
        made(company, receiver.url)
        company.new_v1(name="Acme")
        time.sleep(0.5)
        assert receiver.requests == []
        company.close()
    with serving(url, tmp_path, **IMPATIENT):
        assert bodies(receiver.waited_for(1))[0]["name"] == "Acme"


def test_many_that_change_at_once_come_in_the_order_of_each_client(company, receiver):
    made(company, receiver.url, "10")
    client, numbers = company.new_v1(), count(1)
    for _ in range(10):
        company.v1.put(f"/clients/{client['id']}", json={"name": f"{next(numbers)}"})
    assert [each["name"] for each in bodies(receiver.messages(10))] == [f"{n}" for n in range(1, 11)]
