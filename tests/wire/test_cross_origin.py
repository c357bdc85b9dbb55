"""Pages of other origins may call the dialects if GATEWAY_CORS_ORIGINS allows it, and never see anything else."""

import ast
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from pydantic import ValidationError

import dialects
from gateway.settings import Settings
from tests.drivers import Company, new_company
from tests.register.arranging import upload
from tests.server import serving

SHOP = "https://shop.example"
OTHER = "http://localhost:3000"
STRANGER = "https://stranger.example"
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")
# Headers that scripts may always see, and headers for the browser and its connection.
SEEN = {"cache-control", "content-language", "content-length", "content-type", "expires", "last-modified", "pragma"}
HIDDEN = {"connection", "date", "server", "transfer-encoding"}


@pytest.fixture(scope="module")
def shop(new_register, tmp_path_factory) -> Iterator[Company]:
    """A company on a server that allows two origins, limits requests, and has deprecated /api."""
    folder = tmp_path_factory.mktemp("cors")
    more = {"cors_origins": f"{SHOP}/, {OTHER}", "rate_limit": 500, "api_deprecated_at": "2026-07-01"}
    with serving(new_register("sqlite"), folder, **more) as server:
        made = new_company(server)
        yield made
        made.close()


def preflight(url, origin=SHOP, method="PUT", headers="x-api-token, content-type"):
    asked = {"Origin": origin, "Access-Control-Request-Method": method, "Access-Control-Request-Headers": headers}
    return httpx.options(url, headers=asked)


def names(header):
    return {name.strip().lower() for name in header.split(",")}


@pytest.mark.parametrize("path", ["/api/clients", "/api/v1/clients/x", "/api/nowhere", "/api/v1/nowhere", "/api//v1"])
@pytest.mark.parametrize("method", METHODS)
def test_a_preflight_request_needs_no_key(shop, path, method):
    for origin in (SHOP, OTHER):
        answer = preflight(shop.server.url + path, origin, method)
        assert (answer.status_code, answer.headers["access-control-allow-origin"]) == (200, origin)
        assert method in answer.headers["access-control-allow-methods"]
        assert "access-control-allow-credentials" not in answer.headers
        assert "origin" in names(answer.headers["vary"])


def test_every_header_that_the_dialects_read_may_be_sent(shop):
    read = read_headers()
    assert {"authorization", "x-api-token", "if-match", "idempotency-key", "content-encoding"} <= read
    for name in {*read, "x-requested-with", "x-request-id", "traceparent"}:
        answer = preflight(f"{shop.server.url}/api/v1/clients", headers=name)
        assert (answer.status_code, names(answer.headers["access-control-allow-headers"])) == (200, {name})


def read_headers():
    """Return the names of all headers that the code of the dialects and their bodies reads."""
    root = Path(dialects.__file__).parents[1]
    files = [*root.glob("dialects/**/*.py"), *root.glob("schemas/**/*.py")]
    calls = [node for file in files for node in ast.walk(ast.parse(file.read_text())) if isinstance(node, ast.Call)]
    looked_up = {
        call.args[0].value
        for call in calls
        if isinstance(call.func, ast.Attribute) and call.func.attr in ("get", "getlist") and call.args
        if isinstance(call.args[0], ast.Constant) and "headers" in ast.unparse(call.func.value)
    }
    return looked_up | {"if-match", "if-none-match"}


def answers(company):
    """Return every kind of answer, each with its headers."""
    made = company.new_v1()
    path = f"/clients/{made['id']}"
    (document,) = upload(company, made["id"], ("é.txt", b"a")).json()["data"]["documents"]
    shown = company.v1.get(path)
    yield from (shown, company.v1.get(path, headers={"If-None-Match": shown.headers["etag"]}))
    yield company.v1.get("/clients", params={"nonsense": 1})
    yield company.v1.get("/clients", headers={"Prefer": "handling=strict"})
    for _ in range(2):
        yield company.v1.put(path, json={"name": "x"}, headers={"Idempotency-Key": "mine"})
    yield company.v1.put(path, content=b"x", headers={"Content-Type": "application/json", "Content-Encoding": "br"})
    yield company.v1.get(document["url"])
    yield from (company.api.request(method, "/clients") for method in ("GET", "HEAD", "OPTIONS", "TRACE", "POST"))
    yield from (company.api.get(path, headers={"Authorization": ""}) for path in ("/clients", "/nowhere"))
    yield from (company.v1.get(path) for path in ("/openapi.json", "/clients?include=x", "/clients?page=0"))
    for _ in range(2 * 501):  # a new minute may begin meanwhile
        refused = company.v1.get("/ping")
        if refused.status_code == 429:
            break
    yield refused


