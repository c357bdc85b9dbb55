"""What each role may do on the pages: a table of every path and verb, and what the pages offer."""

from types import SimpleNamespace

import pytest

from core.access import keys, owners, users
from core.access.roles import Role
from core.events import webhooks
from gateway.enabled_dialects import dialects
from gateway.pages.bridge.routes import routes
from schemas.bodies import Limits
from tests.register.arranging import UNKNOWN, number_of, register, upload

pytestmark = pytest.mark.engines("sqlite")  # a role is one column; tests/operating/test_roles.py changes it on both

VIEWER, MEMBER, OWNER = Role.VIEWER, Role.MEMBER, Role.OWNER
RANK = {VIEWER: 0, MEMBER: 1, OWNER: 2}

# Every path and verb that asks for a role, with the least role that is let in. A new one must be added here.
LEAST = {
    ("GET", "/bridge"): VIEWER,
    ("GET", "/bridge/clients/{id}"): VIEWER,
    ("GET", "/bridge/documents/{id}"): VIEWER,
    ("POST", "/bridge/documents/{id}/public"): MEMBER,
    **{
        (verb, f"/bridge/{form}/{{dialect}}"): MEMBER
        for verb in ("GET", "POST")
        for form in ("new", "clients/{id}/edit")
    },
    **{("POST", f"/bridge/clients/{{id}}/{act}"): MEMBER for act in ("archive", "documents", "delete", "restore")},
    **{(verb, "/bridge/documents/{id}/remove"): MEMBER for verb in ("GET", "POST")},
    **{(verb, "/bridge/clients/{id}/purge"): OWNER for verb in ("GET", "POST")},
    ("GET", "/bridge/keys"): MEMBER,
    ("GET", "/bridge/keys/new"): OWNER,
    ("POST", "/bridge/keys/new"): OWNER,
    ("GET", "/bridge/keys/{id}"): MEMBER,
    ("GET", "/bridge/usage"): MEMBER,
    ("GET", "/bridge/activity"): VIEWER,
    **{("GET", f"/bridge/{page}"): MEMBER for page in ("webhooks", "webhooks/{id}", "deliveries", "deliveries/{id}")},
    **{("GET", f"/bridge/{page}"): MEMBER for page in ("mail", "mail/{id}")},
    **{(verb, f"/bridge/webhooks/{act}"): OWNER for verb in ("GET", "POST") for act in ("new", "{id}/change")},
    **{(verb, "/bridge/webhooks/{id}/remove"): OWNER for verb in ("GET", "POST")},
    ("GET", "/bridge/team"): OWNER,
    **{
        (verb, f"/bridge/team/{act}"): OWNER for verb in ("GET", "POST") for act in ("new", "{id}/role", "{id}/disable")
    },
    ("POST", "/bridge/team/{id}/enable"): OWNER,
    **{("POST", f"/bridge/webhooks/{{id}}/{act}"): OWNER for act in ("state", "replay", "test")},
    **{(verb, f"/bridge/keys/{{id}}/{act}"): OWNER for verb in ("GET", "POST") for act in ("name", "rotate", "revoke")},
}
ANYBODY = {("GET", "/bridge/login"), ("POST", "/bridge/login"), ("POST", "/bridge/logout")}


@pytest.fixture
def ids(company):
    """An id for each path that has one, by the beginning of the path."""
    client = company.new_v1(name="Shown")
    document = upload(company, client["id"], ("a.txt", b"a")).json()["data"]["documents"][0]
    key = register(company, keys.list_all)[0]["id"]
    webhook = register(company, webhooks.add, "http://127.0.0.1:9/", "v1")["id"]
    numbers = {"clients": number_of(client), "documents": number_of(document), "keys": key, "webhooks": webhook}
    return {f"/bridge/{name}/": number for name, number in numbers.items()}


def filled(route, ids):
    number = next((each for start, each in ids.items() if route.startswith(start)), UNKNOWN)
    return route.replace("{dialect}", "api").replace("{id}", str(number))


def test_the_table_names_every_path_and_verb(company):
    services = SimpleNamespace(database=company.server.database, replica=None, storage=None, limits=Limits())
    found = routes(services, company.server.settings, dialects(company.server.settings))
    assert {(verb, route) for route, verbs in found.items() for verb in verbs} == set(LEAST) | ANYBODY


@pytest.mark.parametrize("role", Role)
def test_every_path_lets_in_the_roles_of_the_table_and_no_others(company, ids, signed_in_as, role):
    visitor = signed_in_as(role)
    for (verb, route), least in LEAST.items():
        answer = visitor.http.request(verb, filled(route, ids))
        is_let_in = RANK[role] >= RANK[least]
        assert (answer.status_code != 403) is is_let_in, (verb, route, answer.status_code)
        assert answer.status_code < 500, (verb, route)
        if not is_let_in:
            assert f"you are {role.with_article}" in answer.text
            assert least.with_article in answer.text.lower()


def test_pages_offer_what_the_role_allows_and_nothing_else(company, ids, signed_in_as):
    page = filled("/bridge/clients/{id}", ids)
    for role, offered in ((VIEWER, False), (MEMBER, True), (OWNER, True)):
        text = signed_in_as(role).get(page).text
        assert ("Make public" in text, 'href="/bridge/keys"' in text) == (offered, offered), role


def test_another_role_is_in_force_from_the_next_request_on(company, ids, signed_in_as):
    member = signed_in_as(MEMBER)
    path = filled("/bridge/documents/{id}/public", ids)
    assert member.post(path, public="yes").status_code == 303
    user_id = register(company, users.find_team_user, "member@acme.example")
    register(company, owners.set_role, user_id, VIEWER)
    refused = member.post(path, public="no")
    assert (refused.status_code, refused.headers["cache-control"]) == (403, "no-store")
    assert "An owner or a member may publish documents to contacts, and you are a viewer." in refused.text
    assert member.get("/bridge/keys").status_code == 403
    register(company, owners.set_role, user_id, OWNER)
    assert member.post(path, public="no").status_code == 303


def test_a_form_from_elsewhere_is_refused_before_roles_are_looked_at(signed_in_as):
    answer = signed_in_as(VIEWER).post("/bridge/documents/1/public", {"Origin": "https://evil.example"}, public="yes")
    assert (answer.status_code, "sent from another site" in answer.text) == (403, True)
