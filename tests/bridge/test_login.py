"""Signing in on the bridge page: who gets in, for how long, and what guessing costs."""

import re
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest
from sqlalchemy import text

from core.access import logins, sessions
from core.access.logins import _FREE, _FREE_ALL_ACCOUNTS
from core.text import secrets
from tests.bridge.visitors import Visitor
from tests.register.arranging import eventually
from tests.server import serving


@pytest.fixture(autouse=True)
def forgotten(server):
    """All tests come from one address, so their wrong guesses must not add up."""
    yield
    server.database.write_now(lambda connection: connection.execute(text("DELETE FROM login_guesses")))


def let_time_pass(company, table, column, seconds):
    """Let time pass for the rows of a table."""
    moved = text(f"UPDATE {table} SET {column} = {column} - :while")
    company.server.database.write_now(lambda connection: connection.execute(moved, {"while": seconds * 1_000_000}))


def test_signing_in_leads_to_the_page_that_was_asked_for(visitor):
    asked = visitor.get("/bridge/clients/1?x=y")
    assert (asked.status_code, asked.headers["location"]) == (303, "/bridge/login?next=%2Fbridge%2Fclients%2F1%3Fx%3Dy")
    form = visitor.get(asked.headers["location"])
    back = re.search(r'name="next" value="([^"]*)"', form.text)[1]
    assert visitor.sign_in(next=back).headers["location"] == "/bridge/clients/1?x=y"
    assert visitor.is_signed_in


@pytest.mark.parametrize(
    "back",
    ["https://evil.example/", "//evil.example", "/bridge\\..", "/bridge/login", "/bridgehead", "/bridge/\r\nX: y"],
)
def test_signing_in_never_redirects_to_another_site(visitor, back):
    assert visitor.sign_in(next=back).headers["location"] == "/bridge"


def test_the_cookie_is_kept_from_scripts_and_other_sites(visitor, company):
    cookie = visitor.sign_in().headers["set-cookie"]
    assert re.fullmatch(r"bridge_session=\w{43}; HttpOnly; Max-Age=43200; Path=/bridge; SameSite=lax", cookie)
    with company.server.database.reading() as connection:
        kept = connection.execute(text("SELECT digest FROM sessions")).scalars().all()
    assert not [digest for digest in kept if digest in cookie]


def test_the_cookie_goes_over_https_only_where_the_public_url_does(new_register, tmp_path):
    with serving(new_register("sqlite"), tmp_path, public_url="https://gateway.example", session_hours=1) as server:
        server.bootstrap("Only")
        form = httpx.get(f"{server.url}/bridge/login").text
        assert 'name="company"' not in form  # there is but one
        answer = httpx.post(f"{server.url}/bridge/login", data={"email": "TEAM@acme.example ", "password": "Secret123"})
    assert answer.headers["set-cookie"].endswith("Max-Age=3600; Path=/bridge; SameSite=lax; Secure")


def test_every_failed_sign_in_gets_the_same_message(visitor, stranger):
    wrong = [
        visitor.sign_in("wrong"),
        visitor.sign_in(email="nobody@acme.example"),
        visitor.sign_in(company="No such company"),
        visitor.sign_in(email="\x00"),
        visitor.post("/bridge/login"),
    ]
    assert {answer.status_code for answer in wrong} == {401}
    said = {re.search(r'role="alert" id="said">([^<]*)', answer.text)[1] for answer in wrong}
    assert said == {"The company, email or password is wrong. Please check them and try again."}
    assert not visitor.is_signed_in


def test_a_password_is_verified_even_for_an_unknown_account(visitor, monkeypatch):
    looked_at = []
    real = secrets.PasswordHasher.verify
    monkeypatch.setattr(secrets.PasswordHasher, "verify", lambda *given: looked_at.append(given[1]) or real(*given))
    for given in ({}, {"email": "nobody@acme.example"}, {"company": "No such company"}):
        assert visitor.sign_in("wrong", **given).status_code == 401
    assert len(looked_at) == 3


def test_an_email_in_two_companies_signs_in_to_the_company_that_is_named(visitor, other_company):
    other_company.new_legacy(client_company_name="Theirs")
    assert visitor.sign_in().status_code == 303
    assert "Theirs" not in visitor.get("/bridge").text
    assert visitor.sign_in(company=other_company.name).status_code == 303
    assert "Theirs" in visitor.get("/bridge").text


def test_signing_out_removes_the_session_from_the_register(member):
    secret = member.http.cookies["bridge_session"]
    answer = member.post("/bridge/logout")
    assert (answer.status_code, answer.headers["location"]) == (303, "/bridge/login?left=yes")
    assert 'bridge_session=""; HttpOnly; Max-Age=0' in answer.headers["set-cookie"]
    member.http.cookies.set("bridge_session", secret, path="/bridge")
    assert not member.is_signed_in


