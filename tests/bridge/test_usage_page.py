"""Which parts of an API are used, and their names in the other one."""

import re

import pytest

from core.access import keys, usage, usage_names
from core.access.usage import Tally, day_of
from core.access.usage_names import UsedName
from core.text.clock import now
from gateway.enabled_dialects import dialects
from gateway.reference.counterparts import Counterparts
from gateway.settings import Settings
from tests.register.arranging import eventually, register

pytestmark = pytest.mark.engines("sqlite")

NAMES = [
    ("GET", "/api/clients", "query", "search", ["name"]),
    ("GET", "/api/clients", "query", "category_id", ["group", "group_settings_id"]),
    ("GET", "/api/clients", "query", "limit", ["per_page"]),
    ("GET", "/api/clients", "query", "order", ["sort"]),
    ("GET", "/api/clients", "sort", "client_created", ["created_at"]),
    ("POST", "/api/clients", "body", "client_company_name", ["name"]),
    ("POST", "/api/clients", "body", "client_billing_street", ["address1", "address2"]),
    ("POST", "/api/clients", "body", "client_billing_country", ["country_id", "country_code"]),
    ("POST", "/api/clients", "body", "email", ["contacts"]),
    ("POST", "/api/clients", "body", "send_email", []),
    ("PATCH", "/api/clients/{id}", "body", "client_categoryid", ["group_settings_id"]),
    ("PUT", "/api/clients/{id}/tags", "body", "tags", ["tags"]),
    ("PUT", "/api/notes/{id}/tags", "body", "tags", []),
    ("POST", "/api/categories", "body", "category_name", ["name"]),
    ("PATCH", "/api/contacts/{id}", "body", "phone", ["contacts[].phone"]),
    ("GET", "/api/changes", "include", "record", ["record"]),
    ("GET", "/api/nothing", "query", "search", []),
]


@pytest.mark.parametrize(("method", "route", "kind", "name", "there"), NAMES)
def test_names_have_the_counterparts_that_the_tables_say(method, route, kind, name, there):
    v1, api = dialects(Settings())
    assert Counterparts(api, v1).of(method, route, kind, name) == there


@pytest.mark.parametrize(
    ("here", "there"),
    [
        (("GET", "/api/clients/{id}"), "GET /api/v1/clients/{id}"),
        (("PATCH", "/api/categories/{id}"), "PATCH /api/v1/group_settings/{id}"),
        (("PUT", "/api/clients/{id}/status"), ""),
        (("GET", "/api/contacts"), ""),
    ],
)
def test_routes_have_the_counterparts_that_the_paths_say(here, there):
    v1, api = dialects(Settings())
    assert Counterparts(api, v1).route_of(*here) == there


def test_counterparts_are_found_in_both_directions():
    v1, api = dialects(Settings())
    back = Counterparts(v1, api)
    assert back.of("PUT", "/api/v1/clients/{id}", "body", "private_notes") == ["client_description"]
    assert back.of("GET", "/api/v1/clients", "query", "per_page") == ["limit"]


def test_requests_are_shown_with_their_names_and_counterparts(company, member, stranger):
    company.api.get("/clients", params={"search": "acme", "limit": 5})
    company.new_legacy(client_company_name="Acme", client_billing_street="1 Main St")
    assert eventually(lambda: "client_billing_street" in member.get("/bridge/usage").text)
    page = re.sub(r"\s+", " ", member.get("/bridge/usage?dialect=api&days=7").text)
    for name, there in (("client_company_name", "<code>name</code>"), ("limit", "<code>per_page</code>")):
        assert re.search(rf"<code>{name}</code></th> <td>{there}", page), name
    assert "<code>address1</code>, <code>address2</code>" in page
    assert "<code>GET /api/v1/clients</code>" in page
    assert "acme" not in re.sub("acme.example|Acme", "", page)  # no values
    assert "client_billing_street" not in member.get("/bridge/usage?dialect=v1").text
    assert "client_billing_street" not in stranger.get("/bridge/usage").text


def test_an_overridden_method_in_the_body_is_recorded_as_the_meant_operation(company, member):
    made = company.new_legacy()
    sent = {"_method": "PATCH", "client_company_name": "Meant"}
    assert company.api.post(f"/clients/{made['id']}", data=sent).status_code == 200
    assert eventually(lambda: "PATCH /api/clients/{id}" in member.get("/bridge/usage").text)
    page = member.get("/bridge/usage").text
    assert "POST /api/clients/{id}" in page
    assert "meant by <code>_method</code>" in page


def test_only_what_was_called_lately_is_shown(company, member):
    def fill(connection, company_id):
        key, at = keys.list_all(connection, company_id)[0]["id"], now()
        for days, route in ((3, "/api/clients"), (40, "/api/contacts")):
            then = day_of(at) - days * usage.DAY
            usage.add(connection, [Tally(company_id, then, key, "api", "GET", route, 9, 0, then, then)])
            usage_names.add(connection, [UsedName(company_id, key, "api", "GET", route, "query", "page", then)])

    register(company, fill)
    for days, shown in (("7", (True, False)), ("90", (True, True)), ("x", (True, False)), ("5", (True, False))):
        page = member.get(f"/bridge/usage?days={days}").text
        assert ("GET /api/clients<" in page, "GET /api/contacts<" in page) == shown, days
