"""Importing from a vendor: what is imported, what a second run does, and how the source is treated."""

import time

import httpx
import pytest

from tests.moving.conftest import OWN_KEY, PUBLIC_URL, counts
from tests.moving.vendor import KEY, hashed, legacy_client, v1_client, v1_document
from tests.server import serving

ACME = ("--company", "Acme")
TOKEN = {"token": "tok_1", "gateway_customer_reference": "cus_1", "meta": {"brand": "visa"}, "is_default": True}
PDF = b"%PDF-1.7 a contract"


def without_links(client: dict) -> dict:
    """Return a client of /api/v1 without the fields that depend on the server."""
    of_contacts = [{key: value for key, value in each.items() if key != "link"} for each in client["contacts"]]
    of_documents = [{key: value for key, value in each.items() if key != "url"} for each in client["documents"]]
    return client | {"contacts": of_contacts, "documents": of_documents}


def full_v1_client() -> dict:
    """Return a client of /api/v1 with a value in every field."""
    token = TOKEN | {"id": hashed(90), "company_gateway_id": "", "gateway_type_id": "1"}
    return v1_client(
        30,
        archived_at=1700000001,
        is_deleted=True,
        group_settings_id=hashed(8),
        settings={"entity": "App\\Models\\Client", "currency_id": "2", "payment_terms": "7", "deep": {"a": [1, None]}},
        documents=[v1_document(60, PDF)],
        gateway_tokens=[token | {"created_at": 5, "updated_at": 6, "archived_at": 0, "is_deleted": False}],
    )


def test_a_client_of_v1_is_imported_completely_with_ids_and_document_bytes(move):
    told = full_v1_client()
    move.vendor.v1 = [told]
    move.vendor.files[f"/api/v1/documents/{hashed(60)}/download"] = PDF
    move.vendor.lists["/api/v1/group_settings"] = [{"id": hashed(8), "name": "Wholesale"}]
    report = move.report("ninja", *ACME)
    assert counts(report) == (1, 0, 0, 0)
    assert (report["documents"], report["document_bytes"], report["misfits"]) == (1, len(PDF), [])
    deleted, categories = move.shown("/api/v1/clients?status=deleted", "/api/categories?sort=category_name&order=desc")
    assert [without_links(each) for each in deleted] == [without_links(told)]
    assert deleted[0]["contacts"][0]["link"] == f"{PUBLIC_URL}/client/key_login/key30"
    assert (categories[0]["id"], categories[0]["name"]) == (8, "Wholesale")
    with serving(move.cli.database_url, move.cli.folder) as server:
        url = f"{server.url}/api/v1/documents/{hashed(60)}/download"
        assert httpx.get(url, headers={"X-API-TOKEN": OWN_KEY}).content == PDF


def test_a_client_of_api_is_imported_completely_with_contacts_and_categories(move):
    told = legacy_client(30, status="suspended")
    people = [
        {"id": 60, "first_name": "Jane", "last_name": "Doe", "email": "jane@acme.example", "account_owner": "yes"},
        {"id": 61, "first_name": "Joe", "last_name": "Roe", "email": "joe@acme.example", "account_owner": "no"},
    ]
    move.vendor.legacy = [told]
    move.vendor.lists["/api/contacts"] = [each | {"client": {"id": 30}} for each in people]
    move.vendor.lists["/api/categories"] = [
        {"id": 20, "name": "Standard", "type": "client", "system_default": "yes"},
        {"id": 21, "name": "Deals", "type": "project", "system_default": "no"},
    ]
    report = move.report("grow", *ACME)
    assert (counts(report), report["misfits"]) == ((1, 0, 0, 0), [])
    legacy, newer = move.shown("/api/clients/30", f"/api/v1/clients/{hashed(30)}")
    assert legacy == told
    assert (newer["group_settings_id"], newer["number"]) == ("", "0001")
    assert [(each["id"], each["email"]) for each in newer["contacts"]] == [
        (hashed(60), "jane@acme.example"),
        (hashed(61), "joe@acme.example"),
    ]


