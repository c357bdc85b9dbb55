"""Merging and purging: what is moved, what is removed, and who is allowed to."""

import base64

import pytest
from sqlalchemy import func, select

from core.access import companies
from core.clients import clients
from core.models import metadata
from schemas.types import MONEY_SCALE


def company_id(company):
    return company.server.database.read_now(lambda connection: companies.find(connection, company.name))


@pytest.mark.parametrize("headers", [{}, {"X-API-PASSWORD": "wrong"}, {"X-API-PASSWORD-BASE64": "!!"},
                                     {"X-API-PASSWORD-BASE64": base64.b64encode(b"wrong").decode()}])  # fmt: skip
@pytest.mark.parametrize("path", ["/clients/{0}/purge", "/clients/{0}/{1}/merge"])
def test_without_the_password_nothing_is_changed(company, headers, path):
    ids = [company.new_v1()["id"], company.new_v1()["id"]]
    answer = company.v1.post(path.format(*ids), headers=headers)
    assert (answer.status_code, answer.json()) == (412, {"message": "Invalid Password", "errors": {}})
    assert all(company.v1.get(f"/clients/{each}").status_code == 200 for each in ids)


@pytest.mark.parametrize("password", ["Secret123", "Sésame, ouvre-toi 1"])
@pytest.mark.parametrize("encoded", [False, True])
def test_the_password_is_accepted_plain_and_in_base64(server, password, encoded):
    from tests.drivers import new_company

    company = new_company(server, password=password)
    made = company.new_v1()
    headers = {"X-API-PASSWORD": password.encode()}
    if encoded:
        headers = {"X-API-PASSWORD-BASE64": base64.b64encode(password.encode()).decode()}
    assert company.v1.post(f"/clients/{made['id']}/purge", headers=headers).status_code == 200
    company.close()


@pytest.fixture
def pair(company, hashed):
    """Two clients with records of every kind."""
    receiver = company.new_v1(name="Receiver", contacts=[{"first_name": "A", "email": "a@x.example"}])
    other = company.new_v1(
        name="Other",
        contacts=[{"first_name": "A2", "email": "A@x.example"}, {"first_name": "B", "email": "b@x.example"}, {}],
    )
    numbers = [hashed.decode(each["id"])[0] for each in (receiver, other)]

    def billing(connection):
        mine = company_id(company)
        for client_id, amount in zip(numbers, (10.5, 2.25), strict=True):
            money = int(amount * MONEY_SCALE)
            clients.set_balance(connection, mine, client_id, balance=money, paid_to_date=money, credit_balance=money)

    company.server.database.write_now(billing)
    token = {"client_id": other["id"], "token": "tok_1", "meta": {"brand": "visa"}}
    company.v1.post("/client_gateway_tokens", json=token)
    company.api.put(f"/clients/{numbers[0]}/tags", json={"tags": ["x", "y"]})
    company.api.put(f"/clients/{numbers[1]}/tags", json={"tags": ["y", "z"]})
    company.v1.put(f"/clients/{other['id']}/upload", files={"file": ("a.txt", b"bytes")})
    return receiver["id"], other["id"], *numbers


def test_a_merge_moves_contacts_documents_tokens_tags_and_balances(company, pair):
    receiver, other, receiver_id, other_id = pair
    answer = company.v1.post(f"/clients/{receiver}/{other}/merge", headers=company.with_password)
    merged = answer.json()["data"]
    assert [(c["first_name"], c["is_primary"]) for c in merged["contacts"]] == [("A", True), ("B", False)]
    assert (merged["balance"], merged["paid_to_date"], merged["credit_balance"]) == (12.75, 12.75, 12.75)
    assert [token["token"] for token in merged["gateway_tokens"]] == ["tok_1"]
    assert merged["gateway_tokens"][0]["meta"] == {"brand": "visa"}
    assert company.v1.get(merged["documents"][0]["url"]).content == b"bytes"
    assert company.legacy_view(receiver_id)["tags"] == ["x", "y", "z"]
    assert company.v1.get(f"/clients/{other}").status_code == 404
    assert company.api.get(f"/clients/{other_id}").status_code == 404


def test_what_a_merge_moves_has_another_version_because_it_shows_its_client(company, pair):
    receiver, other, receiver_id, other_id = pair
    note = {"note_title": "T", "note_description": "D", "noteresource_id": other_id}
    note_id = company.api.post("/notes", json=note).json()["data"]["id"]
    shown = company.v1_view(other)
    paths = [
        (company.v1, f"/documents/{shown['documents'][0]['id']}"),
        (company.v1, f"/client_gateway_tokens/{shown['gateway_tokens'][0]['id']}"),
        (company.api, f"/notes/{note_id}"),
    ]
    known = [api.get(path).headers["ETag"] for api, path in paths]
    company.v1.post(f"/clients/{receiver}/{other}/merge", headers=company.with_password)
    for (api, path), tag in zip(paths, known, strict=True):
        answer = api.get(path, headers={"If-None-Match": tag})
        assert answer.status_code == 200
        moved_to = answer.json()["data"]
        assert moved_to.get("client_id", receiver) == receiver
        assert moved_to.get("resource", {}).get("id", receiver_id) == receiver_id


@pytest.mark.parametrize("other", ["itself", "unknown", "undecodable", "foreign"])
def test_a_merge_of_itself_or_an_unknown_client_is_a_400(company, other_company, hashed, other):
    receiver = company.new_v1(name="Stays")["id"]
    second = {
        "itself": receiver,
        "unknown": hashed.encode(10**9),
        "undecodable": "nonsense",
        "foreign": other_company.new_v1()["id"],
    }[other]
    answer = company.v1.post(f"/clients/{receiver}/{second}/merge", headers=company.with_password)
    assert (answer.status_code, answer.json()["errors"]) == (400, {})
    assert company.v1_view(receiver)["name"] == "Stays"


def test_a_merge_into_an_unknown_client_is_a_404(company, hashed):
    made = company.new_v1()["id"]
    path = f"/clients/{hashed.encode(10**9)}/{made}/merge"
    assert company.v1.post(path, headers=company.with_password).status_code == 404
    assert company.v1.get(f"/clients/{made}").status_code == 200


@pytest.mark.parametrize("erase", ["delete", "purge"])
def test_an_erased_client_leaves_no_row_anywhere(company, pair, erase):
    _, other, _, other_id = pair
    company.new_legacy(send_email="yes")
    if erase == "delete":
        company.api.delete(f"/clients/{other_id}")
    else:
        company.v1.post(f"/clients/{other}/purge", headers=company.with_password)
    # The change log keeps that the id was erased: ids, a type and a time, and no data of the client.
    log = metadata.tables["changes"]
    assert set(log.c.keys()) == {"id", "company_id", "client_id", "kind", "survivor_id", "is_hidden", "created_at"}
    tables = [table for table in metadata.tables.values() if "client_id" in table.columns and table is not log]
    assert len(tables) >= 5
    with company.server.database.reading() as connection:
        for table in tables:
            rows = select(func.count()).select_from(table).where(table.c.client_id == other_id)
            left = 1 if table.name == "activities" else 0  # that it was erased
            assert connection.execute(rows).scalar() == left, table.name
