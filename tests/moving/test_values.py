"""Values of a source that the register cannot store: they are named in the report, and never cause an error."""

from typing import Any

import pytest

from tests.moving.conftest import counts
from tests.moving.vendor import hashed, legacy_client, v1_client

ACME = ("--company", "Acme")

# A change to the documented client of /api/v1, and the key and the reason in the report; None if it is valid.
V1_VALUES = {
    "as documented": ({}, None, None),
    "a name that is a number": ({"name": 42}, None, None),
    "null for text": ({"city": None}, None, None),
    "a name that is an object": ({"name": {"a": 1}}, "name", "must be a string"),
    "a name that is too long": ({"name": "x" * 256}, "name", "longer than 255 characters"),
    "text with NUL": ({"city": "a\0b"}, "city", "cannot be stored"),
    "an unknown country": ({"country_id": "999"}, "country_id", "is invalid"),
    "an unknown currency": ({"settings": {"currency_id": "9999"}}, "settings", "the currency is not known"),
    "a balance in words": ({"balance": "much"}, "balance", "must be a number"),
    "an endless balance": ({"balance": 1e300}, "balance", "must not be greater than"),
    "a moment in words": ({"created_at": "yesterday"}, "created_at", "Unix timestamp"),
    "a moment before all": ({"created_at": -5}, "created_at", "out of range"),
    "a moment too far": ({"updated_at": 10**15}, "updated_at", "out of range"),
    "a team user who is not here": ({"user_id": hashed(77)}, "user_id", "no team user"),
    "somebody else's team user": ({"assigned_user_id": hashed(1)}, "assigned_user_id", "no team user"),
    "a gateway token that is archived": (
        {"gateway_tokens": [{"id": hashed(3), "archived_at": 7}]},
        "gateway_tokens.archived_at",
        "not archived",
    ),
    "an unknown key": ({"nonsense": "123"}, "nonsense", "there is no field of this name"),
    "invalid contacts": ({"contacts": "nobody"}, "contacts", "must be an array"),
    "an invalid contact": ({"contacts": [7]}, "contacts", "it is not an object"),
    "a contact's bad email": ({"contacts": [{"id": hashed(2), "email": "nobody"}]}, "contacts.email", "valid email"),
    "a contact's password": ({"contacts": [{"password": "**********"}]}, "contacts.password", "cannot be read"),
    "a contact's long key": ({"contacts": [{"contact_key": "k" * 41}]}, "contacts.contact_key", "longer than 40"),
    "a document without bytes": (
        {"documents": [{"id": hashed(3), "name": "a"}]},
        "documents",
        "could not be downloaded",
    ),
    "invalid meta of a token": (
        {"gateway_tokens": [{"id": hashed(4), "meta": "x"}]},
        "gateway_tokens.meta",
        "must be an array",
    ),
}


def named(report: dict[str, Any], client_id: int) -> list[tuple[str, str]]:
    """Return the keys and reasons that a report gives for values of one client."""
    found = [(each, [example["id"] for example in each["examples"]]) for each in report["misfits"]]
    return [(each["key"], each["why"]) for each, ids in found if client_id in ids]


@pytest.fixture(scope="module")
def of_v1(move_once) -> dict[str, Any]:
    """Return the report on one client for each case; the first one has the id 101."""
    told = [v1_client(number, **changes) for number, (changes, *_) in enumerate(V1_VALUES.values(), 101)]
    move_once.vendor.v1 = told
    report = move_once.report("ninja", *ACME)
    assert counts(report) == (len(V1_VALUES), 0, 0, 0)
    return report


@pytest.mark.parametrize("case", V1_VALUES)
def test_an_invalid_value_of_v1_is_left_out_and_reported(of_v1, case):
    _, key, words = V1_VALUES[case]
    found = named(of_v1, 101 + list(V1_VALUES).index(case))
    assert [each for each, _ in found] == ([key] if key else [])
    assert all(words in why for _, why in found)


LEGACY_VALUES = {
    "as documented": ({}, None),
    "nothing but an id": ({key: None for key in legacy_client(5) if key != "id"}, "status"),
    "an unknown status": ({"status": "asleep"}, "status"),
    "days in words": ({"billing": {"invoice_due_days": "soon"}}, "billing.invoice_due_days"),
    "an unknown key of an address": ({"billing": {"county": "Kent"}}, "billing.county"),
    "an invalid address": ({"billing": "somewhere"}, "billing"),
    "invalid tags": ({"tags": "vip"}, "tags"),
    "an owner without a name": ({"owner": {"id": 10, "name": None}}, None),
    "no owner": ({"owner": None}, None),
    "a street of two long lines": ({"shipping": {"street": f"{'a' * 200}, {'b' * 200}"}}, None),
    "a street of one long line": ({"shipping": {"street": "a" * 300}}, "shipping.street"),
}


