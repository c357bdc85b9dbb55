"""Where webhooks of /api/v1 are never sent, however their address is written and whatever it resolves to."""

import shutil
import socket
import ssl
import subprocess

import httpx
import pytest

from core.events import webhooks
from tests.drivers import Company, new_company
from tests.register.arranging import eventually, number_of, register
from tests.server import Server, serving
from tests.webhooks.conftest import IMPATIENT, all_ended, bodies, listed, made, subscribed


def readdressed(company: Company, hook: dict, url: str) -> None:
    """Give a webhook an address that is refused for callers, as if its name resolved to another address."""
    with company.server.database.writing() as connection:
        connection.exec_driver_sql(f"UPDATE webhooks SET url = '{url}' WHERE id = {number_of(hook)}")


@pytest.fixture(scope="module")
def strict(engine, new_register, tmp_path_factory):
    """A gateway whose operator has allowed nothing."""
    folder = tmp_path_factory.mktemp("strict")
    with serving(new_register(engine), folder, **IMPATIENT | {"webhook_allow": ""}) as server:
        yield server


@pytest.fixture
def resolver(monkeypatch):
    """Names that resolve to what a test says, one address after another; all others as they do."""
    known, asked, real = {}, [], socket.getaddrinfo

    def resolve(host, port, *args, **named):
        if host not in known:
            return real(host, port, *args, **named)
        asked.append(host)
        addresses = known[host].pop(0) if len(known[host]) > 1 else known[host][0]
        return [each for address in addresses for each in real(address, port, type=socket.SOCK_STREAM)]

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    known["asked"] = asked
    return known


WRITTEN = [
    "127.0.0.1",
    "2130706433",
    "0x7f.1",
    "127.1",
    "[::ffff:127.0.0.1]",
    "[::ffff:7f00:1]",
    "localhost",
    "0.0.0.0",
]


@pytest.mark.parametrize("host", WRITTEN)
@pytest.mark.engines("sqlite")
def test_no_notation_of_an_address_reaches_this_machine(strict: Server, receiver, host):
    company = new_company(strict)
    hook = made(company, "https://hooks.example.com/")
    readdressed(company, hook, receiver.url.replace("127.0.0.1", host))
    company.new_v1()
    assert eventually(lambda: all_ended(company))
    (delivery,) = listed(company)
    assert (delivery["is_dead"], delivery["attempts"]) == (True, 3)
    assert "AddressRefused" in delivery["last_error"]
    assert receiver.requests == []
    company.close()


PLACES = {
    "loopback": "127.0.0.1", "private": "10.0.0.1", "of a carrier": "100.64.0.1", "metadata": "169.254.169.254",
    "mapped": "::ffff:10.0.0.1", "6to4": "2002:a00:1::", "NAT64": "64:ff9b::a00:1", "local IPv6": "fd00:ec2::254",
    "multicast": "239.1.1.1", "unspecified": "::",
}  # fmt: skip


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.engines("sqlite")
def test_a_name_is_judged_by_what_it_resolves_to(strict: Server, resolver, place):
    company = new_company(strict)
    resolver["hooks.example.com"] = [[PLACES[place]]]
    made(company, "https://hooks.example.com/")
    company.new_v1()
    assert eventually(lambda: bool(listed(company)) and "AddressRefused" in listed(company)[0]["last_error"])
    company.close()


@pytest.mark.engines("sqlite")
def test_a_name_is_resolved_once_so_that_it_cannot_be_rebound(company, receiver, resolver):
    port = receiver.url.split(":")[2]
    resolver["rebinding.example.com"] = [["127.0.0.1"], ["127.0.0.2"]]
    made(company, f"http://rebinding.example.com:{port}")
    company.new_v1(name="Acme")
    (request,) = receiver.waited_for(1)
    assert request.headers["host"] == f"rebinding.example.com:{port.partition('/')[0]}"
    assert resolver["asked"] == ["rebinding.example.com"]


@pytest.mark.engines("sqlite")
def test_of_several_addresses_only_allowed_ones_are_tried_one_after_another(company, receiver, resolver):
    resolver["several.example.com"] = [["127.0.0.2", "10.0.0.1", "127.0.0.1"]]
    made(company, f"http://several.example.com:{receiver.url.split(':')[2]}")
    company.new_v1(name="Acme")
    assert bodies(receiver.waited_for(1))[0]["name"] == "Acme"


@pytest.mark.skipif(not shutil.which("openssl"), reason="openssl, which makes the certificate, is not there")
@pytest.mark.parametrize("name", ["tls.example.com", "other.example.com"])
@pytest.mark.engines("sqlite")
def test_the_certificate_is_that_of_the_name(engine, new_register, tmp_path, receiver, resolver, monkeypatch, name):
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=tls.example.com",
         "-addext", "subjectAltName=DNS:tls.example.com", "-keyout", key, "-out", certificate],
        check=True, capture_output=True,
    )  # fmt: skip
    receiver.speak_tls(key, certificate)
    context = ssl.create_default_context(cafile=str(certificate))
    monkeypatch.setattr(httpx, "create_ssl_context", lambda: context)
    resolver[name] = [["127.0.0.1"]]
    with serving(new_register(engine), tmp_path, **IMPATIENT) as server:
        company = new_company(server)
        made(company, receiver.url.replace("http://127.0.0.1", f"https://{name}"))
        company.new_v1(name="Acme")
        assert eventually(lambda: all_ended(company))
        assert [each["name"] for each in bodies(receiver.requests)] == (["Acme"] if name == "tls.example.com" else [])
        company.close()


def test_an_allowed_name_may_lead_anywhere(engine, new_register, tmp_path, receiver, resolver):
    settings = IMPATIENT | {"webhook_allow": "n8n.lan, 10.0.0.0/8"}
    with serving(new_register(engine), tmp_path, **settings) as server:
        company = new_company(server)
        resolver["n8n.lan"] = [["127.0.0.1"]]
        resolver["other.lan"] = [["127.0.0.1"]]
        for name in ("n8n.lan", "other.lan"):
            made(company, receiver.url.replace("127.0.0.1", name))
        company.new_v1()
        (request,) = receiver.waited_for(1)
        assert request.headers["host"].startswith("n8n.lan")
        assert eventually(lambda: sum("AddressRefused" in each["last_error"] for each in listed(company)) == 1)
        company.close()


def test_an_operators_webhook_goes_where_the_operator_says(strict: Server, receiver):
    company = new_company(strict)
    hook = subscribed(company, receiver)
    company.new_v1(name="Acme")
    (request,) = receiver.waited_for(1)
    assert request.opened(hook["secret"])["data"]["name"] == "Acme"
    company.close()


def test_a_proxy_of_the_environment_is_for_operators_alone(
    engine, new_register, tmp_path, receiver, other_receiver, monkeypatch
):
    with serving(new_register(engine), tmp_path, **IMPATIENT) as server:
        company = new_company(server)
        made(company, receiver.url)
        register(company, webhooks.add, "http://operator.example/hook", "v1")
        monkeypatch.setenv("HTTP_PROXY", other_receiver.url.removesuffix("/hook"))
        monkeypatch.delenv("NO_PROXY", raising=False)
        company.new_v1()
        assert receiver.waited_for(1)[0].target == "/hook"
        assert [each.target for each in other_receiver.waited_for(1)] == ["http://operator.example/hook"]
        company.close()
