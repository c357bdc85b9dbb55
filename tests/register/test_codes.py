"""`currency_code` and `language_code` of /api/v1, which stand for the numbers in settings; and those numbers."""

import pytest

from tests.register.arranging import number_of

GIVEN = [
    ({"currency_code": "EUR"}, {"currency_id": "3"}),
    ({"currency_code": " gbp "}, {"currency_id": "2"}),
    ({"language_code": "de"}, {"language_id": "3"}),
    ({"language_code": "pt_BR"}, {"language_id": "5"}),
    ({"language_code": "PT-br"}, {"language_id": "5"}),
    ({"currency_code": "CHF", "language_code": "it"}, {"currency_id": "17", "language_id": "2"}),
    ({"currency_code": "EUR", "settings": {"currency_id": "2"}}, {"currency_id": "2"}),
    ({"currency_code": "EUR", "settings": {"currency_id": ""}}, {"currency_id": "3"}),
    ({"currency_code": "EUR", "settings": {"payment_terms": "7"}}, {"currency_id": "3", "payment_terms": "7"}),
    ({"settings": {"language_id": 3}}, {"language_id": "3"}),
    ({"settings": {"language_id": None}}, {}),
    ({"currency_code": "", "language_code": None}, {}),
]
REFUSED = [
    ({"currency_code": "ZZZ"}, "currency_code"),
    ({"currency_code": 3}, "currency_code"),
    ({"currency_code": ["EUR"]}, "currency_code"),
    ({"language_code": "klingon"}, "language_code"),
    ({"settings": {"language_id": "999"}}, "settings.language_id"),
    ({"settings": {"language_id": {"a": 1}}}, "settings.language_id"),
    ({"settings": {"currency_id": "999"}}, "settings.currency_id"),
]


@pytest.mark.parametrize("verb", ["create", "update"])
@pytest.mark.parametrize(("sent", "expected"), GIVEN)
def test_a_code_sets_the_number_in_settings(company, verb, sent, expected):
    made = company.new_v1(**(sent if verb == "create" else {}))
    if verb == "update":
        made = company.v1.put(f"/clients/{made['id']}", json=sent).json()["data"]
    assert made["settings"] == {"entity": "App\\Models\\Client", "currency_id": "1"} | expected
    assert not {"currency_code", "language_code"} & set(made)


@pytest.mark.parametrize("verb", ["create", "update"])
@pytest.mark.parametrize(("sent", "key"), REFUSED)
@pytest.mark.engines("sqlite")
def test_an_unknown_code_or_number_is_refused_by_its_key(company, verb, sent, key):
    path = "/clients" if verb == "create" else f"/clients/{company.new_v1()['id']}"
    answer = company.v1.request("POST" if verb == "create" else "PUT", path, json=sent)
    assert (answer.status_code, list(answer.json()["errors"])) == (422, [key])


def test_codes_are_read_from_forms_and_keep_other_settings(company):
    made = company.new_v1(settings={"payment_terms": "7", "language_id": "2"})
    answer = company.v1.put(f"/clients/{made['id']}", data={"currency_code": "EUR"}).json()["data"]
    assert answer["settings"] == made["settings"] | {"currency_id": "3"}
    assert company.legacy_view(number_of(made))["billing"]["invoice_due_days"] == "7"
