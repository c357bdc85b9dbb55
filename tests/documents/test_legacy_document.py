"""Every request of /api's document, with the bodies that its curl and PHP examples send."""

import pytest

from core.access import companies
from core.clients import categories
from dialects.legacy.example_records import CLIENT
from tests.documents.shapes import differences

FORM = {"Content-Type": "application/x-www-form-urlencoded"}

# name, method, path, body as curl sends it, body as PHP's http_build_query sends it, status, message
REQUESTS = [
    ("list", "GET", "/clients?status=active&limit=25", None, None, 200, "Clients retrieved successfully."),
    ("get", "GET", "/clients/{id}", None, None, 200, "Client retrieved successfully."),
    (
        "create",
        "POST",
        "/clients",
        "first_name=Jane&last_name=Doe&email=new@acme.example&client_company_name=Acme Inc"
        "&client_categoryid={category}",
        "first_name=Jane&last_name=Doe&email=new%40acme.example&client_company_name=Acme+Inc"
        "&client_categoryid={category}",
        201,
        "Client created successfully.",
    ),
    (
        "update",
        "PATCH",
        "/clients/{id}",
        "client_company_name=Acme Incorporated&client_categoryid={category}",
        "client_company_name=Acme+Incorporated&client_categoryid={category}",
        200,
        "Client updated successfully.",
    ),
    (
        "tags",
        "PUT",
        "/clients/{id}/tags",
        "tags[]=priority&tags[]=retainer",
        "tags%5B0%5D=priority&tags%5B1%5D=retainer",
        200,
        "Client tags updated successfully.",
    ),
    ("status", "PUT", "/clients/{id}/status", "status=suspended", "status=suspended", 200,
     "Client status updated successfully."),
    ("owner", "PUT", "/clients/{id}/owner", "owner={owner}", "owner={owner}", 200,
     "Client account owner updated successfully."),
    ("delete", "DELETE", "/clients/{id}", None, None, 200, "Client deleted successfully."),
]  # fmt: skip


@pytest.fixture
def ids(company):
    made = company.new_legacy(client_company_name="Acme Inc", tags=["priority", "retainer"])

    def standard(connection):
        return categories.add(connection, companies.find(connection, company.name), "Standard")

    return {"id": made["id"], "owner": made["owner"]["id"], "category": company.server.database.write_now(standard)}


@pytest.mark.parametrize("client_of", ["curl", "php"])
@pytest.mark.parametrize(("name", "method", "path", "curl", "php", "status", "message"), REQUESTS)
def test_each_request_of_the_document_gets_the_documented_answer(
    company, ids, client_of, name, method, path, curl, php, status, message
):
    body = curl if client_of == "curl" else php
    content = body.format(**ids).encode() if body else None
    answer = company.api.request(method, path.format(**ids), content=content, headers=FORM if body else None)

    assert (answer.status_code, answer.json()["message"]) == (status, message)
    data = answer.json()["data"]
    if name == "delete":
        assert answer.json() == {"data": {"id": ids["id"]}, "message": message}
    elif name == "list":
        assert answer.json()["meta"] == {"current_page": 1, "per_page": 25, "total": 1, "last_page": 1}
        assert differences(data, [CLIENT]) == []
    else:
        assert differences(data, CLIENT) == []


@pytest.mark.parametrize(
    ("name", "path", "value"),
    [
        ("create", "company_name", "Acme Inc"),
        ("create", "category", {"id": "{category}", "name": "Standard"}),
        ("update", "company_name", "Acme Incorporated"),
        ("tags", "tags", ["priority", "retainer"]),
        ("status", "status", "suspended"),
    ],
)
def test_the_answer_shows_what_the_request_has_set(company, ids, name, path, value):
    method, url, body = next((r[1], r[2], r[3]) for r in REQUESTS if r[0] == name)
    answer = company.api.request(method, url.format(**ids), content=body.format(**ids).encode(), headers=FORM)
    if isinstance(value, dict):
        value = value | {"id": ids["category"]}
    assert answer.json()["data"][path] == value


def test_the_error_example_names_both_fields_at_once(company):
    company.new_legacy(email="taken@acme.example")
    answer = company.api.post("/clients", data={"last_name": "Doe", "email": "taken@acme.example"})
    assert answer.status_code == 422
    assert answer.json() == {
        "message": "The given data was invalid.",
        "errors": {
            "email": ["The email has already been taken."],
            "first_name": ["The first name field is required."],
        },
    }


@pytest.mark.parametrize(("method", "path"), [(r[1], r[2]) for r in REQUESTS if "{id}" in r[2]])
def test_an_unknown_client_is_a_404(company, method, path):
    answer = company.api.request(method, path.format(id=999_999))
    assert (answer.status_code, list(answer.json())) == (404, ["message"])


BODY = {
    "client_company_name": ("Acme Inc", "company_name", "name", "Acme Inc"),
    "client_description": ("Key account.", "description", "private_notes", "Key account."),
    "client_phone": ("+1 555 0100", "phone", "phone", "+1 555 0100"),
    "client_website": ("https://acme.example", "website", "website", "https://acme.example"),
    "client_vat": ("GB123456789", "vat", "vat_number", "GB123456789"),
    "client_billing_street": ("1 Market St", "billing.street", "address1", "1 Market St"),
    "client_billing_city": ("San Francisco", "billing.city", "city", "San Francisco"),
    "client_billing_state": ("CA", "billing.state", "state", "CA"),
    "client_billing_zip": ("94105", "billing.zip", "postal_code", "94105"),
    "client_billing_country": ("United States", "billing.country", "country_id", "840"),
    "client_billing_invoice_due_days": ("7", "billing.invoice_due_days", "settings.payment_terms", "7"),
}


@pytest.mark.parametrize("verb", ["create", "update"])
@pytest.mark.parametrize(("key", "sent", "own", "other", "there"), [(key, *row) for key, row in BODY.items()])
def test_every_body_parameter_shows_in_both_dialects(company, hashed, verb, key, sent, own, other, there):
    if verb == "create":
        client_id = company.new_legacy(**{key: sent})["id"]
    else:
        client_id = company.new_legacy()["id"]
        given = {"client_company_name": "Acme Inc", key: sent}
        assert company.api.patch(f"/clients/{client_id}", data=given).status_code == 200
    assert _at(company.legacy_view(client_id), own) == sent
    assert _at(company.v1_view(hashed.encode(client_id)), other) == there


def _at(tree, path):
    for step in path.split("."):
        tree = tree[step]
    return tree
