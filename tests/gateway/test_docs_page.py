"""/docs over HTTP: everything from this origin, nothing inline, nothing from elsewhere."""

import re

import httpx
import pytest


def test_the_page_and_all_its_files_are_served_locally(server):
    page = httpx.get(f"{server.url}/docs/")
    assert page.status_code == 200
    assert page.headers["content-type"].startswith("text/html")
    assert "default-src 'none'; script-src 'self'" in page.headers["content-security-policy"]
    assert "<script>" not in page.text
    named = re.findall(r'(?:src|href|data-document)="(/[^"]*)"', page.text)
    assert {"/bridge", "/api/openapi.json", "/api/v1/openapi.json", "/docs/docs.css", "/docs/docs.js"} <= set(named)
    assert not re.search(r"https?://", page.text)
    for path in named:
        assert httpx.get(server.url + path, follow_redirects=True).status_code == 200, path


@pytest.mark.parametrize("path", ["/docs/nothing.js", "/docs/../settings.py", "/docs/%2e%2e/__init__.py"])
def test_other_paths_below_docs_are_404(server, path):
    answer = httpx.get(server.url + path)
    assert (answer.status_code, answer.headers["content-type"]) == (404, "application/json")


@pytest.mark.parametrize("dialect", ["api", "api/v1"])
def test_each_dialect_serves_its_openapi_document(server, dialect):
    document = httpx.get(f"{server.url}/{dialect}/openapi.json").json()
    assert document["openapi"] == "3.1.0"
    assert document["servers"][0]["url"] == server.settings.public_url
