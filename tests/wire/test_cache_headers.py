"""Every answer forbids caches to give it to another caller (RFC 9111)."""

import httpx
import pytest

from tests.register.arranging import UNKNOWN, upload

NO_KEY = {"Authorization": "", "X-API-TOKEN": ""}
JSON = {"Content-Type": "application/json"}
VARY = {"authorization", "x-api-token", "x-ninja-token", "prefer"}

ANSWERS = {  # method, path, arguments of the request, and the status
    "list": ("GET", "/clients", {}, 200),
    "list with unknown parameters": ("GET", "/clients?nonsense=1", {}, 200),
    "head": ("HEAD", "/clients", {}, 200),
    "options": ("OPTIONS", "/clients", {}, 204),
    "options without a key": ("OPTIONS", "/clients", {"headers": NO_KEY}, 204),
    "OpenAPI document": ("GET", "/openapi.json", {}, 200),
    "OpenAPI document again": ("GET", "/openapi.json", {}, 200),
    "no record": ("GET", f"/clients/{UNKNOWN}", {}, 404),
    "no path": ("GET", "/nowhere", {}, 404),
    "only the prefix": ("GET", "", {}, 404),
    "wrong verb": ("DELETE", "/clients", {}, 405),
    "unheard-of verb": ("BREW", "/clients", {}, 405),
    "malformed body": ("POST", "/clients", {"content": b"{", "headers": JSON}, 400),
    "large body": ("POST", "/clients", {"content": b"x" * 2_200_000, "headers": JSON}, 413),
    "strange body": ("POST", "/clients", {"content": b"x", "headers": {"Content-Type": "text/plain"}}, 415),
    "strange coding": ("POST", "/clients", {"content": b"x", "headers": JSON | {"Content-Encoding": "br"}}, 415),
    "bad parameter": ("GET", "/clients?page=0", {}, 422),
    "refused by preference": ("GET", "/clients?x=1", {"headers": {"Prefer": "handling=strict"}}, 422),
}


def is_the_callers_alone(answer):
    assert answer.headers.get_list("cache-control") == ["no-cache, private"]
    (vary,) = answer.headers.get_list("vary")
    assert {name.strip().lower() for name in vary.split(",")} == VARY
    return True


@pytest.mark.parametrize("name", ANSWERS)
@pytest.mark.parametrize("dialect", ["api", "v1"])
def test_every_answer_of_a_dialect_is_private(company, dialect, name):
    method, path, options, status = ANSWERS[name]
    answer = getattr(company, dialect).request(method, path, **options)
    assert answer.status_code == status
    assert is_the_callers_alone(answer)


@pytest.mark.parametrize("dialect", ["api", "v1"])
def test_a_304_and_a_412_are_private(company, dialect):
    made = company.new_legacy()
    http = getattr(company, dialect)
    path = f"/clients/{made['id'] if dialect == 'api' else company.v1_of(made['id'])}"
    shown = http.get(path)
    known = http.get(path, headers={"If-None-Match": shown.headers["etag"]})
    refused = http.request("DELETE", path, headers={"If-Match": '"other"'})
    assert (shown.status_code, known.status_code, refused.status_code) == (200, 304, 412)
    assert known.headers["etag"] == shown.headers["etag"]
    assert "content-length" not in known.headers
    assert all(map(is_the_callers_alone, (shown, known, refused)))


@pytest.mark.parametrize("dialect", ["api", "v1"])
def test_an_answer_without_a_key_is_private(company, dialect):
    answer = getattr(company, dialect).get("/clients", headers=NO_KEY)
    assert answer.status_code in (401, 403)
    assert is_the_callers_alone(answer)


@pytest.mark.parametrize("name", ["a.txt", "picture.png", "page.html"])
@pytest.mark.parametrize("public", ["0", "1"])
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_no_download_may_be_stored_even_if_it_is_public(company, name, public, method):
    made = company.new_v1()
    path = f"/clients/{made['id']}/upload?is_public={public}"
    (document,) = company.v1.put(path, files={"file": (name, b"bytes")}).json()["data"]["documents"]
    answer = company.v1.request(method, document["url"])
    assert (answer.status_code, answer.headers.get_list("cache-control")) == (200, ["private, no-store"])
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["content-disposition"].startswith("attachment;")


def test_documents_are_not_stored_by_caches_and_outages_are_private(company):
    made = company.new_v1()
    (document,) = upload(company, made["id"], ("a.txt", b"a")).json()["data"]["documents"]
    answer = company.v1.get(document["url"])
    assert answer.headers.get_list("cache-control") == ["private, no-store"]
    assert {name.strip().lower() for name in answer.headers["vary"].split(",")} == VARY
    for file in company.server.storage_folder.glob("**/*"):
        if file.is_file() and file.read_bytes() == b"a":
            file.unlink()
    lost = company.v1.get(document["url"])
    assert lost.status_code >= 500
    assert is_the_callers_alone(lost)


@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/metrics", "/docs", "/x"])
def test_other_changing_answers_are_private(server, path):
    assert is_the_callers_alone(httpx.get(server.url + path))


@pytest.mark.parametrize(
    "path", ["/", "/bridge", "/bridge/login", "/bridge/keys", "/bridge/nothing", "/client/nothing"]
)
def test_pages_and_redirects_to_them_are_not_cached(server, path):
    answer = httpx.get(server.url + path)
    assert answer.headers.get_list("cache-control") == ["no-store"]


def test_static_files_may_be_cached(server):
    answer = httpx.get(f"{server.url}/docs/docs.js")
    assert answer.headers["cache-control"].startswith("public")
