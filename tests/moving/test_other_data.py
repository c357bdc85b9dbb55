"""Data other than clients is imported too, and counted in the report."""

import httpx
import pytest

from tests.gateway.command_line import ACME, CommandLine
from tests.moving.conftest import OWN_KEY, Move, counts
from tests.moving.vendor import hashed, legacy_client, serving_vendor, v1_client, v1_document
from tests.process import GatewayProcess

COMPANY = ("--company", "Acme")


@pytest.fixture(params=["sqlite", "postgresql"])
def move(request, new_register, tmp_path):
    """A register with one company on either database engine, and a vendor."""
    cli = CommandLine(new_register(request.param), tmp_path)
    cli("bootstrap", *ACME, "--token", OWN_KEY)
    with serving_vendor() as vendor:
        yield Move(cli, vendor)


def person(number: int, client_id: int | None, **changes: object) -> dict:
    """Return a contact as /api lists it."""
    moments = {"created": "2023-11-14T22:13:20.123456Z", "updated": "2023-11-14T22:21:40.654321Z"}
    client = {"id": client_id, "company_name": None}
    named = {"first_name": "Ada", "last_name": "Lovelace", "email": f"ada{number}@acme.example"}
    return {"id": number, **named, "phone": "1", "account_owner": "no", "client": client, "dates": moments} | changes


def test_contact_type_users_keep_their_ids_and_are_promoted_by_their_email(move):
    move.vendor.legacy = [legacy_client(5)]
    move.vendor.lists["/api/contacts"] = [person(10, 5, account_owner="yes"), person(70, None), person(71, None)]
    report = move.report("grow", *COMPANY)
    assert report["with_them"]["contact_type_users"] == 2
    waiting = move.shown("/api/contacts/70")[0]
    assert (waiting["client"]["id"], waiting["email"]) == (None, "ada70@acme.example")
    assert waiting["dates"] == move.vendor.lists["/api/contacts"][1]["dates"]
    with GatewayProcess(move.cli.database_url, move.cli.folder) as gateway:
        body = {"first_name": "Ada", "last_name": "Lovelace", "email": "ada71@acme.example"}
        headers = {"Authorization": f"Bearer {OWN_KEY}"}
        made = httpx.post(f"{gateway.url}/api/clients", headers=headers, json=body).json()["data"]
    assert made["owner"]["id"] == 71
    assert move.cli.run("check").exit_code == 0


def test_a_contact_type_user_promoted_at_the_source_is_promoted_here(move):
    move.vendor.legacy = [legacy_client(5)]
    move.vendor.lists["/api/contacts"] = [person(10, 5, account_owner="yes"), person(70, None)]
    move.report("grow", *COMPANY)
    move.vendor.lists["/api/contacts"] = [person(10, 5, account_owner="yes"), person(70, 5)]
    assert counts(move.report("grow", *COMPANY)) == (0, 1, 0, 0)
    assert move.shown("/api/contacts/70")[0]["client"]["id"] == 5
    assert counts(move.report("grow", *COMPANY)) == (0, 0, 1, 0)


def test_invalid_values_of_a_contact_type_user_are_reported(move):
    odd = [
        person(70, None, phone="x" * 300),
        person(71, None, email="ada70@acme.example"),
        person(2**70, None),
        person(-5, None),
    ]
    move.vendor.legacy, move.vendor.lists["/api/contacts"] = [legacy_client(5)], odd
    named = {each["key"] for each in move.report("grow", *COMPANY)["misfits"]}
    assert {"contacts.phone", "contacts.email", "contacts.id"} <= named
    assert move.cli.run("check").exit_code == 0


def test_custom_fields_are_imported_with_their_titles_and_positions(move):
    move.vendor.lists["/api/v1/group_settings"] = []
    told = {"client1": "Purchase order|single_line_text", "client3": "Région", "invoice1": "Other", "client2": ""}
    move.vendor.files["/api/v1/companies/current"] = httpx.Response(200, json={"data": {"custom_fields": told}}).content
    assert move.report("ninja", *COMPANY)["with_them"] == {"custom_fields": 2}
    fields = move.cli.listed("custom-fields", "list", *COMPANY)
    assert [(each["position"], each["title"]) for each in fields] == [(1, "Purchase order"), (3, "Région")]
    told["client1"] = "Order|single_line_text"
    move.vendor.files["/api/v1/companies/current"] = httpx.Response(200, json={"data": {"custom_fields": told}}).content
    move.report("ninja", *COMPANY)
    assert [each["title"] for each in move.cli.listed("custom-fields", "list", *COMPANY)] == ["Order", "Région"]


def test_groups_without_clients_are_imported_completely(move):
    settings = {"currency_id": "2", "payment_terms": "30"}
    group = {"id": hashed(8), "name": "Wholesale", "settings": settings, "archived_at": 1_700_000_000}
    move.vendor.lists["/api/v1/group_settings"] = [group]
    assert move.report("ninja", *COMPANY)["with_them"] == {"categories": 1}
    shown = move.shown("/api/v1/group_settings?status=active,archived")[0][0]
    assert {key: shown[key] for key in group} == group


def test_the_report_counts_imported_data_other_than_clients(move):
    move.vendor.v1 = [v1_client(5, documents=[v1_document(60, b"PDF")]), v1_client(6)]
    move.vendor.files[f"/api/v1/documents/{hashed(60)}/download"] = b"PDF"
    assert move.report("ninja", *COMPANY)["with_them"] == {"contacts": 2, "documents": 1}
    result = move.cli.run("import", "ninja", move.vendor.url, "--token", "a-key-of-the-source", *COMPANY)
    assert "Imported with the clients: 2 contacts, 1 document." in result.stdout


def test_a_dry_run_imports_no_data_of_the_company(move):
    move.vendor.legacy = [legacy_client(5)]
    move.vendor.lists["/api/contacts"] = [person(70, None)]
    move.vendor.lists["/api/v1/group_settings"] = []
    move.vendor.files["/api/v1/companies/current"] = b'{"data": {"custom_fields": {"client1": "Order"}}}'
    assert move.report("grow", *COMPANY, "--dry-run")["with_them"]["contact_type_users"] == 1
    assert move.report("ninja", *COMPANY, "--dry-run")["with_them"] == {"custom_fields": 1}
    assert move.shown("/api/contacts") == [[]]
    assert move.cli.listed("custom-fields", "list", *COMPANY) == []
