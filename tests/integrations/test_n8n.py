"""n8n's Invoice Ninja node and its trigger, from the npm registry."""

from datetime import UTC, datetime, timedelta

import pytest

ADDRESS = {
    "streetAddress": "1 Market St",
    "aptSuite": "Suite 2",
    "city": "San Francisco",
    "state": "CA",
    "postalCode": "94105",
    "countryCode": "840",
}
BLANK = {"additionalFields": {}, "contactsUi": {}, "billingAddressUi": {}, "shippingAddressUi": {}, "options": {}}


def execute(operation: str, version: str = "v5", resource: str = "client", **parameters) -> dict:
    chosen = {"resource": resource, "operation": operation, "apiVersion": version}
    return {"action": "execute", "parameters": BLANK | chosen | parameters}


@pytest.mark.parametrize("version", ["v4", "v5"])
def test_the_node_makes_a_client_with_all_that_its_form_has(company, n8n, version):
    given = {"clientName": "Acme", "idNumber": "A-1", "privateNotes": "Key account.", "vatNumber": "GB1",
             "workPhone": "555 0100", "website": "https://acme.example"}  # fmt: skip
    person = {"firstName": "Jane", "lastName": "Doe", "email": "jane@acme.example", "phone": "555 0101"}
    (made,) = n8n(
        execute(
            "create",
            version,
            additionalFields=given,
            contactsUi={"contacstValues": [person, {"firstName": "Joe"}]},
            billingAddressUi={"billingAddressValue": ADDRESS},
            shippingAddressUi={"shippingAddressValue": ADDRESS | {"countryCode": "8"}},
        )
    )
    (client,) = made["value"]
    shown = company.v1_view(client["id"])
    assert client == shown
    assert {key: shown[key] for key in ("name", "id_number", "private_notes", "vat_number", "website")} == {
        "name": "Acme",
        "id_number": "A-1",
        "private_notes": "Key account.",
        "vat_number": "GB1",
        "website": "https://acme.example",
    }
    assert (shown["country_id"], shown["shipping_country_id"], shown["address2"]) == ("840", "8", "Suite 2")
    assert [(each["first_name"], each["email"]) for each in shown["contacts"]] == [
        ("Jane", "jane@acme.example"),
        ("Joe", ""),
    ]


def test_the_node_makes_a_client_of_nothing(n8n):
    (made,) = n8n(execute("create"))
    assert made["value"][0]["name"] == ""


@pytest.mark.parametrize("version", ["v4", "v5"])
def test_the_node_shows_a_client_and_deletes_it(company, n8n, version):
    client = company.new_v1(name="Acme")
    shown, deleted = n8n(
        execute("get", version, clientId=client["id"]), execute("delete", version, clientId=client["id"])
    )
    assert shown["value"] == [client]
    assert deleted["value"][0]["is_deleted"] is True
    assert company.v1.get("/clients").json()["data"] == []


def test_the_node_lists_every_client_over_several_pages(company, n8n):
    names = [f"Client {number}" for number in range(1, 204)]
    for name in names:
        company.new_v1(name=name)
    everything, some, choices = n8n(
        execute("getAll", returnAll=True),
        execute("getAll", returnAll=False, limit=50),
        {"action": "options", "list": "getClients", "parameters": {"apiVersion": "v5"}},
    )
    assert [each["name"] for each in everything["value"]] == names
    assert [each["name"] for each in some["value"]] == names[:50]
    assert [each["name"] for each in choices["value"]] == names


def test_the_node_filters_clients(company, n8n):
    company.new_v1(name="Active")
    for action in ("archive", "delete"):
        client = company.new_v1(name=action)
        company.v1.post("/clients/bulk", json={"action": action, "ids": [client["id"]]})
    options = [
        ({"status": "archived"}, ["archive"]),
        ({"status": "deleted"}, ["delete"]),
        ({"isDeleted": True}, ["delete"]),
        ({"createdAt": f"{datetime.now(UTC) + timedelta(hours=1):%Y-%m-%dT%H:%M:%S.000Z}"}, []),
        ({"updatedAt": "2020-01-01T00:00:00"}, ["Active", "archive"]),
    ]
    listed = n8n(*(execute("getAll", returnAll=True, options=each) for each, _ in options))
    assert [[each["name"] for each in found["value"]] for found in listed] == [names for _, names in options]


def test_the_node_says_why_it_failed(n8n):
    unknown, refused, not_offered, include = n8n(
        execute("get", clientId="nobody"),
        execute("create", billingAddressUi={"billingAddressValue": ADDRESS | {"countryCode": "999"}}),
        execute("getAll", resource="invoice", returnAll=True),
        execute("getAll", returnAll=True, options={"include": "invoices"}),
    )
    assert (unknown["error"]["status"], refused["error"]["status"]) == (404, 422)
    assert "The given data was invalid." in refused["error"]["messages"]
    assert not_offered["error"]["status"] == 404
    assert "serves clients" in str(not_offered["error"]["messages"])
    assert include["error"]["status"] == 400


def test_the_credentials_of_n8n_can_be_tested(company):
    token = {"X-API-TOKEN": company.key, "X-API-SECRET": "", "X-Requested-With": "XMLHttpRequest"}
    assert company.v1.get("/clients", headers=token).status_code == 200


def test_the_lists_of_the_node_hold_no_surprise(n8n):
    (currencies,) = n8n({"action": "options", "list": "getCurrencies", "parameters": {"apiVersion": "v5"}})
    assert currencies["value"] == []  # the node looks for a list where the vendor has an object, there as here
