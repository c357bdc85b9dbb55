"""A clock that was ahead, or went back: no pause, account, lease or session outlives its own window.

Such a clock leaves times in the register that lie in the future. These tests store such times.
"""

import pytest
from sqlalchemy import text

from core.access.guesses import _FREE
from tests.register.arranging import eventually, upload
from tests.register.test_password_guesses import purge
from tests.webhooks.conftest import subscribed
from tests.webhooks.receiver import receiving

HOUR = 3600 * 1_000_000
AHEAD = pytest.mark.parametrize("ahead", [HOUR, 365 * 24 * HOUR], ids=["an hour", "a year"])


def execute(company, sql, **values):
    """Run a statement on the register. Return its rows, if any."""

    def unit(connection):
        result = connection.execute(text(sql), values)
        return result.all() if result.returns_rows else None

    return company.server.database.write_now(unit)


@AHEAD
def test_a_password_pause_begun_by_a_clock_ahead_has_expired(company, ahead):
    client = company.new_v1()
    assert [purge(company, client, f"guess {n}").status_code for n in range(_FREE)] == [412] * _FREE
    assert purge(company, client, company.password).status_code == 429
    execute(company, "UPDATE password_guesses SET last_at = last_at + :ahead", ahead=ahead)
    assert [purge(company, client, f"guess {n}").status_code for n in range(_FREE)] == [412] * _FREE
    refused = purge(company, client, company.password)  # they count by the clock as it is now
    assert (refused.status_code, int(refused.headers["retry-after"])) == (429, 1)


@AHEAD
def test_a_reservation_made_by_a_clock_ahead_has_expired_but_a_stored_answer_has_not(company, ahead):
    def create():
        return company.v1.post("/clients", json={"name": "Acme"}, headers={"Idempotency-Key": "k"})

    first = create()
    execute(company, "UPDATE idempotency_keys SET started_at = started_at + :ahead", ahead=ahead)
    assert create().content == first.content
    execute(company, "UPDATE idempotency_keys SET status = 0 WHERE body = :body", body=first.text)
    assert create().json()["data"]["id"] != first.json()["data"]["id"]


@AHEAD
@pytest.mark.parametrize("column", ["due_at", "leased_until"])
def test_messages_that_a_clock_ahead_postponed_are_delivered(company, column, ahead):
    with receiving() as inbox:
        hook = subscribed(company, inbox)
        timestamp = "(SELECT max(created_at) FROM webhooks) + :ahead"
        execute(company, f"UPDATE webhooks SET {column} = {timestamp} WHERE id = :id", ahead=ahead, id=hook["id"])
        company.new_v1(name="Acme")
        assert inbox.waited_for(1)


@AHEAD
def test_uploads_noted_by_a_clock_ahead_are_removed_a_day_from_now(company, ahead):
    at = execute(company, "SELECT max(updated_at) FROM companies")[0][0]
    day, key = 24 * HOUR, f"clock/{company.name}"
    note = "INSERT INTO discarded_objects (object_key, due_at) VALUES (:key, :due)"
    execute(company, note, key=key, due=at + ahead + day + HOUR)

    def due():
        return execute(company, "SELECT due_at FROM discarded_objects WHERE object_key = :key", key=key)[0][0]

    assert eventually(lambda: at < due() < at + day + HOUR)


CHANGES = {
    "clients": lambda company, made, n: company.v1.put(f"/clients/{made['id']}", json={"name": f"Name {n}"}),
    "contacts": lambda company, made, n: company.v1.put(
        f"/clients/{made['id']}", json={"contacts": [{"id": made["contacts"][0]["id"], "first_name": f"Name {n}"}]}
    ),
    "documents": lambda company, made, n: company.v1.put(
        f"/documents/{made['documents'][0]['id']}", json={"name": f"{n}.txt"}
    ),
    "client_gateway_tokens": lambda company, made, n: company.v1.put(
        f"/client_gateway_tokens/{made['gateway_tokens'][0]['id']}", json={"token": f"tok_{n}"}
    ),
    "categories": lambda company, made, n: company.v1.put(
        f"/group_settings/{made['group_settings_id']}", json={"name": f"Group {n}"}
    ),
}


@pytest.fixture
def whole(company):
    """A client with a document, a gateway token and a group of its own."""
    group = company.v1.post("/group_settings", json={"name": "Group"}).json()["data"]
    made = company.new_v1(group_settings_id=group["id"])
    assert upload(company, made["id"], ("a.txt", b"a")).status_code == 200
    token = {"client_id": made["id"], "token": "tok", "gateway_key": "d14dd26a37cecc30fdd65700bfb55b23"}
    assert company.v1.post("/client_gateway_tokens", json=token).status_code == 200
    return company.v1_view(made["id"]) | {"group_settings_id": group["id"]}


@AHEAD
@pytest.mark.parametrize("table", CHANGES)
def test_a_change_never_moves_updated_at_back(company, whole, table, ahead):
    """Nor does it stay the same, because a version and its renderings stand for one content."""
    mine = "company_id = (SELECT id FROM companies WHERE name = :name)"
    execute(
        company, f"UPDATE {table} SET updated_at = updated_at + :ahead WHERE {mine}", ahead=ahead, name=company.name
    )
    timestamps, tags = [], []
    for n in range(3):
        timestamps.append(
            execute(company, f"SELECT max(updated_at) FROM {table} WHERE {mine}", name=company.name)[0][0]
        )
        tags.append(company.v1.get(f"/clients/{whole['id']}").headers["etag"])
        answer = CHANGES[table](company, whole, n)
        assert answer.status_code == 200, answer.text
    assert timestamps == sorted(set(timestamps))
    assert len(set(tags)) == len(tags)
