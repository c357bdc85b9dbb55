"""One register, two views: values that the two dialects write differently."""

from datetime import datetime

import pytest

from core.clients import categories
from tests.drivers import HASHIDS
from tests.register.arranging import UNKNOWN, number_of, register

NULLS_OF_API = ["description", "phone", "website", "vat"]
BILLING = ["street", "city", "state", "zip", "country", "invoice_due_days"]
EMPTY_IN_V1 = [
    "name",
    "website",
    "private_notes",
    "public_notes",
    "group_settings_id",
    "size_id",
    "industry_id",
    "address1",
    "address2",
    "phone",
    "city",
    "state",
    "postal_code",
    "country_id",
    "custom_value1",
    "custom_value2",
    "custom_value3",
    "custom_value4",
    "shipping_address1",
    "shipping_address2",
    "shipping_city",
    "shipping_state",
    "shipping_postal_code",
    "shipping_country_id",
    "vat_number",
    "id_number",
    "assigned_user_id",
    "display_name",
]


def put(company, hashed_id, **body):
    answer = company.v1.put(f"/clients/{hashed_id}", json=body)
    assert answer.status_code == 200, answer.text
    return answer.json()["data"]


def patch(company, client_id, **body):
    answer = company.api.patch(f"/clients/{client_id}", json={"client_company_name": "Acme"} | body)
    assert answer.status_code == 200, answer.text
    return answer.json()["data"]


# -- countries --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("written", "number", "shown"),
    [
        ("United States", "840", "United States"),
        ("US", "840", "United States"),
        ("usa", "840", "United States"),
        ("DEU", "276", "Germany"),
        ("Germany", "276", "Germany"),
        ("AF", "4", "Afghanistan"),
    ],
)
def test_a_known_country_name_or_code_resolves(shared, written, number, shown):
    made = shared.new_legacy(client_billing_country=written)
    assert made["billing"]["country"] == shown
    assert shared.v1_view(shared.v1_of(made["id"]))["country_id"] == number


@pytest.mark.parametrize(
    ("body", "shown"),
    [
        ({"country_id": "840"}, "United States"),
        ({"country_id": 8}, "Albania"),
        ({"country_id": "008"}, "Albania"),
        ({"country_code": "DE"}, "Germany"),
        ({"country_code": "deu"}, "Germany"),
        ({"country_id": ""}, None),
        ({"country_id": None}, None),
    ],
)
def test_a_country_number_or_code_of_v1_is_a_name_in_api(shared, body, shown):
    made = shared.new_v1(**body)
    assert shared.legacy_view(number_of(made))["billing"]["country"] == shown


@pytest.mark.parametrize("text", ["Ruritania", "United  Statesia", "999", "Ländle"])
def test_unknown_country_text_is_kept_verbatim_and_empty_in_v1(shared, text):
    made = shared.new_legacy(client_billing_country=text)
    hashed_id = shared.v1_of(made["id"])
    seen = shared.v1_view(hashed_id)
    assert (made["billing"]["country"], seen["country_id"]) == (text, "")
    put(shared, hashed_id, **seen)
    assert shared.legacy_view(made["id"])["billing"]["country"] == text
    put(shared, hashed_id, country_id="276")
    assert shared.legacy_view(made["id"])["billing"]["country"] == "Germany"


@pytest.mark.parametrize("key", ["country_id", "shipping_country_id", "country_code", "shipping_country_code"])
def test_an_unknown_country_is_refused_in_v1(shared, key):
    answer = shared.v1.post("/clients", json={key: "999"})
    assert (answer.status_code, list(answer.json()["errors"])) == (422, [key])


def test_a_country_can_be_cleared_through_either_dialect(shared):
    made = shared.new_legacy(client_billing_country="Germany")
    hashed_id = shared.v1_of(made["id"])
    put(shared, hashed_id, country_id="")
    assert shared.legacy_view(made["id"])["billing"]["country"] is None
    put(shared, hashed_id, country_id="276")
    patch(shared, made["id"], client_billing_country="")
    assert shared.v1_view(hashed_id)["country_id"] == ""


# -- payment terms ----------------------------------------------------------------------------------------------------


def test_payment_terms_and_due_days_are_one_value(shared):
    made = shared.new_v1(name="Acme", settings={"payment_terms": 30, "note": "x"})
    assert made["settings"]["payment_terms"] == 30
    assert shared.legacy_view(number_of(made))["billing"]["invoice_due_days"] == "30"
    patch(shared, number_of(made), client_billing_invoice_due_days="30")
    assert shared.v1_view(made["id"])["settings"] == made["settings"]  # as read: the number stays a number
    patch(shared, number_of(made), client_billing_invoice_due_days=14)
    assert shared.v1_view(made["id"])["settings"] == made["settings"] | {"payment_terms": "14"}
    patch(shared, number_of(made), client_billing_invoice_due_days=None)
    seen = shared.v1_view(made["id"])["settings"]
    assert seen.get("payment_terms", "") == ""
    assert seen["note"] == "x"


def test_settings_always_carry_entity_and_currency(shared):
    made = shared.new_legacy()
    hashed_id = shared.v1_of(made["id"])
    assert shared.v1_view(hashed_id)["settings"] == {"entity": "App\\Models\\Client", "currency_id": "1"}
    assert put(shared, hashed_id, settings={"currency_id": "2"})["settings"]["currency_id"] == "2"
    answer = shared.v1.put(f"/clients/{hashed_id}", json={"settings": {"currency_id": "99999"}})
    assert (answer.status_code, list(answer.json()["errors"])) == (422, ["settings.currency_id"])