def note(number: int, client: int, **changes) -> dict:
    """Return a note as /api shows it, by a user in the team of the source."""
    moment = "2026-06-15T09:30:00.000000Z"
    shown = {"title": "Call", "description": "At noon.", "visibility": "private", "creator_id": 1, "tags": ["sales"]}
    of_client = {"id": number, "resource": {"type": "client", "id": client}}
    return of_client | shown | {"dates": {"created": moment, "updated": moment}} | changes


def test_notes_of_api_are_imported_with_their_clients_and_without_a_team_user(move):
    move.vendor.legacy = [legacy_client(30), legacy_client(31)]
    elsewhere = note(9, 30) | {"resource": {"type": "lead", "id": 30}}
    told = [note(7, 30), note(8, 31, title="Visit"), elsewhere, note(10, 999), {"id": 11, "resource": None}]
    move.vendor.lists["/api/notes"] = told
    assert counts(move.report("grow", *ACME)) == (2, 0, 0, 0)
    assert move.shown("/api/notes?sort=note_created&order=asc")[0] == [each | {"creator_id": None} for each in told[:2]]
    assert counts(move.report("grow", *ACME)) == (0, 0, 2, 0)
    move.vendor.lists["/api/notes"] = [note(7, 30, tags=[]), note(12, 31, title="Visit")]
    assert counts(move.report("grow", *ACME)) == (0, 2, 0, 0)
    assert [(each["id"], each["tags"]) for each in move.shown("/api/notes?order=asc")[0]] == [(7, []), (12, ["sales"])]
    del move.vendor.lists["/api/notes"]
    assert counts(move.report("grow", *ACME)) == (0, 0, 2, 0)
    assert len(move.shown("/api/notes")[0]) == 2


def test_invalid_values_of_a_note_are_left_out_and_reported(move):
    move.vendor.legacy = [legacy_client(30)]
    move.vendor.lists["/api/notes"] = [note(7, 30, title=None, visibility="secret", starred=True)]
    report = move.report("grow", *ACME)
    assert counts(report) == (1, 0, 0, 0)
    assert {each["key"] for each in report["misfits"]} >= {"notes.visibility", "notes.starred"}
    (shown,) = move.shown("/api/notes")[0]
    assert (shown["title"], shown["visibility"], shown["description"]) == ("", "public", "At noon.")


@pytest.mark.parametrize("name", ["Jane", "Jane van Doe", "jane@acme.example"])
def test_without_a_list_of_contacts_owners_are_imported_by_their_shown_name(move, name):
    move.vendor.legacy = [legacy_client(30, owner={"id": 60, "name": name})]
    report = move.report("grow", *ACME)
    assert report["remarks"] == ["The source does not list contacts, so only the owners of clients are imported."]
    assert move.shown("/api/clients/30")[0]["owner"] == {"id": 60, "name": name}


def test_new_ids_and_numbers_continue_after_the_imported_ones(move):
    move.vendor.v1 = [v1_client(500, number="0700")]
    move.report("ninja", *ACME)
    with serving(move.cli.database_url, move.cli.folder) as server:
        made = httpx.post(f"{server.url}/api/v1/clients", headers={"X-API-TOKEN": OWN_KEY}, json={}).json()["data"]
    assert (made["id"], made["number"], made["contacts"][0]["id"]) == (hashed(501), "0701", hashed(1001))


def test_hashed_ids_are_read_with_the_salt_of_the_source(move):
    from hashids import Hashids

    salted = Hashids("pepper", 10)
    move.vendor.v1 = [v1_client(5, id=salted.encode(5), contacts=[])]
    assert counts(move.report("ninja", *ACME, status=3)) == (0, 0, 0, 1)
    assert counts(move.report("ninja", *ACME, "--hash-salt", "pepper")) == (1, 0, 0, 0)
    assert move.shown(f"/api/v1/clients/{hashed(5)}")[0]["id"] == hashed(5)


CHANGES = {
    "a name": {"name": "Other"},
    "a balance, though nothing says when": {"balance": 1},
    "a setting taken away": {"settings": {"entity": "App\\Models\\Client", "currency_id": "1"}},
    "archived": {"archived_at": 1700000000},
    "deleted": {"is_deleted": True},
    "a contact less": {"contacts": []},
    "a contact's phone": {"contacts": [{"id": hashed(22), "phone": "1"}]},
    "only the moment": {"updated_at": 1700000000},
    "a number": {"number": "A-7"},
    "a reference": {"id_number": "R-7"},
    "a group": {"group_settings_id": hashed(9)},
}


