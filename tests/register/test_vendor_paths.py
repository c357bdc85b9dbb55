"""Paths that client programs of the vendors use beyond the documented ones, and paths that are not offered."""

import time

import httpx
import pytest

from core.events import activity_list
from tests.register.arranging import upload

# Resources of the vendors' references other than clients.
OF_V1 = (
    *("bank_integrations", "bank_transaction_rules", "bank_transactions", "charts/totals", "client_statement"),
    *("company_gateways", "company_ledger", "company_users", "credits", "designs", "emails", "expense_categories"),
    *("expenses", "export", "import", "invoices", "invoices/bulk", "locations", "login", "payment_terms", "payments"),
    *("payments/refund", "preview", "products", "projects", "purchase_orders", "quotes", "quotes/VolejRejNm/edit"),
    *("recurring_expenses", "recurring_invoices", "recurring_quotes", "refresh", "reports/clients", "search"),
    *("subscriptions", "system_logs", "tags", "task_schedulers", "task_statuses", "tasks", "tax_rates", "templates"),
    *("tokens", "vendors", "vendors/VolejRejNm/upload", "activities/notes", "hooks", "clients/VolejRejNm/x/y/z"),
)
OF_API = (
    *("contracts", "estimates", "expenses", "invoices", "invoices/1/payments", "items", "leads", "leads/1/convert"),
    *("milestones", "payments", "products", "projects", "projects/1/assign", "proposals", "quotes", "reminders"),
    *("subscriptions", "tags", "tasks", "tasks/1/status", "tickets", "timesheets", "vendors", "categories/1/users"),
)


@pytest.mark.parametrize(("dialect", "path"), [*(("v1", path) for path in OF_V1), *(("api", path) for path in OF_API)])
@pytest.mark.engines("sqlite")
def test_an_unsupported_path_is_a_404_that_names_supported_ones(shared, dialect, path):
    http = shared.api if dialect == "api" else shared.v1
    for method in ("GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"):
        answer = http.request(method, f"/{path}", json={"name": "X"} if method == "POST" else None)
        assert answer.status_code == 404, method
        assert "serves clients" in answer.json()["message"]
        assert set(answer.json()) == ({"message"} if dialect == "api" else {"message", "errors"})
    assert {http.get(f"/{path}/?page=2").status_code, http.head(f"/{path}").status_code} == {404}


@pytest.mark.parametrize("path", ["/invoices", "/projects/1"])
@pytest.mark.engines("sqlite")
def test_an_unsupported_path_is_a_404_even_without_a_key(server, path):
    for prefix in ("/api", "/api/v1"):
        answer = httpx.get(f"{server.url}{prefix}{path}")
        assert (answer.status_code, "serves clients" in answer.json()["message"]) == (404, True)


def test_users_are_the_team_without_passwords(company):
    listed = company.v1.get("/users").json()
    (user,) = listed["data"]
    assert listed["meta"]["pagination"]["total"] == 1
    assert company.v1.get(f"/users/{user['id']}").json() == {"data": user}
    assert user["id"] == company.new_v1()["user_id"]
    assert "password" not in user
    assert "argon2" not in str(listed)
    assert company.v1.get("/users?filter=nobody@").json()["data"] == []
    assert company.v1.post("/users", json={}).status_code == 405


def test_a_group_and_a_document_have_an_edit_path(company):
    group = company.v1.post("/group_settings", json={"name": "Trade"}).json()["data"]
    assert company.v1.get(f"/group_settings/{group['id']}/edit").json()["data"] == group
    upload(company, company.new_v1()["id"], ("a.txt", b"bytes"))
    (document,) = company.v1.get("/documents").json()["data"]
    assert company.v1.get(f"/documents/{document['id']}/edit").json()["data"] == document


def test_a_blank_group_is_not_stored(company):
    blank = company.v1.get("/group_settings/create").json()["data"]
    assert (blank["id"], blank["name"], blank["settings"], blank["is_deleted"]) == ("", "", {}, False)
    assert company.v1.get("/group_settings").json()["data"] == []


def test_a_gateway_token_becomes_the_default_one(company):
    client = company.new_v1()["id"]
    one, two = (
        company.v1.post("/client_gateway_tokens", json={"client_id": client, "token": name, "is_default": True}).json()
        for name in ("a", "b")
    )
    answer = company.v1.post(f"/client_gateway_tokens/{one['data']['id']}/setAsDefault")
    assert (answer.status_code, answer.json()["data"]["is_default"]) == (200, True)
    other = company.v1.get(f"/client_gateway_tokens/{two['data']['id']}").json()["data"]
    assert other["is_default"] is False


