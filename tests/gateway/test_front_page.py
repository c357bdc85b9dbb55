"""The front page, llms.txt, and answers to mistyped paths."""

import re

import httpx
import pytest

from tests.server import serving


def test_the_front_page_explains_the_gateway_and_links_to_its_parts(server):
    page = httpx.get(server.url + "/")
    assert (page.status_code, page.headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert "It is ready." in page.text
    links = re.findall(r'href="([^"]+)"', page.text)
    assert {"/docs", "/bridge", "/api/openapi.json", "/api/v1/openapi.json", "/llms.txt", "/favicon.ico"} <= set(links)
    for link in links:
        assert httpx.get(server.url + link, follow_redirects=True).status_code == 200, link


def test_the_front_page_reports_that_the_gateway_is_not_ready(new_register, tmp_path):
    with serving(new_register("sqlite"), tmp_path) as server:
        (tmp_path / "documents").rename(tmp_path / "elsewhere")
        (tmp_path / "documents").write_text("no folder")
        page = httpx.get(server.url + "/")
    assert page.status_code == 200
    assert "It is not ready:" in page.text


def test_the_icon_is_an_image_that_browsers_keep(server):
    icon = httpx.get(server.url + "/favicon.ico")
    assert icon.headers["content-type"].startswith("image/")
    assert "max-age" in icon.headers["cache-control"]
    assert httpx.head(server.url + "/favicon.ico").status_code == 200


def test_llms_txt_lists_every_operation(server):
    text = httpx.get(server.url + "/llms.txt")
    assert text.headers["content-type"].startswith("text/plain")
    assert text.text.startswith("# ")
    assert "\n> " in text.text
    for prefix in ("/api", "/api/v1"):
        document = httpx.get(f"{server.url}{prefix}/openapi.json").json()
        assert f"({server.url}{prefix}/openapi.json)" in text.text
        for path, operations in document["paths"].items():
            assert all(f"- `{method.upper()} {path}`: " in text.text for method in operations)
    assert "Authorization: Bearer KEY" in text.text
    assert "X-API-TOKEN: KEY" in text.text


@pytest.mark.parametrize(
    ("path", "meant"),
    [
        ("/api/client", "/api/clients"),
        ("/api/cliens/7", "/api/clients/{id}"),
        ("/api/v1/client", "/api/v1/clients"),
        ("/api/v1/clients/VolejRejNm/edt", "/api/v1/clients/{id}/edit"),
        ("/api/group_settings", "/api/v1/group_settings"),
        ("/api/v1/categories/3", "/api/categories/{id}"),
        ("/clients", "/api/clients or /api/v1/clients"),
        ("/v1/clients/VolejRejNm", "/api/v1/clients/{id}"),
        ("/doc", "/docs"),
        ("/bridg", "/bridge"),
        ("/api/openapi.jsn", "/api/openapi.json"),
    ],
)
def test_a_path_similar_to_a_known_one_gets_a_suggestion(server, path, meant):
    answer = httpx.get(server.url + path)
    assert answer.status_code == 404
    assert re.search(rf"[Dd]id you mean {re.escape(meant)}\?$", answer.json()["message"])


@pytest.mark.parametrize(
    "path", ["/api/invoices", "/api/v1/quotes/5/approve", "/nothing", "/wp-login.php", "/" + "x" * 4000]
)
def test_any_other_path_is_an_ordinary_404(server, path):
    answer = httpx.get(server.url + path)
    assert answer.status_code == 404
    assert re.search(r"nothing else is offered\.?$", answer.json()["message"])
