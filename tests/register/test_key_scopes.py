"""A key may do what its scope includes, in its API, from its addresses, until it expires, and no more."""

import itertools
import time
from contextlib import contextmanager

import httpx
import pytest
from sqlalchemy import update

from core.access import keys, usage, users
from core.access.keys import DEFAULT_EDITION
from core.access.scopes import KeyLimits, Scope
from core.models import tokens
from core.text.clock import SECOND, now
from core.text.secrets import digest
from dialects.legacy.routes import DIALECT as LEGACY
from dialects.shared.operation import Path
from dialects.v1.routes import build
from tests.drivers import Company, new_company
from tests.register.arranging import register, upload
from tests.register.statements import watching
from tests.server import serving, serving_requests_only

DIALECTS = {"api": LEGACY, "v1": build("", 10, "http://gateway.example")}
HOUR = 3600 * SECOND
# The scope that each operation needs. New operations must be added here, so that their scope is a deliberate decision.
NEEDS = {
    "api": {
        "read": "listClients getClient listCategories getCategory listContacts getContact listTeamMembers getTeamMember"
        " listNotes getNote getChanges",
        "append": "createClient createCategory createContact createNote",
        "write": "updateClient setClientTags setClientStatus setClientOwner updateCategory deleteCategory"
        " migrateCategory updateContact deleteContact setContactAccountOwner updateNote deleteNote setNoteTags",
        "all": "deleteClient",
    },
    "v1": {
        "read": "listClients getBlankClient getClient editClient listDocuments getDocument editDocument"
        " downloadDocument listClientDocuments postClientDocuments listClientGatewayTokens"
        " getBlankClientGatewayToken getClientGatewayToken editClientGatewayToken listGroupSettings"
        " getBlankGroupSetting getGroupSetting editGroupSetting listUsers getUser postEntityActivities"
        " getCurrentCompany postCurrentCompany getStatics ping getChanges listActivities listWebhooks getWebhook"
        " getBlankWebhook editWebhook",
        "append": "createClient createClientGatewayToken createGroupSetting createWebhook",
        "write": "bulkClients updateClient patchClient deleteClient uploadClientDocuments bulkDocuments"
        " updateDocument patchDocument deleteDocument updateClientGatewayToken patchClientGatewayToken"
        " deleteClientGatewayToken setDefaultClientGatewayToken bulkGroupSettings updateGroupSetting"
        " patchGroupSetting deleteGroupSetting bulkWebhooks updateWebhook patchWebhook deleteWebhook",
        "all": "purgeClient mergeClients",
    },
}
UNKNOWN_ID = {"api": "987654321", "v1": "VolejRejNm0000"}


def operations(dialect: str) -> list[tuple[str, str, Path]]:
    """Return name, method and path of every operation of a dialect."""
    return [
        (operation.name, method, path)
        for path in DIALECTS[dialect].paths
        for method, operation in path.operations.items()
    ]


def key_of(company: Company, edition: str = DEFAULT_EDITION, **limits: object) -> str:
    """Return another key of the company with these limits."""

    def issue(connection, company_id):
        user_id = users.find_team_user(connection, company_id, "team@acme.example")
        given = KeyLimits(**limits)
        return keys.issue(connection, company_id, user_id, "limited", edition=edition, limits=given)

    return register(company, issue)


@contextmanager
def limited(company: Company, **limits: object):
    """The same company with a key that has these limits."""
    other = Company(company.server, key_of(company, **limits), company.name)
    yield other
    other.close()


def clients_of(company: Company, dialect: str) -> httpx.Client:
    return company.api if dialect == "api" else company.v1


def refusal(answer: httpx.Response, dialect: str) -> str:
    """Return what a refused key lacks according to the answer; "" if it was not refused."""
    body = answer.json() if answer.headers.get("content-type") == "application/json" else {}
    message = body.get("message", "") if isinstance(body, dict) else ""
    if dialect == "api":
        if answer.status_code != 401:
            return ""
        assert set(body) == {"message"}
        assert message.startswith("Unauthorized. ")
        assert answer.headers["www-authenticate"].startswith("Bearer error=")
        return message.removeprefix("Unauthorized. ").removesuffix(".")
    if answer.status_code != 403:
        return ""
    assert body == {"message": message, "errors": {}}
    return message