# -- categories -------------------------------------------------------------------------------------------------------


def test_every_category_except_the_default_one_is_a_group(company):
    gold = register(company, categories.add, "Gold")
    made = company.new_legacy(client_company_name="Acme")
    hashed_id, default = company.v1_of(made["id"]), made["category"]
    assert company.v1_view(hashed_id)["group_settings_id"] == ""
    patch(company, made["id"], client_categoryid=gold)
    assert company.v1_view(hashed_id)["group_settings_id"] == HASHIDS.encode(gold)
    put(company, hashed_id, group_settings_id="")
    assert company.legacy_view(made["id"])["category"] == default
    put(company, hashed_id, group_settings_id=HASHIDS.encode(gold))
    assert company.legacy_view(made["id"])["category"] == {"id": gold, "name": "Gold"}
    assert put(company, hashed_id, group_settings_id=HASHIDS.encode(default["id"]))["group_settings_id"] == ""


def test_an_unknown_category_is_refused_by_both(shared):
    made = shared.new_legacy(client_company_name="Acme")
    answer = shared.api.patch(f"/clients/{made['id']}", json={"client_company_name": "x", "client_categoryid": UNKNOWN})
    assert (answer.status_code, list(answer.json()["errors"])) == (422, ["client_categoryid"])
    for unknown in (HASHIDS.encode(UNKNOWN), "nonsense"):
        answer = shared.v1.put(f"/clients/{shared.v1_of(made['id'])}", json={"group_settings_id": unknown})
        assert (answer.status_code, list(answer.json()["errors"])) == (422, ["group_settings_id"])
    assert shared.legacy_view(made["id"]) == made


# -- empty text, names, times -----------------------------------------------------------------------------------------


def test_empty_text_is_null_in_api_and_an_empty_string_in_v1(shared):
    made = shared.new_v1()
    seen = shared.legacy_view(number_of(made))
    assert {key: seen[key] for key in NULLS_OF_API} == dict.fromkeys(NULLS_OF_API)
    assert seen["billing"] == dict.fromkeys(BILLING)
    assert seen["shipping"] == dict.fromkeys(BILLING[:-1])
    assert {key: made[key] for key in EMPTY_IN_V1} == dict.fromkeys(EMPTY_IN_V1, "")
    assert "null" not in shared.v1.get(f"/clients/{made['id']}").text


@pytest.mark.parametrize("empty", [None, ""])
def test_text_is_cleared_through_either_dialect_by_null_and_by_empty_text(shared, empty):
    made = shared.new_legacy(client_phone="1", client_vat="2")
    hashed_id = shared.v1_of(made["id"])
    assert patch(shared, made["id"], client_phone=empty)["phone"] is None
    assert shared.v1_view(hashed_id)["phone"] == ""
    assert put(shared, hashed_id, vat_number=empty)["vat_number"] == ""
    assert shared.legacy_view(made["id"])["vat"] is None


@pytest.mark.parametrize(
    ("contact", "shown"),
    [
        ({"first_name": "Jane", "last_name": "Doe", "email": "jane@names.example"}, "Jane Doe"),
        ({"last_name": "Doe"}, "Doe"),
        ({"email": "only@names.example"}, "only@names.example"),
        ({}, ""),
    ],
)
def test_a_client_without_a_name_is_shown_under_its_primary_contacts_name_or_email(shared, contact, shown):
    made = shared.new_v1(contacts=[contact])
    assert (made["name"], made["display_name"]) == ("", shown)
    seen = shared.legacy_view(number_of(made))
    assert (seen["company_name"], seen["owner"]["name"]) == (shown or None, shown)
    if shown:
        shared.api.patch(f"/clients/{number_of(made)}", json={"client_company_name": shown})
        assert shared.v1_view(made["id"])["name"] == ""  # as read: the name is still nobody's own


def test_the_shown_name_follows_the_primary_contact(shared):
    made = shared.new_v1(contacts=[{"first_name": "Ann"}, {"first_name": "Bob"}])
    ann, bob = made["contacts"]
    items = [ann | {"is_primary": False}, bob | {"is_primary": True, "first_name": "Bert"}]
    assert put(shared, made["id"], contacts=items)["display_name"] == "Bert"
    assert shared.legacy_view(number_of(made))["company_name"] == "Bert"
    shared.api.put(f"/clients/{number_of(made)}/owner", json={"owner": number_of(ann)})
    assert shared.v1_view(made["id"])["display_name"] == "Ann"
    assert put(shared, made["id"], name="Acme")["display_name"] == "Acme"


def test_both_dialects_show_the_same_times(shared):
    made = shared.new_legacy()
    seen = shared.v1_view(shared.v1_of(made["id"]))
    for legacy, v1 in (("created", "created_at"), ("updated", "updated_at")):
        timestamp = datetime.strptime(made["dates"][legacy], "%Y-%m-%dT%H:%M:%S.%f%z")
        assert int(timestamp.timestamp()) == seen[v1]
    put(shared, seen["id"], phone="1")
    dates = shared.legacy_view(made["id"])["dates"]
    assert dates["created"] == made["dates"]["created"]
    assert dates["updated"] > made["dates"]["updated"]
