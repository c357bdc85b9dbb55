"""What callers behind a proxy must not achieve: reading metrics, choosing their address, locking out others."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import httpx
import pytest

from core.access.logins import _FREE, _FREE_ALL_ACCOUNTS
from tests.drivers import new_company
from tests.proxies.conftest import PROXIES, PUBLIC_URL, Proxied
from tests.proxies.nginx import nginx
from tests.server import Server, serving

TOKEN = "a-token-for-prometheus"
CLAIMS = [
    {},
    {"Host": "localhost"},
    {"X-Forwarded-For": "127.0.0.1", "X-Forwarded-Host": "localhost", "X-Forwarded-Proto": "https"},
    {"Forwarded": "for=127.0.0.1;host=localhost", "X-Real-IP": "127.0.0.1"},
    {"Authorization": "Bearer"},
    {"Authorization": "Bearer x"},
]
APPENDED = "proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;"
REPLACED = "proxy_set_header X-Forwarded-For $remote_addr;"


@pytest.mark.parametrize("headers", CLAIMS, ids=lambda claims: " ".join(claims) or "nothing")
def test_metrics_are_closed_behind_every_proxy_whatever_a_request_claims(proxied, headers):
    for url in (proxied.url, proxied.gateway.url):
        answer = httpx.get(f"{url}/metrics", headers=headers)
        assert answer.status_code == 403
        assert "gateway_" not in answer.text


@pytest.mark.parametrize("kind", PROXIES)
def test_metrics_are_open_to_the_token_behind_every_proxy(new_register, folder, kind):
    with serving(new_register("sqlite"), folder, metrics_token=TOKEN) as server, PROXIES[kind](server.url) as proxy:
        for headers in CLAIMS:
            assert httpx.get(f"{proxy.url}/metrics", headers=headers).status_code == 401
        answer = httpx.get(f"{proxy.url}/metrics", headers={"Authorization": f"Bearer {TOKEN}"})
        assert answer.status_code == 200
        assert "gateway_workers 1.0" in answer.text


Guess = Callable[..., int]


@contextmanager
def guessing(server: Server, url: str) -> Iterator[Guess]:
    """Return a function that signs in on the bridge page from an address of this machine, and returns the status."""

    def guess(sender: str, email: str, password: str = "wrong", forwarded: str = "") -> int:
        headers = {"X-Forwarded-For": forwarded} if forwarded else {}
        transport = httpx.HTTPTransport(local_address=sender)
        with httpx.Client(transport=transport, base_url=url, headers=headers, timeout=30) as http:
            return http.post("/bridge/login", data={"email": email, "password": password}).status_code

    server.bootstrap("Only")
    yield guess


def test_by_default_no_header_changes_the_address_under_which_guesses_count(new_register, folder):
    with (
        serving(new_register("sqlite"), folder) as server,
        nginx(server.url, "plain") as proxy,
        guessing(server, proxy.url) as guess,
    ):
        tried = [guess("127.0.0.2", "team@acme.example", forwarded=f"10.0.0.{n}") for n in range(_FREE + 1)]
    assert tried == [401] * _FREE + [429]


@pytest.mark.parametrize("sets", [APPENDED, REPLACED])
def test_a_trusted_proxy_says_where_a_caller_is_and_the_caller_does_not(new_register, folder, sets):
    with (
        serving(new_register("sqlite"), folder, trusted_proxies="127.0.0.1, ::1") as server,
        nginx(server.url, "keepalive", sets) as proxy,
        guessing(server, proxy.url) as guess,
    ):
        tried = [guess("127.0.0.2", "team@acme.example", forwarded=f"10.0.0.{n}") for n in range(_FREE + 1)]
        assert tried == [401] * _FREE + [429]
        # Nobody else is held up, and nobody can be by those who claim to be them.
        assert guess("127.0.0.3", "team@acme.example", "Secret123") == 303


def test_forwarded_addresses_are_ignored_unless_a_trusted_proxy_sends_them(new_register, folder):
    with (
        serving(new_register("sqlite"), folder, trusted_proxies="10.0.0.0/8") as server,
        guessing(server, server.url) as guess,
    ):
        tried = [guess("127.0.0.1", "team@acme.example", forwarded=f"10.0.0.{n}") for n in range(_FREE + 1)]
    assert tried == [401] * _FREE + [429]


def test_behind_a_proxy_that_hides_addresses_no_caller_locks_out_the_others(new_register, folder):
    with (
        serving(new_register("sqlite"), folder, public_url=PUBLIC_URL) as server,
        nginx(server.url, "plain") as proxy,
        guessing(server, proxy.url) as guess,
    ):
        tried = {guess("127.0.0.2", f"somebody{n}@acme.example") for n in range(_FREE_ALL_ACCOUNTS + 1)}
        assert tried == {401}
        assert guess("127.0.0.3", "team@acme.example", "Secret123") == 303


def test_guesses_at_the_password_of_purge_count_by_the_address_that_the_proxy_says(new_register, folder):
    with (
        serving(new_register("sqlite"), folder, trusted_proxies="127.0.0.1") as server,
        nginx(server.url, "keepalive", APPENDED) as proxy,
    ):
        company = new_company(server)
        client = company.new_v1()
        url = f"{proxy.url}/api/v1/clients/{client['id']}/purge"

        def purge(sender: str, password: str, forwarded: str) -> int:
            headers = {"X-API-TOKEN": company.key, "X-API-PASSWORD": password, "X-Forwarded-For": forwarded}
            with httpx.Client(transport=httpx.HTTPTransport(local_address=sender), timeout=30) as http:
                return http.post(url, headers=headers).status_code

        # The end of the header is the proxy's, however long and strange what the caller sends before that is.
        claims = ["10.0.0.1", "x" * 3000, "unknown", "127.0.0.1, ::1", "[fe80::1%eth0]:9"]
        assert [purge("127.0.0.2", "guess", claim) for claim in claims] == [412] * _FREE
        assert purge("127.0.0.2", company.password, "10.0.0.9") == 429
        assert purge("127.0.0.3", company.password, "127.0.0.2") == 200
        company.close()


@pytest.mark.parametrize("claim", ["x" * 3000, "ü", "1.2.3.4\t5", "2001:db8::1%eth0", ":::", "[::1"])
def test_invalid_forwarded_addresses_break_nothing(nonsense, claim):
    server, company, client = nonsense
    headers = {"X-API-TOKEN": company.key, "X-API-PASSWORD": "x", "X-Forwarded-For": claim.encode()}
    assert httpx.post(f"{server.url}/api/v1/clients/{client}/purge", headers=headers).status_code == 412
    form = {"company": company.name, "email": "team@acme.example", "password": "wrong"}
    assert httpx.post(f"{server.url}/bridge/login", data=form, headers=headers).status_code == 401


@pytest.fixture(scope="module")
def nonsense(engine, new_register, tmp_path_factory):
    """A gateway that trusts every peer on this machine, and a client of it."""
    folder = tmp_path_factory.mktemp("nonsense")
    with serving(new_register(engine), folder, trusted_proxies="127.0.0.0/8") as server:
        company = new_company(server)
        yield server, company, company.new_v1()["id"]
        company.close()


def test_forms_and_cookies_follow_the_public_url_and_no_header(proxied: Proxied):
    company = proxied.new_company()
    form = {"company": company.name, "email": "team@acme.example", "password": company.password}
    url = f"{proxied.url}/bridge/login"
    for headers, status in (
        ({"Origin": PUBLIC_URL}, 303),
        ({"Origin": "https://evil.example", "X-Forwarded-Host": "evil.example"}, 403),
        ({"Origin": PUBLIC_URL, "X-Forwarded-Proto": "http"}, 303),
    ):
        answer = httpx.post(url, data=form, headers=headers)
        assert answer.status_code == status
        assert status == 403 or answer.headers["set-cookie"].endswith("; Secure")
    company.close()