def test_an_unsupported_bulk_action_is_refused(company):
    client = company.new_v1()["id"]
    answer = company.v1.post("/clients/bulk", json={"action": "template", "ids": [client]})
    assert (answer.status_code, answer.json()["errors"]) == (422, {"action": ["The selected action is invalid."]})


def test_the_current_company_is_that_of_the_token(company):
    shown = company.v1.get("/companies/current").json()["data"]
    assert (shown["name"], shown["settings"]["currency_id"], shown["is_deleted"]) == (company.name, "1", False)


def test_the_current_company_is_also_shown_by_post(company):
    shown = company.v1.get("/companies/current").json()
    answer = company.v1.post("/companies/current", json={"name": "Other"})
    assert (answer.status_code, answer.json()) == (200, shown)
    assert company.v1.get("/companies/current").json() == shown


def test_statics_list_what_ids_refer_to_and_a_known_version_is_a_304(company):
    answer = company.v1.get("/statics")
    found = {key: {each["id"]: each for each in answer.json()[key]} for key in answer.json()}
    assert found["countries"]["840"]["iso_3166_2"] == "US"
    assert found["countries"]["8"]["name"] == "Albania"
    assert (found["currencies"]["3"]["code"], found["languages"]["3"]["locale"]) == ("EUR", "de")
    assert (found["sizes"]["6"]["name"], found["industries"]["30"]["name"]) == ("500+", "Other")
    assert all(each["name"] for of in found.values() for each in of.values())
    assert [found["currencies"][number]["precision"] for number in ("1", "45", "65", "89")] == [2, 0, 3, 3]
    for each in found["currencies"].values():
        # The lists that the vendor's mobile program requires.
        assert each["symbol"]
        assert (each["thousand_separator"], each["swap_currency_symbol"], each["exchange_rate"]) == (",", False, 1)
    assert all(each["swap_postal_code"] is False for each in found["countries"].values())
    again = company.v1.get("/statics", headers={"If-None-Match": answer.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    for country in list(found["countries"])[::40]:
        assert company.new_v1(country_id=country)["country_id"] == country


def test_the_activities_of_a_client_are_read_by_post(company):
    client = company.new_v1(name="Acme")["id"]
    company.v1.put(f"/clients/{client}", json={"city": "Springfield"})
    asked = {"entity": "client", "entity_id": client}
    answer = company.v1.post("/activities/entity", json=asked).json()
    assert [each["activity_type_id"] for each in answer["data"]] == ["61", "1"]
    assert answer["data"] == company.v1.get(f"/clients/{client}?include=activities").json()["data"]["activities"]
    assert company.v1.post("/activities/entity", json=asked | {"entity": "invoice"}).status_code == 422


def test_the_newest_activities_of_all_clients_are_listed(company, other_company):
    other_company.new_v1()
    first, second = company.new_v1(name="First")["id"], company.new_v1(name="Second")["id"]
    company.v1.put(f"/clients/{first}", json={"city": "Springfield"})
    listed = company.v1.get("/activities").json()
    assert [(each["client_id"], each["activity_type_id"]) for each in listed["data"]] == [
        (first, "61"),
        (second, "1"),
        (first, "1"),
    ]
    assert listed["data"][0]["after"] == {"city": "Springfield"}
    assert listed["meta"]["pagination"]["total"] == 3
    asked = {"entity": "client", "entity_id": first}
    of_first = company.v1.get(f"/activities?client_id={first}").json()["data"]
    assert of_first == company.v1.post("/activities/entity", json=asked).json()["data"]
    page = company.v1.get("/activities?per_page=2&page=2").json()
    assert ([each["client_id"] for each in page["data"]], page["meta"]["pagination"]["total_pages"]) == ([first], 2)
    soon = int(time.time()) + 3600
    assert company.v1.get(f"/activities?created_at={soon}").json()["data"] == []
    assert len(company.v1.get(f"/activities?updated_at={soon - 7200}").json()["data"]) == 3
    assert company.v1.get("/activities?rows=75").headers["x-ignored-query"] == "rows"


def test_the_list_of_activities_is_limited_to_the_newest_ones(company, monkeypatch):
    monkeypatch.setattr(activity_list, "MAX_LISTED", 2)
    clients = [company.new_v1()["id"] for _ in range(3)]
    listed = company.v1.get("/activities").json()
    assert [each["client_id"] for each in listed["data"]] == [clients[2], clients[1]]
    assert listed["meta"]["pagination"]["total"] == 2
    assert len(company.v1.get(f"/activities?client_id={clients[0]}").json()["data"]) == 1
