"""Settings that are URLs or networks: what is accepted, its normal form, and the errors for the rest."""

import httpx
import pytest

from gateway.server.addresses import is_loopback
from gateway.settings import Settings
from tests.gateway.command_line import every_command
from tests.server import serving

NO_URLS = [
    *["crm.example", "//crm.example", "http:crm.example", "https://", "https:///x", "ftp://crm.example", "/"],
    *["https://crm example", "https://crm.example/a b", " https://crm.example", "https://crm.example\n"],
    *["https://user:pw@crm.example", "https://crm.example:0", "https://crm.example:99999", "https://crm.example:x"],
    *["https://300.1.1.1", "https://[::1", "https://..", "https://-x", "https://a.example,https://b.example"],
    *["https://crm.example/<x>", "https://crm.example\\x", "https://crm.example/ü"],
]


@pytest.mark.parametrize(
    ("given", "used"),
    [
        ("https://crm.example", "https://crm.example"),
        ("https://crm.example/", "https://crm.example"),
        ("https://crm.example///", "https://crm.example"),
        ("HTTPS://CRM.Example:443", "https://crm.example"),
        ("http://crm.example:80/", "http://crm.example"),
        ("http://crm.example:8080", "http://crm.example:8080"),
        ("https://crm.example/clients/", "https://crm.example/clients"),
        ("http://[::1]:8000", "http://[::1]:8000"),
        ("http://gateway_1:8000", "http://gateway_1:8000"),
        ("https://büro.example", "https://xn--bro-hoa.example"),
    ],
)
def test_the_public_url_is_used_in_its_normal_form(given, used):
    assert Settings(public_url=given).public_url == used


@pytest.mark.parametrize(
    "given", [*NO_URLS, "https://crm.example?", "https://crm.example/?a=b", "https://crm.example#x"]
)
def test_an_invalid_public_url_ends_a_command_with_one_sentence(unchanged, given):
    result = unchanged.run("token", "list", GATEWAY_PUBLIC_URL=given)
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.startswith("Error: GATEWAY_PUBLIC_URL: must be an absolute http or https URL")
    assert "such as https://crm.example" in result.stderr
    assert "pw" not in result.stderr


@pytest.mark.parametrize("name", ["API_SUCCESSOR_URL", "API_DEPRECATION_URL"])
@pytest.mark.parametrize("given", NO_URLS)
def test_other_urls_are_validated_as_well(unchanged, name, given):
    result = unchanged.run("token", "list", **{f"GATEWAY_{name}": given})
    assert result.exit_code == 1
    assert result.stderr.startswith(f"Error: GATEWAY_{name}: must be an absolute http or https URL, such as ")


def test_other_urls_may_have_a_query_and_a_fragment():
    assert Settings(api_successor_url="https://x.example/?a=b#c").api_successor_url == "https://x.example/?a=b#c"


ARGUMENTS = {
    "import csv": ["-"],
    "import json": ["-"],
    "import ninja": ["http://127.0.0.1:1", "--token", "x"],
    "import grow": ["http://127.0.0.1:1", "--key", "x"],
    "openapi": ["api"],
    "backup": ["backup.zip"],
    "serve": ["--port", "1"],
}
WITH_SETTINGS = sorted(set(every_command()) - {("contract",), ("mock",)})  # these make settings of their own


@pytest.mark.parametrize("words", WITH_SETTINGS, ids=" ".join)
def test_no_command_answers_a_wrong_setting_with_a_traceback(unchanged, folder, monkeypatch, words):
    monkeypatch.chdir(folder)
    result = unchanged.run(*words, *ARGUMENTS.get(" ".join(words), []), GATEWAY_PUBLIC_URL="crm.example")
    assert result.exit_code in (0, 1, 2)  # run() lets no exception pass
    assert "Traceback" not in result.output
    if " ".join(words) in ARGUMENTS:
        assert "GATEWAY_PUBLIC_URL: must be an absolute http or https URL" in result.output


@pytest.mark.parametrize(
    "listed", ["*", "localhost", "10.0.0.1/8", "0.0.0.0/0", "::/0", "10.0.0.1;10.0.0.2", "proxy.example"]
)
def test_trusted_proxies_are_networks_and_never_all_addresses(unchanged, listed):
    result = unchanged.run("token", "list", GATEWAY_TRUSTED_PROXIES=listed)
    assert result.exit_code == 1
    assert result.stderr.startswith("Error: GATEWAY_TRUSTED_PROXIES: must list IP addresses or networks")


def test_a_form_of_the_public_url_is_accepted_however_the_url_was_written(new_register, folder):
    with serving(new_register("sqlite"), folder, public_url="https://CRM.example:443/") as server:
        server.bootstrap("Only")
        form = {"email": "team@acme.example", "password": "Secret123"}
        for origin, status in (("https://crm.example", 303), ("https://crm.example.evil", 403)):
            answer = httpx.post(f"{server.url}/bridge/login", data=form, headers={"Origin": origin})
            assert answer.status_code == status


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        *[(each, True) for each in ("127.0.0.1", "127.9.9.9", "::1", "[::1]", "::ffff:127.0.0.1", "localhost")],
        *[(each, False) for each in ("10.0.0.1", "0.0.0.0", "::ffff:10.0.0.1", "example.com", "")],
    ],
)
def test_loopback_addresses_are_recognized(address, expected):
    assert is_loopback(address) is expected
