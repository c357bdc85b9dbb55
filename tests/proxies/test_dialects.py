"""Both dialects behind each proxy: no proxy changes anything that clients rely on."""

import hashlib
import socket

import httpx
import pytest

from tests.proxies.conftest import PUBLIC_URL

LARGE = bytes(range(256)) * 4 * 1024 * 12  # 12 MiB, more than any proxy keeps in memory


def test_a_client_is_created_read_changed_listed_and_deleted_in_api(company):
    made = company.new_legacy(client_company_name="Umbrella", tags=["a"])
    assert company.legacy_view(made["id"])["company_name"] == "Umbrella"
    changed = company.api.patch(f"/clients/{made['id']}", json={"client_company_name": "Ünicode ✓"})
    assert changed.json()["data"]["company_name"] == "Ünicode ✓"
    listed = company.api.get("/clients", params={"search": "Ünicode ✓"}).json()
    assert [each["id"] for each in listed["data"]] == [made["id"]]
    assert company.api.put(f"/clients/{made['id']}/status", json={"status": "suspended"}).status_code == 200
    assert company.api.delete(f"/clients/{made['id']}").status_code == 200
    assert company.api.get(f"/clients/{made['id']}").status_code == 404


def test_a_client_is_created_read_changed_listed_and_purged_in_v1(company):
    made = company.new_v1(name="Umbrella", contacts=[{"email": "jane@umbrella.example"}])
    changed = company.v1.put(f"/clients/{made['id']}", json={"name": "Ünicode ✓"})
    assert changed.json()["data"]["name"] == company.v1_view(made["id"])["name"] == "Ünicode ✓"
    listed = company.v1.get("/clients", params={"name": "Ünicode ✓"}).json()
    assert [each["id"] for each in listed["data"]] == [made["id"]]
    assert company.v1.delete(f"/clients/{made['id']}").status_code == 200
    purged = company.v1.post(f"/clients/{made['id']}/purge", headers=company.with_password)
    assert purged.status_code == 200
    assert company.v1.get(f"/clients/{made['id']}").status_code == 404


@pytest.mark.parametrize("size", [0, 1, len(LARGE)])
def test_documents_come_back_byte_for_byte(company, proxied, size):
    client = company.new_v1()
    sent = {"documents[]": ("blob.bin", LARGE[:size], "application/octet-stream")}
    uploaded = company.v1.post(f"/clients/{client['id']}/upload", data={"_method": "PUT"}, files=sent)
    assert uploaded.status_code == 200, uploaded.text
    (document,) = uploaded.json()["data"]["documents"]
    url = document["url"]
    assert url.startswith(f"{PUBLIC_URL}/api/v1/documents/")
    answer = company.v1.get(url.replace(PUBLIC_URL, proxied.url))
    assert answer.status_code == 200
    assert hashlib.sha256(answer.content).digest() == hashlib.sha256(LARGE[:size]).digest()
    assert answer.headers["x-content-type-options"] == "nosniff"


def test_a_version_that_was_read_is_the_version_that_a_write_names(company):
    client = company.new_v1()
    path = f"/clients/{client['id']}"
    tag = company.v1.get(path, headers={"Accept-Encoding": "identity"}).headers["etag"]
    assert company.v1.put(path, json={"name": "First"}, headers={"If-Match": tag}).status_code == 200
    assert company.v1.put(path, json={"name": "Second"}, headers={"If-Match": tag}).status_code == 412
    assert company.v1_view(client["id"])["name"] == "First"


@pytest.mark.parametrize("encoding", ["identity", "gzip"])
def test_a_known_version_is_a_304(company, encoding):
    client = company.new_legacy()
    known = company.api.get(f"/clients/{client['id']}", headers={"Accept-Encoding": encoding})
    again = company.api.get(
        f"/clients/{client['id']}", headers={"Accept-Encoding": encoding, "If-None-Match": known.headers["etag"]}
    )
    assert (again.status_code, again.content) == (304, b"")
    changed = company.api.patch(f"/clients/{client['id']}", json={"client_company_name": "Changed"})
    assert changed.status_code == 200, changed.text


