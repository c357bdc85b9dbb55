"""Every answer of /api announces its deprecation, its end, and its successor."""

from collections.abc import Iterator

import httpx
import pytest

from tests.drivers import Company, new_company
from tests.gateway.command_line import fresh
from tests.server import serving

PARTING = {
    "api_deprecated_at": "2026-07-01",
    "api_sunset_at": "2027-01-31T12:00:00+01:00",
    "api_successor_url": "https://crm.example/api/v1/",
    "api_deprecation_url": "https://crm.example/goodbye",
}
HEADERS = ("deprecation", "sunset", "link")


@pytest.fixture(scope="module")
def parting(new_register, tmp_path_factory) -> Iterator[Company]:
    """A company on a server that has deprecated /api."""
    folder = tmp_path_factory.mktemp("parting")
    with serving(new_register("sqlite"), folder, max_body_bytes=1024, **PARTING) as server:
        made = new_company(server)
        yield made
        made.close()


@pytest.mark.parametrize(
    ("method", "path", "sent", "status"),
    [
        ("GET", "/clients", {}, 200),
        ("HEAD", "/clients", {}, 200),
        ("OPTIONS", "/clients", {}, 204),
        ("POST", "/clients", {"json": {"first_name": "A", "last_name": "B", "email": "a@b.example"}}, 201),
        ("POST", "/clients", {"json": {}}, 422),
        ("POST", "/clients", {"content": b"{", "headers": {"Content-Type": "application/json"}}, 400),
        ("POST", "/clients", {"content": b"x" * 2000, "headers": {"Content-Type": "application/json"}}, 413),
        ("POST", "/clients", {"content": b"x", "headers": {"Content-Type": "text/plain"}}, 415),
        ("GET", "/clients", {"headers": {"Authorization": ""}}, 401),
        ("GET", "/clients/987654321", {}, 404),
        ("GET", "/nowhere", {}, 404),
        ("GET", "", {}, 404),
        ("TRACE", "/clients", {}, 405),
        ("GET", "/openapi.json", {}, 200),
    ],
)
def test_every_answer_of_api_announces_its_end(parting, method, path, sent, status):
    answer = parting.api.request(method, path, **sent)
    assert answer.status_code == status
    assert answer.headers["deprecation"] == "@1782864000"
    assert answer.headers["sunset"] == "Sun, 31 Jan 2027 11:00:00 GMT"
    assert answer.headers.get_list("link") == [
        '<https://crm.example/api/v1/>; rel="successor-version"',
        '<https://crm.example/goodbye>; rel="deprecation"',
        '<https://crm.example/goodbye>; rel="sunset"',
    ]


@pytest.mark.parametrize("path", ["/api/v1/clients", "/api/v1/nowhere", "/healthz", "/nowhere"])
def test_no_answer_outside_of_api_announces_an_end(parting, path):
    answer = httpx.get(parting.server.url + path, headers={"X-API-TOKEN": parting.key})
    assert not any(name in answer.headers for name in HEADERS)


def test_the_openapi_documents_mark_every_operation_of_api_as_deprecated_and_none_of_v1(parting):
    def marks(prefix: str) -> set[bool]:
        paths = httpx.get(f"{parting.server.url}{prefix}/openapi.json").json()["paths"]
        return {operation.get("deprecated", False) for path in paths.values() for operation in path.values()}

    assert (marks("/api"), marks("/api/v1")) == ({True}, {False})


def test_api_is_still_served_after_its_sunset(new_register, tmp_path):
    with serving(new_register("sqlite"), tmp_path, api_sunset_at="2020-01-01T00:00:00Z") as server:
        company = new_company(server)
        client = company.new_legacy()
        answer = company.api.get(f"/clients/{client['id']}")
        company.close()
    assert answer.status_code == 200
    assert answer.headers["sunset"] == "Wed, 01 Jan 2020 00:00:00 GMT"
    assert answer.headers.get_list("link") == [f'<{server.url}/api/v1/openapi.json>; rel="successor-version"']
    assert "deprecation" not in answer.headers


def test_without_a_setting_no_end_is_announced(company):
    assert not any(name in company.api.get("/clients").headers for name in HEADERS)


@pytest.mark.parametrize(
    ("settings", "named"),
    [
        ({"GATEWAY_API_DEPRECATED_AT": "next year"}, "GATEWAY_API_DEPRECATED_AT"),
        ({"GATEWAY_API_DEPRECATED_AT": "2026-07-01", "GATEWAY_API_SUNSET_AT": "2026-06-30"}, "GATEWAY_API_SUNSET_AT"),
        ({"GATEWAY_API_SUCCESSOR_URL": 'https://x.example/>; rel="next"'}, "GATEWAY_API_SUCCESSOR_URL"),
        ({"GATEWAY_API_DEPRECATION_URL": "crm.example"}, "GATEWAY_API_DEPRECATION_URL"),
    ],
)
def test_an_invalid_setting_is_refused_at_the_start(tmp_path, settings, named):
    result = fresh(tmp_path).run("serve", **settings)
    assert result.exit_code == 1
    assert result.stderr.startswith(f"Error: {named}: ")
