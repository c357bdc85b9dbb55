"""One register, two views: every row of the mapping table in both directions, without loss."""

from functools import reduce

import pytest

from core.clients import categories
from tests.drivers import HASHIDS
from tests.register.arranging import number_of, register, upload

# The key in requests to /api, the key in its answers, the key of /api/v1, and the same value in each of them.
ROWS = [
    ("client_company_name", "company_name", "name", "Acme Inc", "Acme Inc"),
    ("client_company_name", "company_name", "name", "Größe & Söhne 株式会社", "Größe & Söhne 株式会社"),
    ("client_description", "description", "private_notes", "Key account.\nTwo lines", "Key account.\nTwo lines"),
    ("client_phone", "phone", "phone", "+1 555 0100", "+1 555 0100"),
    ("client_website", "website", "website", "https://acme.example", "https://acme.example"),
    ("client_vat", "vat", "vat_number", "GB123456789", "GB123456789"),
    ("client_billing_street", "billing.street", "address1", "1 Market St", "1 Market St"),
    ("client_billing_city", "billing.city", "city", "San Francisco", "San Francisco"),
    ("client_billing_state", "billing.state", "state", "CA", "CA"),
    ("client_billing_zip", "billing.zip", "postal_code", "94105", "94105"),
    ("client_billing_country", "billing.country", "country_id", "United States", "840"),
    ("client_billing_country", "billing.country", "country_id", "Albania", "8"),
    ("client_billing_invoice_due_days", "billing.invoice_due_days", "settings.payment_terms", "7", "7"),
    ("client_billing_invoice_due_days", "billing.invoice_due_days", "settings.payment_terms", "0", "0"),
]

# Keys of /api/v1 that /api does not have.
ONLY_V1 = {
    "address1": "1 Market St",
    "address2": "Floor 2",
    "public_notes": "For all to see",
    "id_number": "ID-7",
    "number": "N-7",
    "industry_id": "3",
    "size_id": "2",
    **{f"custom_value{n}": f"value {n}" for n in range(1, 5)},
    "shipping_address1": "9 Dock Rd",
    "shipping_address2": "Gate B",
    "shipping_city": "Oakland",
    "shipping_state": "CA",
    "shipping_postal_code": "94607",
    "shipping_country_id": "124",
    "settings": {"currency_id": "3", "payment_terms": 30, "send_reminders": True, "invoice_terms": "Net"},
    "contacts": [
        {
            "first_name": "Ann",
            "email": "ann@two-views.example",
            "phone": "1",
            "custom_value1": "c",
            "send_email": False,
        },
        {"first_name": "Bob", "email": "bob@two-views.example", "password": "Abcdef1"},
    ],
}

UNRELATED = ["one other field", "the whole object as read"]


def at(view, path):
    return reduce(lambda part, key: part[key], path.split("."), view)


def nested(path, value):
    return reduce(lambda inner, key: {key: inner}, reversed(path.split(".")), value)


def but_time(view):
    """The view without the time of the last change."""
    dates = {"dates": view["dates"] | {"updated": None}} if "dates" in view else {"updated_at": None}
    return view | dates


def as_read_by_legacy(view):
    """Return the present values of everything that /api shows and accepts."""
    return {
        "client_company_name": view["company_name"],
        "client_description": view["description"],
        "client_phone": view["phone"],
        "client_website": view["website"],
        "client_vat": view["vat"],
        "client_categoryid": view["category"]["id"],
        **{f"client_billing_{key}": value for key, value in view["billing"].items()},
    }


def write_something_else_through_v1(company, client_id, how):
    path = f"/clients/{company.v1_of(client_id)}"
    whole = company.v1_view(company.v1_of(client_id)) if how == UNRELATED[1] else {}
    answer = company.v1.put(path, json=whole | {"public_notes": "unrelated"})
    assert answer.json()["data"]["public_notes"] == "unrelated", answer.text


def write_something_else_through_legacy(company, client_id, how):
    view = company.legacy_view(client_id)
    body = as_read_by_legacy(view) if how == UNRELATED[1] else {"client_company_name": view["company_name"]}
    answer = company.api.patch(f"/clients/{client_id}", json=body | {"client_description": "unrelated"})
    assert answer.json()["data"]["description"] == "unrelated", answer.text


@pytest.mark.parametrize("unrelated", UNRELATED)
@pytest.mark.parametrize(("sent", "legacy_key", "v1_key", "legacy_value", "v1_value"), ROWS)
def test_v1_shows_and_keeps_what_api_writes(shared, sent, legacy_key, v1_key, legacy_value, v1_value, unrelated):
    made = shared.new_legacy(**{sent: legacy_value})
    assert at(made, legacy_key) == legacy_value
    assert at(shared.v1_view(shared.v1_of(made["id"])), v1_key) == v1_value
    write_something_else_through_v1(shared, made["id"], unrelated)
    assert but_time(shared.legacy_view(made["id"])) == but_time(made)