def test_a_second_run_changes_what_changed_and_nothing_else(move):
    numbered = dict(enumerate(CHANGES.values(), 5))
    move.vendor.v1 = [v1_client(number) for number in numbered]
    move.report("ninja", *ACME)
    versions = move.shown("/api/v1/clients?per_page=100&status=active,archived,deleted")[0]
    assert counts(move.report("ninja", *ACME)) == (0, 0, len(CHANGES), 0)
    move.vendor.v1 = [v1_client(number, **change) for number, change in numbered.items()]
    assert counts(move.report("ninja", *ACME, "--dry-run")) == (0, len(CHANGES), 0, 0)
    assert move.shown("/api/v1/clients?per_page=100")[0] == versions
    assert counts(move.report("ninja", *ACME)) == (0, len(CHANGES), 0, 0)
    assert counts(move.report("ninja", *ACME)) == (0, 0, len(CHANGES), 0)
    shown = move.shown("/api/v1/clients?per_page=100&status=active,archived,deleted")[0]
    for each, change in zip(shown, CHANGES.values(), strict=True):
        for key, value in change.items():
            assert each[key] == value or key == "contacts", key
    assert [len(each["contacts"]) for each in shown] == [1] * len(CHANGES)
    assert move.cli.run("check").exit_code == 0


def test_an_import_makes_versions_read_before_stale(move):
    move.vendor.v1 = [v1_client(5)]
    move.report("ninja", *ACME)
    with serving(move.cli.database_url, move.cli.folder) as server:
        url, headers = f"{server.url}/api/v1/clients/{hashed(5)}", {"X-API-TOKEN": OWN_KEY}
        before = httpx.get(url, headers=headers)
        move.vendor.v1 = [v1_client(5, balance=7)]
        move.report("ninja", *ACME)
        after = httpx.get(url, headers=headers | {"If-None-Match": before.headers["etag"]})
        found = httpx.get(f"{server.url}/api/v1/clients?balance=eq:7", headers=headers).json()["data"]
    assert (after.status_code, after.json()["data"]["balance"]) == (200, 7)
    assert found == [after.json()["data"]]


def test_importing_from_v1_keeps_what_only_api_shows(move):
    move.vendor.legacy, move.vendor.v1 = [legacy_client(5, tags=["vip"])], []
    move.report("grow", *ACME)
    before, newer = move.shown("/api/clients/5", f"/api/v1/clients/{hashed(5)}")
    move.vendor.v1 = [newer | {"private_notes": "Changed."}]
    assert counts(move.report("ninja", *ACME)) == (0, 1, 0, 0)
    after = move.shown("/api/clients/5")[0]
    assert after == before | {"description": "Changed.", "dates": after["dates"]}


def test_a_dry_run_leaves_no_trace(move):
    move.vendor.v1 = [full_v1_client(), v1_client(31)]
    report = move.report("ninja", *ACME, "--dry-run")
    assert (report["dry_run"], counts(report), report["documents"]) == (True, (2, 0, 0, 0), 1)
    clients, categories = move.shown("/api/v1/clients?status=active,archived,deleted", "/api/categories")
    assert (clients, [each["name"] for each in categories]) == ([], ["Default"])
    assert move.cli.run("check").exit_code == 0
    assert [path for path, _ in move.vendor.asked if "documents" in path] == []


def test_an_import_is_an_activity_of_each_client(move):
    move.vendor.v1 = [v1_client(5), v1_client(6)]
    move.report("ninja", *ACME)
    move.vendor.v1 = [v1_client(5), v1_client(6, city="Ghent")]
    move.report("ninja", *ACME)
    noted = move.cli.listed("activities", *ACME)
    assert [(each["client_id"], each["kind"]) for each in noted] == [(6, "imported"), (6, "imported"), (5, "imported")]
    assert noted[0]["after"] == {"city": "Ghent"}


FAILURES = {
    "nothing": [],
    "the source is busy": [(503, {}, b""), (500, {}, b"")],
    "it hangs up": [(0, {}, b"")],
    "it asks for patience": [(429, {"Retry-After": "1"}, b"")],
    "it is at its limit": [(429, {"Retry-After": "0"}, b"")],
}