def test_every_operation_is_listed_with_the_scope_it_needs():
    for dialect, needs in NEEDS.items():
        written = list(itertools.chain.from_iterable(names.split() for names in needs.values()))
        assert sorted(written) == sorted(name for name, _method, _path in operations(dialect))


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize("scope", Scope)
def test_a_key_of_a_scope_is_refused_for_every_operation_that_needs_more(company, dialect, scope):
    needs = {name: Scope(needed) for needed, names in NEEDS[dialect].items() for name in names.split()}
    wrong = []
    with limited(company, scope=scope) as holder:
        for name, method, path in operations(dialect):
            # The ids do not exist and the bodies are empty, so allowed requests fail in another way.
            url = path.path.format(id=UNKNOWN_ID[dialect], other=UNKNOWN_ID[dialect])
            said = refusal(clients_of(holder, dialect).request(method, url), dialect)
            may = list(Scope).index(scope) >= list(Scope).index(needs[name])
            expected = "" if may else f"This key's scope is {scope}, and this operation needs {needs[name]}"
            wrong += [] if said == expected else [(name, said)]
    assert wrong == []


def test_a_refused_write_changes_nothing_and_its_body_is_not_read(company):
    made = company.new_v1(name="Acme")
    with limited(company, scope=Scope.READ) as reader:
        answer = reader.v1.put(f"/clients/{made['id']}", content=b"{no json", headers={"Content-Type": "text/plain"})
        assert refusal(answer, "v1")
        assert refusal(upload(reader, made["id"], ("a.txt", b"a" * 3_000_000)), "v1")
        assert refusal(reader.v1.post("/clients/bulk", json={"action": "delete", "ids": [made["id"]]}), "v1")
    assert company.v1_view(made["id"]) == made


@pytest.mark.parametrize(
    ("method", "form", "query"), [("DELETE", {"_method": "DELETE"}, {}), ("PUT", {}, {"_method": "PUT"})]
)
def test_a_method_override_needs_the_scope_of_that_method(company, method, form, query):
    made = company.new_v1(name="Acme")
    with limited(company, scope=Scope.APPEND) as holder:
        answer = holder.v1.post(f"/clients/{made['id']}", data=form, params=query)
        assert refusal(answer, "v1") == "This key's scope is append, and this operation needs write", method
    assert company.v1_view(made["id"]) == made


@pytest.mark.parametrize("dialect", DIALECTS)
def test_an_append_key_creates_and_reads_what_it_created(company, dialect):
    body = {"api": {"first_name": "A", "last_name": "B", "email": "a@x.example"}, "v1": {"name": "Acme"}}[dialect]
    with limited(company, scope=Scope.APPEND) as holder:
        http = clients_of(holder, dialect)
        made = http.post("/clients", json=body).json()["data"]["id"]
        assert http.get(f"/clients/{made}").status_code == 200
        assert refusal(http.delete(f"/clients/{made}"), dialect)


@pytest.mark.parametrize(("only", "other"), [("api", "v1"), ("v1", "api")])
def test_a_key_for_one_api_is_refused_by_the_other(company, only, other):
    with limited(company, dialect=only) as holder:
        assert clients_of(holder, only).get("/clients").status_code == 200
        for method in ("GET", "POST"):
            said = refusal(clients_of(holder, other).request(method, "/clients"), other)
            assert said == f"This key is for {only} only, not for {other}"


@pytest.mark.parametrize("dialect", DIALECTS)
def test_a_key_expires_at_its_time(company, dialect):
    with limited(company, expires_at=now() + HOUR) as holder:
        assert clients_of(holder, dialect).get("/clients").status_code == 200
    with limited(company, expires_at=1_500_000_000 * SECOND) as holder:
        for method in ("GET", "POST"):
            said = refusal(clients_of(holder, dialect).request(method, "/clients"), dialect)
            assert said == "This key expired at 2017-07-14 02:40:00 UTC"


@pytest.mark.parametrize(
    ("networks", "may"),
    [
        ("127.0.0.1/32", True),
        ("10.0.0.0/8,127.0.0.0/8", True),
        ("10.0.0.0/8", False),
        ("::1/128,2001:db8::/32", False),
    ],
)
@pytest.mark.parametrize("dialect", DIALECTS)
def test_a_key_is_used_from_its_addresses_only(company, dialect, networks, may):
    with limited(company, networks=networks) as holder:
        said = refusal(clients_of(holder, dialect).get("/clients"), dialect)
        assert said == ("" if may else "This key may not be used from 127.0.0.1")


