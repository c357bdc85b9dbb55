"""Webhooks on the pages: adding, testing, changing and removing them, and their messages."""

import html
import re
from contextlib import closing

import pytest

from core.access.roles import Role
from core.events import deliveries, webhooks
from core.text.clock import SECOND, now
from tests.bridge.conftest import browser
from tests.bridge.test_key_forms import form_name
from tests.bridge.visitors import Visitor
from tests.drivers import new_company
from tests.register.arranging import eventually, number_of, register, together
from tests.server import serving
from tests.webhooks.conftest import IMPATIENT
from tests.webhooks.receiver import receiving

pytestmark = pytest.mark.engines("sqlite")
both_engines = pytest.mark.engines("sqlite", "postgresql")


@pytest.fixture(scope="module")
def server(engine, new_register, tmp_path_factory):
    settings = IMPATIENT | {"webhook_timeout_seconds": 30}  # whoever answers late gets a message again
    with serving(new_register(engine), tmp_path_factory.mktemp("webhook-pages"), **settings) as running:
        yield running


@pytest.fixture
def receiver():
    with receiving() as made:
        yield made


@pytest.fixture
def owner(signed_in_as):
    return signed_in_as(Role.OWNER)


def added(visitor, url, **more):
    """Create a webhook with the form. Return its id and secret."""
    sent = {"url": url, "dialect": "v1", "form": form_name(visitor.get("/bridge/webhooks/new"))} | more
    answer = visitor.post("/bridge/webhooks/new", **sent)
    assert (answer.status_code, answer.headers["cache-control"]) == (201, "no-store"), answer.text
    secret = re.search(r"<pre><code>(whsec_[^<]+)</code>", answer.text)[1]
    return int(re.search(r'href="/bridge/webhooks/(\d+)"', answer.text)[1]), html.unescape(secret)


def listed(company):
    return register(company, webhooks.list_all)


@both_engines
def test_a_webhook_of_the_pages_is_sent_signed_messages_of_its_events(company, owner, receiver):
    webhook_id, secret = added(owner, receiver.url, **{"client.created": "yes", "client.deleted": "yes"})
    (row,) = listed(company)
    assert (row["origin"], row["events"], row["dialect"]) == ("team", "client.created,client.deleted", "v1")
    made = company.new_v1(name="Told")
    company.v1.put(f"/clients/{made['id']}", json={"name": "Not told"})
    company.v1.delete(f"/clients/{made['id']}")
    said = [message.opened(secret) for message in receiver.messages(2)]
    assert [each["type"] for each in said] == ["client.created", "client.deleted"]
    assert said[0]["data"]["name"] == "Told"
    assert eventually(lambda: owner.get(f"/bridge/webhooks/{webhook_id}").text.count(">delivered<") == 2)
    assert secret not in owner.get(f"/bridge/webhooks/{webhook_id}").text + owner.get("/bridge/webhooks").text


@both_engines
def test_a_double_click_adds_one_webhook(company, owner, receiver):
    sent = {"url": receiver.url, "dialect": "v1", "form": form_name(owner.get("/bridge/webhooks/new"))}
    answers = together([lambda: owner.post("/bridge/webhooks/new", **sent)] * 3)
    assert sorted(answer.status_code for answer in answers) == [201, 409, 409]
    assert len(listed(company)) == 1
    assert all("whsec_" not in answer.text for answer in answers if answer.status_code == 409)


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("url", "", "The url field is required."),
        ("url", "ftp://x.example", "must be http:// or https://"),
        ("url", "https://user:secret@x.example", "without a user or password"),
        ("url", "http://169.254.169.254/latest", "must not lead to this machine or into a private network"),
        ("url", "http://10.1.2.3/", "must not lead to this machine or into a private network"),
        ("dialect", "v3", "The selected dialect is invalid."),
    ],
)
def test_invalid_values_change_nothing_and_the_form_stays_filled(company, owner, field, value, words):
    good = {"url": "https://hooks.example/x", "dialect": "api", "client.merged": "yes"}
    refused = owner.post("/bridge/webhooks/new", **(good | {field: value}))
    assert (refused.status_code, listed(company)) == (422, [])
    assert words in html.unescape(refused.text)
    assert re.search(r'name="client.merged" value="yes" checked', refused.text)
    webhook_id, _ = added(owner, "https://hooks.example/x")
    before = listed(company)
    assert owner.post(f"/bridge/webhooks/{webhook_id}/change", **(good | {field: value})).status_code == 422
    assert listed(company) == before