@pytest.mark.parametrize("case", FAILURES)
def test_a_transient_failure_is_retried(move, case):
    move.vendor.v1, move.vendor.failures = [v1_client(5)], list(FAILURES[case])
    started = time.monotonic()
    assert counts(move.report("ninja", *ACME)) == (1, 0, 0, 0)
    assert time.monotonic() - started > (1 if case == "it asks for patience" else 0)


_NOTHING_BESIDE = [(404, {}, b"")]  # no groups are listed
GIVEN_UP = {
    "a bad key": ([(403, {}, b"{}")], "refuses the key (403)."),
    "a redirect": (
        [(302, {"Location": "http://evil.example"}, b"")],
        "redirects to http://evil.example; use that URL.",
    ),
    "no JSON": ([*_NOTHING_BESIDE, (200, {}, b"<html>")], "does not answer with JSON."),
    "no list": ([*_NOTHING_BESIDE, (200, {}, b'{"data": []}')], "does not answer with a list as documented."),
    "an odd list": (
        [*_NOTHING_BESIDE, (200, {}, b'{"data": [], "meta": {"pagination": {"total_pages": "x", "total": 1}}}')],
        "does not answer with a list as documented.",
    ),
    "failing on and on": ([(500, {}, b"")] * 9, "answers 500."),
}


@pytest.mark.parametrize("case", GIVEN_UP)
def test_a_source_that_cannot_be_read_ends_the_import_with_one_sentence(move, case):
    move.vendor.failures, sentence = list(GIVEN_UP[case][0]), GIVEN_UP[case][1]
    result = move.run("ninja", *ACME, "--retries", 1)
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.splitlines()[-1].startswith("Error: The system at http://127.0.0.1")
    assert result.stderr.splitlines()[-1].endswith(sentence)


def test_a_source_that_does_not_answer_is_reported(move):
    result = move.cli.run("import", "grow", "http://127.0.0.1:1", "--key", "k", "--retries", 0, *ACME)
    assert (result.exit_code, "does not answer" in result.stderr) == (1, True)


def test_requests_keep_the_given_rate(move):
    move.vendor.legacy = [legacy_client(number) for number in range(1, 202)]
    started = time.monotonic()
    result = move.cli.run("import", "grow", move.vendor.url, "--key", KEY, "--rate", 5, "--dry-run", *ACME)
    assert result.exit_code == 0
    assert len(move.vendor.asked) == 6  # contacts, notes, categories and three pages
    assert time.monotonic() - started > 1


def test_documents_are_limited_in_size_and_fetched_only_from_the_source(move):
    move.vendor.v1 = [
        v1_client(5, documents=[v1_document(60, PDF, url="http://evil.example/x", hash="../../etc/passwd")]),
        v1_client(6, documents=[v1_document(61, b"x" * 5000)]),
    ]
    move.vendor.files = {
        f"/api/v1/documents/{hashed(60)}/download": PDF,
        f"/api/v1/documents/{hashed(61)}/download": b"x" * 5000,
    }
    key = ("--token", KEY, "--rate", 0, *ACME)
    result = move.cli.run("import", "ninja", move.vendor.url, *key, GATEWAY_MAX_UPLOAD_BYTES="4000")
    assert "2 clients created" in result.stdout
    assert "1 document copied, 19 bytes." in result.stdout
    assert "Document 61 is larger than 4000 bytes." in result.stdout
    assert [len(each["documents"]) for each in move.shown("/api/v1/clients")[0]] == [1, 0]
    assert move.cli.run("check").exit_code == 0


@pytest.mark.parametrize("kind", ["ninja", "grow"])
@pytest.mark.parametrize("end", ["", "/", "/api", "/api/", "/api/v1", "/api/v1/", "/API/V1//", "/api/v1/clients"])
def test_a_source_may_be_named_by_the_address_of_its_api(move, kind, end):
    move.vendor.v1 = [v1_client(1)]
    move.vendor.legacy = [legacy_client(1)]
    key = ("--key", KEY) if kind == "grow" else ("--token", KEY)
    words = ("import", kind, move.vendor.url + end, *key, "--rate", 0, *ACME)
    assert move.cli(*words).startswith("1 client created, 0 updated, 0 unchanged.")