@pytest.mark.parametrize(
    ("forwarded", "may"),
    [
        ("203.0.113.7", True),
        ("::ffff:203.0.113.7", True),
        ("2001:db8::1", True),
        ("203.0.114.7", False),
        ("203.0.113.7, 198.51.100.1", False),
        ("not-an-address", False),
    ],
)
def test_behind_a_trusted_proxy_the_address_is_the_callers(new_register, folder, forwarded, may):
    with serving(new_register("sqlite"), folder, trusted_proxies="127.0.0.1") as server:
        company = new_company(server)
        with limited(company, networks="203.0.113.0/24,2001:db8::/32") as holder:
            answer = holder.v1.get("/clients", headers={"X-Forwarded-For": forwarded})
            assert (answer.status_code == 200) is may, answer.text
            assert refusal(holder.v1.get("/clients"), "v1") == "This key may not be used from 127.0.0.1"
        company.close()


def test_without_a_trusted_proxy_forwarded_addresses_are_ignored(company):
    with limited(company, networks="203.0.113.0/24") as holder:
        assert refusal(holder.v1.get("/clients", headers={"X-Forwarded-For": "203.0.113.7"}), "v1")


def test_refused_requests_are_in_the_usage_of_the_key(company):
    with limited(company, scope=Scope.READ) as reader, limited(company, dialect="api") as stranger:
        reader.v1.post("/clients")
        stranger.v1.get("/clients")
    deadline = time.monotonic() + 60
    expected = {("POST", "/api/v1/clients", 1, 1), ("GET", "/api/v1/clients", 1, 1)}
    seen: set[tuple[str, str, int, int]] = set()
    while seen != expected and time.monotonic() < deadline:
        rows = register(company, usage.list_all)
        seen = {(row["method"], row["route"], row["calls"], row["errors"]) for row in rows if row["key"] == "limited"}
    assert seen == expected


def test_a_key_with_limits_is_looked_up_in_one_statement(engine, new_register, folder):
    url = new_register(engine)
    limits = {"scope": Scope.ALL, "dialect": "v1", "networks": "127.0.0.0/8", "expires_at": now() + HOUR}
    with watching(url) as seen, serving_requests_only(url, folder) as server:
        company = new_company(server)
        with limited(company, **limits) as holder:
            for ask in (lambda: holder.v1.get("/clients"), lambda: holder.v1.post("/clients", json={})):
                seen.taken()
                assert ask().status_code == 200
                looked_up = len([each for each in seen.taken() if "tokens.digest" in each])
                # On SQLite a key is cached until the next commit.
                assert looked_up == 1 or (looked_up, engine) == (0, "sqlite")
        company.close()


@pytest.mark.parametrize("values", [{"revoked_at": 1}, {"expires_at": 1}])
def test_a_revoked_key_is_refused_from_the_next_request_on(company, values):
    with limited(company) as holder:
        assert holder.v1.get("/clients").status_code == 200
        mine = tokens.c.digest == digest(holder.key)
        register(company, lambda connection, _company: connection.execute(update(tokens).where(mine).values(values)))
        assert holder.v1.get("/clients").status_code == 403


def test_a_rotated_key_has_the_same_limits_and_the_old_one_works_for_the_overlap(company):
    def rotate(connection, _company_id, key, overlap):
        token_id = keys.authenticate(connection, key, "v1", "127.0.0.1").token_id
        return keys.rotate(connection, token_id, overlap)

    with limited(company, scope=Scope.READ, dialect="v1", networks="127.0.0.0/8") as old:
        made = register(company, rotate, old.key, HOUR)
        with limited(company) as new:
            new.key = made.key
            assert old.v1.get("/clients").status_code == new.v1.get("/clients").status_code == 200
            assert refusal(new.v1.post("/clients"), "v1") == "This key's scope is read, and this operation needs append"
            assert refusal(new.api.get("/clients"), "api") == "This key is for v1 only, not for api"
        again = register(company, rotate, made.key, 0)
        with limited(company) as newest, limited(company) as ended:
            newest.key, ended.key = again.key, made.key
            assert newest.v1.get("/clients").status_code == 200
            assert ended.v1.get("/clients").status_code == 403


def test_limits_of_one_key_do_not_apply_to_other_keys(company):
    """A key without limits may do everything."""
    with limited(company, scope=Scope.READ):
        made = company.new_v1(name="Acme")
    assert company.v1.post(f"/clients/{made['id']}/purge", headers=company.with_password).status_code == 200