@pytest.fixture(scope="module")
def of_api(move_once) -> dict[str, Any]:
    """Return the report on one client for each case; the first one has the id 1001."""
    told = [legacy_client(number, **changes) for number, (changes, _) in enumerate(LEGACY_VALUES.values(), 1001)]
    move_once.vendor.legacy = told
    report = move_once.report("grow", *ACME)
    assert counts(report) == (len(LEGACY_VALUES), 0, 0, 0)
    return report


@pytest.mark.parametrize("case", LEGACY_VALUES)
def test_an_invalid_value_of_api_is_left_out_and_reported(of_api, case):
    found = named(of_api, 1001 + list(LEGACY_VALUES).index(case))
    _, key = LEGACY_VALUES[case]
    assert [each for each, _ in found] == ([key] if key else [])


REFUSED = {
    "no object": ("client", "has no readable id"),
    "no id": ({"name": "Acme"}, "has no readable id"),
    "an id that is not a hash": (v1_client(5, id="!!"), "has no readable id"),
    "an id beyond all": (v1_client(2**45), "the id is out of range"),
    "a contact's id twice": (v1_client(5, contacts=[{"id": hashed(7)}, {"id": hashed(7)}]), "is used twice"),
    "another client's number": (v1_client(5, number="0001"), "another client has this number"),
    "another client's contact": (v1_client(5, contacts=[{"id": hashed(2)}]), "another record has this id"),
    "another contact's key": (v1_client(5, contacts=[{"id": hashed(9), "contact_key": "key1"}]), "has this key"),
    "another client's id": (v1_client(1, client_hash="other"), "another client of this company has this id"),
    "a client made at another time": (v1_client(1, created_at=1), "another client of this company has this id"),
}


def test_a_client_that_cannot_be_imported_is_refused_and_nothing_is_overwritten(move):
    move.vendor.v1 = [v1_client(1)]
    assert counts(move.report("ninja", *ACME)) == (1, 0, 0, 0)
    before = move.shown("/api/v1/clients")
    move.vendor.v1 = [told for told, _ in REFUSED.values()] + [v1_client(6)]
    report = move.report("ninja", *ACME, status=3)
    assert counts(report) == (1, 0, 0, len(REFUSED))
    for (case, (_, words)), refused in zip(REFUSED.items(), report["refusals"], strict=True):
        assert words in refused["why"][-1]["why"], case
    assert move.shown("/api/v1/clients")[0][:1] == before[0]


def test_ids_of_another_company_are_refused(move):
    move.vendor.v1 = [v1_client(5)]
    move.report("ninja", "--company", "Globex")
    for told in (
        v1_client(5),
        v1_client(6, contacts=[{"id": hashed(10)}]),
        v1_client(7, contacts=[{"contact_key": "key5"}]),
    ):
        move.vendor.v1 = [told]
        report = move.report("ninja", *ACME, status=3)
        assert report["refusals"][0]["why"][0]["why"].startswith("another record has this")
    move.vendor.v1 = [v1_client(5)]
    assert counts(move.report("ninja", "--company", "Globex")) == (0, 0, 1, 0)


def test_a_reference_that_another_client_has_is_left_out(move):
    move.vendor.v1 = [v1_client(1, id_number="R-1"), v1_client(2, id_number="R-1")]
    report = move.report("ninja", *ACME)
    assert (report["created"], report["misfits"][0]["key"]) == (2, "id_number")


def test_the_text_report_names_invalid_values(move):
    move.vendor.v1 = [v1_client(5, country_id="999", nonsense="\x1b[31mred"), v1_client(2**45)]
    result = move.cli.run("import", "ninja", move.vendor.url, "--token", "a-key-of-the-source", *ACME)
    assert result.exit_code == 3
    assert "1 client created, 0 updated, 0 unchanged." in result.stdout
    assert f"  client {2**45}: id {2**45}: the id is out of range" in result.stdout
    assert "  country_id: 1 time, The selected country id is invalid. For example '999' of client 5." in result.stdout
    assert "\x1b" not in result.stdout
