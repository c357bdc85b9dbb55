"""Client numbers: ascending, and never given out twice, whatever happens to their clients."""

import pytest
from sqlalchemy import update

from core.access import companies
from core.database.distribution import COUNTERS, KEY
from core.database.postgresql import is_distributed
from core.models import companies as table
from tests.register.arranging import number_of, together


def numbers(company):
    clients = company.v1.get("/clients?per_page=100&status=active,archived,deleted").json()["data"]
    return [client["number"] for client in clients]


def test_clients_are_numbered_in_sequence_by_both_dialects(company):
    company.new_v1()
    company.new_legacy()
    company.new_v1(number="")
    company.new_v1(number=None)
    assert numbers(company) == ["0001", "0002", "0003", "0004"]


def test_each_company_has_its_own_sequence_of_numbers(company, other_company):
    company.new_v1()
    assert other_company.new_v1()["number"] == "0001"


def test_a_number_that_was_sent_is_stored_and_skipped_by_the_sequence(company):
    company.new_v1(number="0002")
    company.new_v1(number="K-77")
    assert [company.new_v1()["number"] for _ in range(2)] == ["0001", "0003"]


def test_the_sequence_continues_beyond_four_digits(company):
    company.new_v1(number="9999")

    def jump(connection):
        company_id = companies.find(connection, company.name)
        counter, key = (COUNTERS, COUNTERS.c[KEY]) if is_distributed(connection) else (table, table.c.id)
        connection.execute(update(counter).where(key == company_id).values(next_number=9998))

    company.server.database.write_now(jump)
    assert [company.new_v1()["number"] for _ in range(2)] == ["9998", "10000"]


@pytest.mark.parametrize("how", ["purge", "delete in /api", "merge", "renumber", "soft delete"])
def test_a_number_is_never_assigned_again(company, how):
    company.new_v1()
    second = company.new_v1()
    receiver = company.new_v1()
    path, password = f"/clients/{second['id']}", company.with_password
    answer = {
        "purge": lambda: company.v1.post(f"{path}/purge", headers=password),
        "delete in /api": lambda: company.api.delete(f"/clients/{company.api.get('/clients').json()['data'][1]['id']}"),
        "merge": lambda: company.v1.post(f"/clients/{receiver['id']}/{second['id']}/merge", headers=password),
        "renumber": lambda: company.v1.put(path, json={"number": "K-1"}),
        "soft delete": lambda: company.v1.delete(path),
    }[how]()
    assert answer.status_code == 200
    assert company.new_v1()["number"] == "0004"


@pytest.mark.parametrize("how", ["purge", "delete in /api", "merge", "renumber"])
def test_a_manual_number_ahead_of_the_sequence_stays_reserved_after_its_client_was_removed(company, how):
    ahead = company.new_v1(number="0003")
    receiver = company.new_v1()
    path, password = f"/clients/{ahead['id']}", company.with_password
    answer = {
        "purge": lambda: company.v1.post(f"{path}/purge", headers=password),
        "delete in /api": lambda: company.api.delete(f"/clients/{number_of(ahead)}"),
        "merge": lambda: company.v1.post(f"/clients/{receiver['id']}/{ahead['id']}/merge", headers=password),
        "renumber": lambda: company.v1.put(path, json={"number": "K-1"}),
    }[how]()
    assert answer.status_code == 200
    assert [receiver["number"], *(company.new_v1()["number"] for _ in range(2))] == ["0001", "0002", "0004"]


def test_the_number_of_the_last_client_is_not_assigned_again(company):
    company.new_v1()
    last = company.new_v1()
    company.v1.post(f"/clients/{last['id']}/purge", headers=company.with_password)
    assert company.new_v1()["number"] == "0003"


def test_a_create_that_fails_uses_up_no_number(company):
    assert company.v1.post("/clients", json={"settings": {"currency_id": "0"}}).status_code == 422
    assert company.new_v1()["number"] == "0001"


@pytest.mark.parametrize("key", ["number", "id_number"])
@pytest.mark.parametrize("state", ["active", "archive", "delete"])
def test_a_number_in_use_is_refused(company, key, state):
    holder = company.new_v1(**{key: "X-1"})
    if state != "active":
        company.v1.post("/clients/bulk", json={"action": state, "ids": [holder["id"]]})
    other = company.new_v1(name="other")
    complaint = {key: [f"The {key.replace('_', ' ')} has already been taken."]}
    for answer in (
        company.v1.post("/clients", json={key: "X-1"}),
        company.v1.put(f"/clients/{other['id']}", json={key: "X-1", "name": "half done"}),
    ):
        assert (answer.status_code, answer.json()["errors"]) == (422, complaint)
    assert company.v1_view(other["id"]) == other


@pytest.mark.parametrize("key", ["number", "id_number"])
def test_a_number_may_be_written_back_and_used_by_another_company(company, other_company, key):
    made = company.new_v1(**{key: "X-1"})
    assert company.v1.put(f"/clients/{made['id']}", json=made).status_code == 200
    assert other_company.new_v1(**{key: "X-1"})[key] == "X-1"


def test_many_clients_can_be_without_an_id_number(company):
    assert {company.new_v1(id_number=empty)["id_number"] for empty in ("", None, "")} == {""}


def test_a_cleared_id_number_can_be_used_again(company):
    first = company.new_v1(id_number="X-1")
    company.v1.put(f"/clients/{first['id']}", json={"id_number": ""})
    assert company.new_v1(id_number="X-1")["id_number"] == "X-1"


@pytest.mark.parametrize("empty", ["", None])
def test_an_empty_number_keeps_the_number(company, empty):
    made = company.new_v1()
    assert company.v1.put(f"/clients/{made['id']}", json={"number": empty}).json()["data"]["number"] == "0001"


def test_numbers_are_unique_when_both_dialects_create_at_once(company):
    def legacy(n):
        body = {"first_name": "A", "last_name": "B", "email": f"twin{n}@numbers.example"}
        return lambda: company.api.post("/clients", json=body)

    acts = [legacy(n) if n % 2 else lambda: company.v1.post("/clients", json={}) for n in range(16)]
    assert {answer.status_code for answer in together(acts)} == {200, 201}
    assert sorted(numbers(company)) == [f"{n:04d}" for n in range(1, 17)]


def test_exactly_one_of_concurrent_creates_gets_the_requested_number(company):
    acts = [lambda: company.v1.post("/clients", json={"number": "K-1", "id_number": "I-1"})] * 8
    assert sorted(answer.status_code for answer in together(acts)) == [200] + [422] * 7
    assert numbers(company) == ["K-1"]