def test_a_test_message_shows_its_outcome(company, owner, receiver):
    webhook_id, secret = added(owner, receiver.url)
    took = owner.post(f"/bridge/webhooks/{webhook_id}/test")
    assert (took.status_code, "accepted the test message: 204" in took.text) == (200, True)
    assert receiver.messages(1)[0].opened(secret)["type"] == "webhook.test"
    receiver.answers.append(500)
    refused = owner.post(f"/bridge/webhooks/{webhook_id}/test")
    assert (refused.status_code, "The answer was 500." in refused.text) == (200, True)
    assert register(company, deliveries.list_all) == []


def test_no_webhook_of_the_pages_reaches_a_forbidden_address_even_by_its_name(company, owner, monkeypatch):
    """Owners of companies must not reach the server's own network through it."""
    webhook_id, _ = added(owner, "http://metadata.example/")
    import socket

    real = socket.getaddrinfo

    def resolve(host, port, *rest, **named):
        return real("169.254.169.254" if host == "metadata.example" else host, port, *rest, **named)

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    assert "AddressRefused" in owner.post(f"/bridge/webhooks/{webhook_id}/test").text


def test_an_operators_webhook_keeps_its_address_until_the_team_changes_it(company, owner, receiver):
    inside = "http://10.1.2.3/hook"
    made = register(company, webhooks.add, inside, "v1")
    path = f"/bridge/webhooks/{made['id']}"
    kept = owner.post(f"{path}/change", url=inside, dialect="api", **{"client.purged": "yes"})
    assert (kept.status_code, kept.headers["location"]) == (303, f"{path}?done=changed")
    (row,) = listed(company)
    assert (row["origin"], row["dialect"], row["events"]) == ("operator", "api", "client.purged")
    assert owner.post(f"{path}/change", url="http://10.1.2.4/hook", dialect="api").status_code == 422
    assert owner.post(f"{path}/change", url=receiver.url, dialect="api").status_code == 303
    (row,) = listed(company)
    assert (row["origin"], row["url"], row["events"]) == ("team", receiver.url, "")
    assert owner.post(f"{path}/change", url=inside, dialect="api").status_code == 422


def test_only_the_integration_changes_its_own_webhook(company, owner, receiver):
    company.v1.post("/webhooks", json={"target_url": receiver.url, "event_id": 1})
    (before,) = listed(company)
    path = f"/bridge/webhooks/{before['id']}"
    assert "Only the integration that created this webhook" in owner.get(f"{path}/change").text
    assert f'href="{path}/change"' not in owner.get(path).text
    refused = owner.post(f"{path}/change", url="https://x.example", dialect="v1")
    assert (refused.status_code, listed(company)) == (409, [before])
    owner.post(f"{path}/state", enabled="no")
    assert listed(company)[0]["archived_at"] > 0
    owner.post(f"{path}/state", enabled="yes")
    assert listed(company)[0]["archived_at"] == 0