@pytest.mark.parametrize("unrelated", UNRELATED)
@pytest.mark.parametrize(("_sent", "legacy_key", "v1_key", "legacy_value", "v1_value"), ROWS)
def test_api_shows_and_keeps_what_v1_writes(shared, _sent, legacy_key, v1_key, legacy_value, v1_value, unrelated):
    made = shared.new_v1(name="Before", private_notes="unrelated")
    body = nested(v1_key, v1_value) | ({} if v1_key == "private_notes" else {"private_notes": "unrelated"})
    written = shared.v1.put(f"/clients/{made['id']}", json=body).json()["data"]
    assert at(written, v1_key) == v1_value
    assert at(shared.legacy_view(number_of(made)), legacy_key) == legacy_value
    write_something_else_through_legacy(shared, number_of(made), unrelated)
    assert but_time(shared.v1_view(made["id"])) == but_time(written | {"private_notes": "unrelated"})


@pytest.mark.parametrize("unrelated", UNRELATED)
def test_fields_that_only_v1_has_survive_a_write_through_api(company, unrelated):
    made = company.new_v1(name="Acme", private_notes="unrelated", **ONLY_V1)
    for key, value in ONLY_V1.items():
        if key not in ("contacts", "settings"):
            assert made[key] == value
    assert made["settings"] == {"entity": "App\\Models\\Client"} | ONLY_V1["settings"]
    write_something_else_through_legacy(company, number_of(made), unrelated)
    assert but_time(company.v1_view(made["id"])) == but_time(made)


def test_fields_that_only_api_has_survive_every_write_of_v1(company):
    gold = register(company, categories.add, "Gold")
    made = company.new_legacy(client_billing_country="Ruritania", tags=["b", "a"], client_categoryid=gold)
    hashed_id = company.v1_of(made["id"])
    kept = company.legacy_view(made["id"])
    acts = [
        lambda: company.v1.put(f"/clients/{hashed_id}", json={"city": "Strelsau"}),
        lambda: company.v1.put(f"/clients/{hashed_id}", json=company.v1_view(hashed_id)),
        lambda: company.v1.put(f"/clients/{hashed_id}", json={"contacts": [{"first_name": "New"}], "city": ""}),
        lambda: upload(company, hashed_id, ("a.txt", b"a")),
        lambda: company.v1.delete(f"/clients/{hashed_id}"),
        lambda: company.v1.post("/clients/bulk", json={"action": "restore", "ids": [hashed_id]}),
    ]
    for act in acts:
        assert act().status_code == 200
    seen = company.legacy_view(made["id"])
    assert (seen["tags"], seen["category"]) == (["b", "a"], {"id": gold, "name": "Gold"})
    assert seen["billing"] == kept["billing"]
    assert seen["owner"]["name"] == "New"


def test_the_id_is_the_same_number(shared):
    made = shared.new_legacy()
    assert HASHIDS.decode(shared.v1_view(shared.v1_of(made["id"]))["id"]) == (made["id"],)


# -- the street -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("line1", "line2", "street"),
    [
        ("1 Market St", "Floor 2", "1 Market St, Floor 2"),
        ("1 Market St", "", "1 Market St"),
        ("", "Floor 2", "Floor 2"),
        ("1 Market St, Rear", "Floor 2", "1 Market St, Rear, Floor 2"),
        ("", "", None),
    ],
)
def test_the_street_joins_both_lines_and_writing_it_back_changes_nothing(shared, line1, line2, street):
    lines = {"address1": line1, "address2": line2, "shipping_address1": line1, "shipping_address2": line2}
    made = shared.new_v1(name="Acme", **lines)
    seen = shared.legacy_view(number_of(made))
    assert (seen["billing"]["street"], seen["shipping"]["street"]) == (street, street)
    body = {"client_company_name": "Acme", "client_billing_street": street}
    assert shared.api.patch(f"/clients/{number_of(made)}", json=body).status_code == 200
    assert lines.items() <= shared.v1_view(made["id"]).items()


def test_another_street_replaces_both_lines(shared):
    made = shared.new_v1(name="Acme", address1="1 Market St", address2="Floor 2")
    body = {"client_company_name": "Acme", "client_billing_street": "5 New Rd"}
    assert shared.api.patch(f"/clients/{number_of(made)}", json=body).json()["data"]["billing"]["street"] == "5 New Rd"
    seen = shared.v1_view(made["id"])
    assert (seen["address1"], seen["address2"]) == ("5 New Rd", "")


def test_the_shipping_address_is_read_only_in_api(shared):
    made = shared.new_v1(name="Acme", shipping_city="Oakland", shipping_country_id=124)
    body = {"client_company_name": "Acme", "client_shipping_city": "x", "shipping": {"city": "x", "country": "France"}}
    seen = shared.api.patch(f"/clients/{number_of(made)}", json=body).json()["data"]["shipping"]
    assert seen == {"street": None, "city": "Oakland", "state": None, "zip": None, "country": "Canada"}