def test_signing_in_again_ends_the_previous_session(member):
    before = member.http.cookies["bridge_session"]
    member.sign_in()
    assert member.is_signed_in
    member.http.cookies.set("bridge_session", before, domain="127.0.0.1", path="/bridge")
    assert not member.is_signed_in


def test_a_session_expires_and_its_row_is_removed(member, company):
    let_time_pass(company, "sessions", "expires_at", 12 * 3600 + 1)
    ended = member.get("/bridge")
    assert ended.headers["location"] == "/bridge/login?next=%2Fbridge&ended=yes"
    assert "Your session has ended" in member.get(ended.headers["location"]).text
    assert eventually(lambda: not company.server.database.read_now(sessions.is_any_old))  # the housekeeper's work


def test_sessions_and_pauses_end_in_time_though_a_clock_was_ahead(member, company, visitor):
    for _ in range(_FREE):
        visitor.sign_in("wrong")
    assert visitor.sign_in().status_code == 429
    for table, columns in (("login_guesses", ["last_at"]), ("sessions", ["created_at", "expires_at"])):
        for column in columns:
            let_time_pass(company, table, column, -3600)
    assert visitor.sign_in().status_code == 303
    let_time_pass(company, "sessions", "created_at", -3600)
    let_time_pass(company, "sessions", "expires_at", -3600)
    assert not member.is_signed_in
    assert eventually(lambda: not company.server.database.read_now(sessions.is_any_old))


def test_a_new_password_ends_every_session_and_an_unchanged_one_ends_none(member, company):
    company.server.bootstrap(company.name)
    assert member.is_signed_in
    company.server.bootstrap(company.name, password="Another1")
    assert not member.is_signed_in
    assert member.sign_in().status_code == 401
    assert member.sign_in("Another1").status_code == 303


def test_guesses_at_an_account_are_slowed_whether_or_not_it_exists(visitor, stranger):
    for email in ("team@acme.example", "nobody@acme.example"):
        answers = [visitor.sign_in(f"guess {n}", email=email) for n in range(_FREE + 1)]
        assert [answer.status_code for answer in answers] == [401] * _FREE + [429]
        assert int(answers[-1].headers["retry-after"]) >= 1
        assert "too many attempts" in answers[-1].text
    assert visitor.sign_in().status_code == 429  # not even the right one is heard
    assert stranger.sign_in().status_code == 303  # others are not held up
    let_time_pass(visitor.company, "login_guesses", "last_at", 3600)
    assert visitor.sign_in().status_code == 303
    assert [visitor.sign_in("wrong").status_code for _ in range(_FREE)] == [401] * _FREE


def test_guesses_from_an_address_are_slowed_however_many_accounts_they_try(visitor):
    statuses = [visitor.sign_in("wrong", email=f"e{n}@acme.example").status_code for n in range(_FREE_ALL_ACCOUNTS + 1)]
    assert statuses == [401] * _FREE_ALL_ACCOUNTS + [429]
    let_time_pass(visitor.company, "login_guesses", "last_at", 25 * 3600)
    assert eventually(lambda: not visitor.company.server.database.read_now(logins.is_any_old))
    assert visitor.sign_in().status_code == 303


def test_concurrent_guesses_are_slowed_like_sequential_ones(company):
    def guess(n):
        with httpx.Client(base_url=company.server.url, timeout=30) as http:
            return Visitor(http, company).sign_in(f"guess {n}").status_code

    with ThreadPoolExecutor(12) as pool:
        assert sorted(pool.map(guess, range(12))) == [401] * _FREE + [429] * (12 - _FREE)


@pytest.mark.parametrize(
    "headers", [{"Origin": "https://evil.example"}, {"Origin": "null"}, {"Sec-Fetch-Site": "cross-site"}]
)
@pytest.mark.parametrize("path", ["/bridge/login", "/bridge/logout"])
def test_forms_of_other_origins_are_refused(member, path, headers):
    answer = member.post(path, headers, company=member.company.name, email="team@acme.example", password="Secret123")
    assert answer.status_code == 403
    assert "set-cookie" not in answer.headers
    assert member.is_signed_in


def test_forms_of_this_origin_are_accepted_under_either_of_its_names(member):
    origins = [member.company.server.url, member.company.server.settings.public_url]
    answers = [member.post("/bridge/login", {"Origin": origin}) for origin in origins]
    assert [answer.status_code for answer in answers] == [401, 401]