def test_every_header_of_every_answer_is_shown_to_the_page(shop):
    company = new_company(shop.server)
    for http in (company.api, company.v1):
        http.headers["Origin"] = SHOP
    seen = defaultdict(set)
    for answer in answers(company):
        seen[answer.status_code] |= set(answer.headers)
        assert "access-control-expose-headers" in answer.headers, (answer.request, answer.text)
        exposed = names(answer.headers["access-control-expose-headers"])
        shown = {name for name in answer.headers if not name.startswith("access-control-")}
        assert shown - SEEN - HIDDEN <= exposed, answer.request
        assert answer.headers["access-control-allow-origin"] == SHOP
        assert "access-control-allow-credentials" not in answer.headers
        assert names(answer.headers["vary"]) >= {"origin", "authorization", "x-api-token"}
        assert len(answer.headers.get_list("vary")) == 1
    company.close()
    assert set(seen) == {200, 204, 304, 400, 401, 404, 405, 415, 422, 429}
    told = set().union(*seen.values())
    assert {"etag", "allow", "retry-after", "x-ratelimit-reset", "content-disposition", "link", "deprecation"} <= told


def test_other_origins_get_no_cross_origin_headers(shop):
    refused = preflight(f"{shop.server.url}/api/clients", STRANGER)
    assert (refused.status_code, "access-control-allow-origin" in refused.headers) == (400, False)
    for origin in (STRANGER, "null", "https://shop.example.stranger.example", "http://shop.example", ""):
        answer = shop.api.get("/clients", headers={"Origin": origin})
        assert (answer.status_code, "access-control-allow-origin" in answer.headers) == (200, False)
        assert "origin" in names(answer.headers["vary"])


def test_without_an_origin_options_says_what_is_allowed(shop):
    for headers in ({}, {"Origin": SHOP}, {"Access-Control-Request-Method": "PUT"}):
        answer = shop.api.request("OPTIONS", "/clients", headers=headers)
        assert (answer.status_code, answer.headers["allow"]) == (204, "GET, POST, HEAD, OPTIONS")


CLOSED = ("/bridge", "/bridge/login", "//bridge//login", "/client/key_login/x", "/metrics", "/healthz", "/docs", "/x")


@pytest.mark.parametrize("path", CLOSED)
def test_pages_metrics_and_probes_are_open_to_no_other_origin(shop, path):
    for answer in (preflight(shop.server.url + path), httpx.get(shop.server.url + path, headers={"Origin": SHOP})):
        assert [name for name in answer.headers if name.startswith("access-control-")] == []


def test_without_the_setting_no_other_origin_is_allowed(company):
    asked = preflight(f"{company.server.url}/api/clients")
    answer = company.api.get("/clients", headers={"Origin": SHOP})
    assert (asked.status_code, answer.status_code) == (204, 200)
    for headers in (asked.headers, answer.headers):
        assert [name for name in headers if name.startswith("access-control-")] == []


def test_all_origins_can_be_allowed_and_none_with_cookies(new_register, tmp_path):
    with serving(new_register("sqlite"), tmp_path, cors_origins="*") as server:
        company = new_company(server)
        asked = preflight(f"{server.url}/api/v1/clients", STRANGER, "DELETE")
        answer = company.v1.get("/clients", headers={"Origin": STRANGER, "Cookie": "a=b"})
        for each in (asked, answer):
            assert (each.status_code, each.headers["access-control-allow-origin"]) == (200, "*")
            assert "access-control-allow-credentials" not in each.headers
        company.close()


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("", ()),
        ("*", ("*",)),
        (" https://a.example , http://b.example:8080/ ,", ("https://a.example", "http://b.example:8080")),
        ("HTTPS://A.Example:443,http://b.example:80", ("https://a.example", "http://b.example")),
        ("http://[::1]:3000,http://127.0.0.1", ("http://[::1]:3000", "http://127.0.0.1")),
        ("capacitor://localhost", ("capacitor://localhost",)),
        ("https://a.example,https://a.example/", ("https://a.example",)),
    ],
)
def test_configured_origins_are_normalized_as_browsers_write_them(monkeypatch, given, kept):
    monkeypatch.setenv("GATEWAY_CORS_ORIGINS", given)
    assert Settings().cors_origins == kept


NO_ORIGINS = (
    "null",
    "shop.example",
    "https://",
    "https://shop.example/app",
    "https://shop.example?x",
    "https://user@shop.example",
    "https://*.shop.example",
    "https://shop.example:99999",
    "https://shop.example:x",
    "http://[::zz]",
    "https://bücher.example",
    '["https://shop.example"]',
    "https://a.example https://b.example",
    "*, https://shop.example",
)


@pytest.mark.parametrize("given", NO_ORIGINS)
def test_an_invalid_origin_is_named_at_the_start(monkeypatch, given):
    monkeypatch.setenv("GATEWAY_CORS_ORIGINS", given)
    with pytest.raises(ValidationError, match=r"is not an origin; write scheme://host|means every origin"):
        Settings()