def test_waiting_messages_show_the_next_attempt_and_failed_ones_are_sent_again(company, owner, receiver):
    receiver.answers = [503] * 3
    webhook_id, secret = added(owner, receiver.url, dialect="api")
    path = f"/bridge/webhooks/{webhook_id}"
    company.new_legacy(client_company_name="In <vain>")
    assert eventually(lambda: ">failed<" in owner.get(path).text)
    page = owner.get(path).text
    assert "The answer was 503." in page
    assert "3 attempts" in page
    delivery_id = register(company, deliveries.list_all)[0]["id"]
    assert "In &lt;vain&gt;" in owner.get(f"/bridge/deliveries/{delivery_id}").text
    assert owner.post(f"{path}/replay").headers["location"] == f"{path}?done=replayed"
    assert receiver.waited_for(4)[3].opened(secret)["data"]["company_name"] == "In <vain>"
    owner.post(f"{path}/state", enabled="no")
    assert "disabled" in owner.get(path).text
    company.new_legacy()
    owner.post(f"{path}/state", enabled="yes")
    company.new_legacy(client_company_name="After")
    assert receiver.waited_for(5)[4].opened(secret)["data"]["company_name"] == "After"


def test_a_message_that_waits_shows_its_next_try(engine, new_register, tmp_path):
    def arrange(connection, _company_id):
        connection.exec_driver_sql(f"UPDATE webhooks SET due_at = {now() + 3600 * SECOND}")

    with (
        serving(new_register(engine), tmp_path, webhook_delivery=False) as server,  # it waits until the end
        closing(new_company(server)) as company,
        browser(company) as http,
    ):
        owner = Visitor(http, company)
        assert owner.sign_in().status_code == 303
        webhook_id, _ = added(owner, "https://hooks.example/")
        register(company, arrange)
        company.new_legacy()
        page = owner.get(f"/bridge/webhooks/{webhook_id}").text
    assert "Next attempt" in page
    assert ">waiting<" in page


def test_a_removal_says_what_it_removes_and_asks(company, owner):
    webhook_id, _ = added(owner, "https://hooks.example/")
    asked = owner.get(f"/bridge/webhooks/{webhook_id}/remove").text
    assert "0 waiting messages and 0 failed messages will be removed with it" in asked
    assert len(listed(company)) == 1
    done = owner.post(f"/bridge/webhooks/{webhook_id}/remove")
    assert (done.status_code, done.headers["location"], listed(company)) == (303, "/bridge/webhooks?done=removed", [])
    assert owner.post(f"/bridge/webhooks/{webhook_id}/remove").status_code == 404


def test_webhooks_and_deliveries_of_another_company_are_not_there(company, owner, stranger, receiver):
    theirs = register(stranger.company, webhooks.add, receiver.url, "v1")["id"]
    stranger.company.new_v1(name="Theirs")
    delivery_id = register(stranger.company, deliveries.list_all)[0]["id"]
    before = register(stranger.company, webhooks.list_all)[0]["url"]
    for path in ("", "/change", "/remove"):
        assert owner.get(f"/bridge/webhooks/{theirs}{path}").status_code == 404
    for act in ("change", "remove", "state", "replay", "test"):
        answer = owner.post(f"/bridge/webhooks/{theirs}/{act}", url="https://x.example", dialect="v1")
        assert answer.status_code == 404, act
    assert owner.get(f"/bridge/deliveries/{delivery_id}").status_code == 404
    assert "Theirs" not in owner.get("/bridge/deliveries").text
    assert register(stranger.company, webhooks.list_all)[0]["url"] == before


def test_deliveries_are_paged_from_the_newest_to_the_oldest(company, owner, receiver):
    webhook_id, _ = added(owner, receiver.url)
    numbers = [number_of(company.new_v1(name=f"Client {n}")) for n in range(53)]
    assert eventually(lambda: all(each["ended_at"] for each in register(company, deliveries.list_all, size=100)), 30)
    for first in ("/bridge/deliveries", f"/bridge/webhooks/{webhook_id}"):
        seen, path = [], first
        while path:
            page = owner.get(path).text
            seen += [int(each) for each in re.findall(r'client <a href="/bridge/clients/(\d+)"', page)]
            after = re.search(r'rel="next" href="([^"]+)"', page)
            path = html.unescape(after[1]) if after else ""
        assert seen == numbers[::-1]