def test_head_is_get_without_a_body(company):
    client = company.new_v1()
    path = f"/clients/{client['id']}"
    plain = {"Accept-Encoding": "identity"}
    got, head = company.v1.get(path, headers=plain), company.v1.head(path, headers=plain)
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["etag"] == got.headers["etag"]
    assert company.v1.get(path).json()["data"]["id"] == client["id"]  # the connection is still in step


def test_options_and_wrong_verbs_name_what_is_allowed(company):
    allowed = company.api.options("/clients").headers["allow"]
    answer = company.api.request("DELETE", "/clients")
    assert (answer.status_code, answer.headers["allow"]) == (405, allowed)


def test_errors_keep_their_shape_and_their_headers(company, proxied):
    cases = [
        (company.api.get("/clients/999999"), 404, {"message"}),
        (company.api.post("/clients", json={}), 422, {"message", "errors"}),
        (company.api.post("/clients", content=b"{", headers={"Content-Type": "application/json"}), 400, {"message"}),
        (company.v1.get("/clients/unheard-of"), 404, {"message", "errors"}),
        (company.v1.post("/clients", json={"id_number": 5 * ["x"]}), 422, {"message", "errors"}),
        (httpx.get(f"{proxied.url}/api/clients"), 401, {"message"}),
        (httpx.get(f"{proxied.url}/api/v1/clients"), 403, {"message", "errors"}),
        (httpx.post(f"{proxied.url}/api/clients", content=b"x" * 100_000), 401, {"message"}),
    ]
    for answer, status, keys in cases:
        assert (answer.status_code, set(answer.json())) == (status, keys)
        assert answer.headers["x-request-id"]


def test_the_limit_of_bodies_is_the_gateways(company):
    answer = company.api.post("/clients", json={"first_name": "x" * (3 * 1024 * 1024)})
    assert (answer.status_code, set(answer.json())) == (413, {"message"})


def test_links_lead_to_the_public_url_whatever_the_host_header_says(company, proxied):
    for _ in range(2):
        company.new_v1()
    for host in ("evil.example", "127.0.0.1", "crm.example:8443"):
        headers = {"Host": host, "X-Forwarded-Host": "evil.example", "X-Forwarded-Proto": "http"}
        page = company.v1.get("/clients", params={"per_page": 1}, headers=headers).json()
        assert page["meta"]["pagination"]["links"]["next"].startswith(f"{PUBLIC_URL}/api/v1/clients?")
    assert httpx.get(f"{proxied.url}/api/openapi.json").json()["servers"][0]["url"] == PUBLIC_URL


def test_paths_arrive_as_they_were_sent(company):
    for path in ("/clients/%2e%2e/x", "/clients/a%2Fb", "/clients/%00", "/clients/ü", "/clients/a b?filter=%FF"):
        assert company.v1.get(path).status_code in (400, 404), path
    assert company.v1.get("/clients/?per_page=1").status_code == 200


def test_many_callers_on_few_connections_each_get_their_own_answer(proxied):
    companies = [proxied.new_company() for _ in range(4)]
    expected = {each.name: each.new_v1(name=each.name)["id"] for each in companies}
    for _ in range(5):
        for each in companies:
            (client,) = each.v1.get("/clients").json()["data"]
            assert (client["name"], client["id"]) == (each.name, expected[each.name])
    for each in companies:
        each.close()


def test_a_connection_that_closes_in_the_middle_of_a_body_stores_nothing(company, proxied):
    url = httpx.URL(proxied.url)
    head = f"POST /api/v1/clients HTTP/1.1\r\nHost: x\r\nX-API-TOKEN: {company.key}\r\nContent-Length: 1000\r\n"
    with socket.create_connection((url.host, url.port)) as broken:
        broken.sendall(f"{head}Content-Type: application/json\r\n\r\n{{".encode())
    assert company.v1.get("/clients").json()["data"] == []


def test_the_pages_for_people_are_served(proxied):
    for path in ("/docs", "/bridge/login", "/healthz", "/readyz"):
        assert httpx.get(f"{proxied.url}{path}").status_code == 200, path
