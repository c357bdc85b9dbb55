"""The proxy configurations of docs/deploy in the real programs; only names, ports and certificates are replaced."""

import re
import ssl
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import httpx
import pytest

from core.access.logins import _FREE
from tests.drivers import Company, new_company
from tests.proxies.caddy import caddy_of
from tests.proxies.haproxy import haproxy_of
from tests.proxies.nginx import nginx_of
from tests.proxies.running import Proxy, installed
from tests.server import Server, free_port, serving

DEPLOY = Path(__file__).parents[2] / "docs" / "deploy"
NAME = "localhost"  # instead of crm.example
LARGE = bytes(range(256)) * 4096 * 12


def configured(file: str, gateway_port: int, **replaced: str) -> str:
    """Return a file of docs/deploy with this machine's names and ports; each pattern must occur."""
    text = (DEPLOY / file).read_text()
    patterns = {r"127\.0\.0\.1:8000": f"127.0.0.1:{gateway_port}", r"crm\.example": NAME} | replaced
    for pattern, by in patterns.items():
        text, count = re.subn(pattern, by, text)
        assert count, f"{file} has no {pattern}"
    return text


def self_signed(folder: Path) -> tuple[Path, Path]:
    """A certificate of this machine, and its key."""
    certificate, key = folder / "cert.pem", folder / "key.pem"
    made = [installed("openssl"), "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
    made += ["-subj", f"/CN={NAME}", "-addext", f"subjectAltName=DNS:{NAME}", "-days", "2"]
    subprocess.run([*made, "-keyout", str(key), "-out", str(certificate)], check=True, capture_output=True)
    return certificate, key


Opened = tuple[Proxy, Path, int]
"""The proxy, the certificate to trust, and the port without TLS."""


@contextmanager
def nginx_as_deployed(gateway: int, port: int, folder: Path) -> Iterator[Opened]:
    certificate, key = self_signed(folder)
    plain = free_port()
    listening = {"listen 443 ": f"listen 127.0.0.1:{port} ", "listen 80;": f"listen 127.0.0.1:{plain};"}
    certificates = {"/etc/ssl/localhost/fullchain.pem": str(certificate), "/etc/ssl/localhost/privkey.pem": str(key)}
    with nginx_of(configured("nginx.conf", gateway, **listening, **certificates), "nginx", port, "https") as proxy:
        yield proxy, certificate, plain


@contextmanager
def haproxy_as_deployed(gateway: int, port: int, folder: Path) -> Iterator[Opened]:
    certificate, key = self_signed(folder)
    both, plain = folder / "both.pem", free_port()
    both.write_text(certificate.read_text() + key.read_text())
    listening = {"bind :80": f"bind 127.0.0.1:{plain}", "bind :443": f"bind 127.0.0.1:{port}"}
    certificates = {"/etc/haproxy/localhost.pem": str(both)}
    with haproxy_of(configured("haproxy.cfg", gateway, **listening, **certificates), port, "https") as proxy:
        yield proxy, certificate, plain


@contextmanager
def caddy_as_deployed(gateway: int, port: int, _folder: Path) -> Iterator[Opened]:
    plain = free_port()
    with caddy_of(configured("Caddyfile", gateway), port, "https", plain) as proxy:
        yield proxy, proxy.log_file.parent / "caddy" / "pki" / "authorities" / "local" / "root.crt", plain


DEPLOYED: dict[str, Callable[[int, int, Path], AbstractContextManager[Opened]]] = {
    "nginx.conf": nginx_as_deployed,
    "haproxy.cfg": haproxy_as_deployed,
    "Caddyfile": caddy_as_deployed,
}


class Deployed:
    """A gateway behind a proxy with TLS, and a company whose clients use its public URL."""

    def __init__(self, server: Server, trusted: ssl.SSLContext, plain: int) -> None:
        self.url, self.plain, self._trusted = server.settings.public_url, plain, trusted
        self.company: Company = new_company(server)

    def http(self, sender: str = "127.0.0.1", **headers: str) -> httpx.Client:
        transport = httpx.HTTPTransport(verify=self._trusted, local_address=sender)
        return httpx.Client(transport=transport, base_url=self.url, headers=headers, timeout=60)

    @property
    def api(self) -> httpx.Client:
        return self.http(Authorization=f"Bearer {self.company.key}")

    @property
    def v1(self) -> httpx.Client:
        return self.http(**{"X-API-TOKEN": self.company.key})


@pytest.fixture(scope="module", params=DEPLOYED)
def deployed(request, new_register, tmp_path_factory) -> Iterator[Deployed]:
    folder, port = tmp_path_factory.mktemp("deployed"), free_port()
    settings = {"public_url": f"https://{NAME}:{port}", "trusted_proxies": "127.0.0.1"}
    with (
        serving(new_register("sqlite"), folder, **settings) as server,
        DEPLOYED[request.param](httpx.URL(server.url).port or 0, port, folder) as (proxy, certificate, plain),
    ):
        yield Deployed(server, trusting(certificate, proxy), plain)


def trusting(certificate: Path, proxy: Proxy) -> ssl.SSLContext:
    """Return a TLS context that trusts only this certificate, once the gateway behind the proxy is healthy."""
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        try:
            context = ssl.create_default_context(cafile=certificate)
            with httpx.Client(transport=httpx.HTTPTransport(verify=context)) as http:
                if http.get(f"https://{NAME}:{proxy.port}/healthz").status_code == 200:
                    return context
        except (httpx.TransportError, OSError):
            pass
        time.sleep(0.1)
    raise AssertionError(f"{proxy.name} does not answer over TLS: {proxy.log}")


def test_both_dialects_answer_over_tls_and_their_links_can_be_followed(deployed):
    with deployed.api as api, deployed.v1 as v1:
        made = api.post("/api/clients", json={"first_name": "Jane", "last_name": "Doe", "email": "jane@acme.example"})
        assert made.status_code == 201, made.text
        assert v1.post("/api/v1/clients", json={"name": "Umbrella"}).status_code == 200
        page = v1.get("/api/v1/clients", params={"per_page": 1}).json()
        following = page["meta"]["pagination"]["links"]["next"]
        assert following.startswith(f"{deployed.url}/api/v1/clients?")
        assert [each["name"] for each in v1.get(following).json()["data"]] == ["Umbrella"]
        assert v1.get("/api/v1/openapi.json").json()["servers"][0]["url"] == deployed.url


def test_documents_go_through_and_come_back(deployed):
    with deployed.v1 as v1:
        client = v1.post("/api/v1/clients").json()["data"]["id"]
        files = {"documents[]": ("blob.bin", LARGE, "application/octet-stream")}
        uploaded = v1.post(f"/api/v1/clients/{client}/upload", data={"_method": "PUT"}, files=files)
        assert uploaded.status_code == 200, uploaded.text
        assert v1.get(uploaded.json()["data"]["documents"][0]["url"]).content == LARGE


def test_too_large_a_body_is_refused_by_the_gateway_itself(deployed):
    with deployed.api as api:
        answer = api.post("/api/clients", json={"first_name": "x" * (3 * 1024 * 1024)})
        assert (answer.status_code, set(answer.json())) == (413, {"message"})


@pytest.mark.parametrize("path", ["/metrics", "/metrics/", "/metrics?x=y"])
def test_metrics_are_not_served(deployed, path):
    with deployed.http() as http:
        answer = http.get(path)
        assert answer.status_code == 404
        assert "GATEWAY_METRICS_TOKEN" not in answer.text


def test_requests_without_tls_are_redirected_to_https(deployed):
    answer = httpx.get(f"http://{NAME}:{deployed.plain}/api/clients?page=2")
    assert answer.status_code in (301, 308)
    target = httpx.URL(answer.headers["location"])  # with a port where the proxy keeps that of the request
    assert (target.scheme, target.host, target.raw_path) == ("https", NAME, b"/api/clients?page=2")


def test_signing_in_works_with_a_secure_cookie_and_counts_callers_apart(deployed):
    def sign_in(sender: str, password: str) -> httpx.Response:
        form = {"company": deployed.company.name, "email": "team@acme.example", "password": password}
        with deployed.http(sender, **{"Origin": deployed.url, "X-Forwarded-For": "10.0.0.1"}) as http:
            return http.post("/bridge/login", data=form)

    tried = [sign_in("127.0.0.2", "wrong").status_code for _ in range(_FREE + 1)]
    assert tried == [401] * _FREE + [429]
    answer = sign_in("127.0.0.3", deployed.company.password)
    assert (answer.status_code, answer.headers["set-cookie"].endswith("; Secure")) == (303, True)
