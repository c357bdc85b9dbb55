"""A bad request gets its documented status, in the dialect's own shape, on every path of both dialects."""

import http.client
import json
import socket
from urllib.parse import urlsplit

import httpx
import pytest

from dialects.legacy.routes import DIALECT as LEGACY
from dialects.v1.routes import build

V1 = build("", 10, "https://gateway.example")
PATHS = [(dialect, path) for dialect in (LEGACY, V1) for path in dialect.paths]
NAMES = [dialect.prefix + path.path for dialect, path in PATHS]
JSON = {"Content-Type": "application/json"}
URLENCODED = {"Content-Type": "application/x-www-form-urlencoded"}
NOT_HTTP = "The request is not valid HTTP."


@pytest.fixture(scope="module")
def ask(shared):
    """Send any method to a path of a dialect, with the id of a real client in it. No request changes anything."""
    made, other = shared.new_legacy(), shared.new_v1()

    def send(dialect, path, method, **options):
        client = shared.api if dialect is LEGACY else shared.v1
        text = str(made["id"]) if dialect is LEGACY else shared.v1_of(made["id"])
        return client.request(method, path.path.replace("{id}", text).replace("{other}", other["id"]), **options)

    return send


def assert_shape(dialect, answer):
    assert answer.headers["content-type"] == "application/json"
    body = answer.json()
    assert isinstance(body["message"], str)
    assert body["message"]
    if dialect is LEGACY:
        assert set(body) == ({"message", "errors"} if answer.status_code == 422 else {"message"})
    else:
        assert set(body) == {"message", "errors"}
        assert isinstance(body["errors"], dict)
        assert bool(body["errors"]) == (answer.status_code == 422)


@pytest.mark.parametrize("key", ["", "wrong"])
@pytest.mark.parametrize(("dialect", "path"), PATHS, ids=NAMES)
def test_without_a_valid_key_every_operation_is_refused(ask, dialect, path, key):
    headers = {"Authorization": f"Bearer {key}".strip(), "X-API-TOKEN": key}
    for method in path.operations:
        answer = ask(dialect, path, method, headers=headers)
        expected = (401, "Unauthorized. A valid API key is required.") if dialect is LEGACY else (403, "Invalid token")
        assert (answer.status_code, answer.json()["message"]) == expected
        assert_shape(dialect, answer)


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "PATCH", "DELETE", "TRACE", "QUERY", "BREW"])
@pytest.mark.parametrize(("dialect", "path"), PATHS, ids=NAMES)
def test_a_wrong_method_is_a_405_with_the_same_allow_as_options(ask, dialect, path, method):
    if method in path.operations:
        return
    answer = ask(dialect, path, method)
    options = ask(dialect, path, "OPTIONS", headers={"Authorization": "", "X-API-TOKEN": ""})
    assert (answer.status_code, options.status_code) == (405, 204)
    assert answer.headers["allow"] == options.headers["allow"] == ", ".join(path.allowed)
    assert_shape(dialect, answer)


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "TRACE", "BREW"])
@pytest.mark.parametrize("dialect", [LEGACY, V1], ids=["api", "v1"])
def test_the_openapi_document_refuses_wrong_methods_like_every_path(server, dialect, method):
    url = f"{server.url}{dialect.prefix}/openapi.json"
    answer, options, head = (httpx.request(verb, url) for verb in (method, "OPTIONS", "HEAD"))
    assert (answer.status_code, options.status_code, head.status_code) == (405, 204, 200)
    assert answer.headers["allow"] == options.headers["allow"] == "GET, HEAD, OPTIONS"
    assert (options.content, head.content) == (b"", b"")
    assert_shape(dialect, answer)


WITH_BODY = [(d, p, m) for d, p in PATHS for m in p.operations if m in ("POST", "PUT", "PATCH")]
BODIES = {
    "malformed JSON": (JSON, b"{bad", 400),
    "JSON that is not an object": (JSON, b'"text"', 400),
    "JSON with bytes that are not UTF-8": (JSON, b'{"name": "\xff"}', 400),
    "JSON with half a surrogate pair": (JSON, rb'{"name": "\ud800"}', 400),
    "JSON nested too deeply": (JSON, b'{"a":' * 100 + b"1" + b"}" * 100, 400),
    "a form that is not UTF-8": (URLENCODED, b"name=%ff", 400),
    "a form key nested too deeply": (URLENCODED, b"a" + b"[a]" * 100 + b"=1", 400),
    "multipart without a boundary": ({"Content-Type": "multipart/form-data"}, b"--b--", 400),
    "multipart that ends too soon": (
        {"Content-Type": "multipart/form-data; boundary=b"},
        b'--b\r\nContent-Disposition: form-data; name="name"\r\n\r\nabc',
        400,
    ),
    "a body that is not multipart": ({"Content-Type": "multipart/form-data; boundary=b"}, b"abc", 400),
    "a multipart field that is not UTF-8": (
        {"Content-Type": "multipart/form-data; boundary=b"},
        b'--b\r\nContent-Disposition: form-data; name="name"\r\n\r\n\xff\r\n--b--\r\n',
        400,
    ),
    "plain text": ({"Content-Type": "text/plain"}, b"x", 415),
    "XML": ({"Content-Type": "application/xml"}, b"<x/>", 415),
    "no content type": ({}, b"x", 415),
    "JSON that is too large": (JSON, b'{"a": "' + b"x" * 2_100_000 + b'"}', 413),
    "a form that is too large": (URLENCODED, b"name=" + b"x" * 2_100_000, 413),
}


@pytest.mark.parametrize("wrong", BODIES)
@pytest.mark.parametrize(("dialect", "path", "method"), WITH_BODY, ids=[f"{m} {p.path}" for d, p, m in WITH_BODY])
def test_a_body_that_cannot_be_read_is_refused_in_the_dialects_shape(ask, dialect, path, method, wrong):
    headers, content, status = BODIES[wrong]
    answer = ask(dialect, path, method, headers=headers, content=content)
    assert answer.status_code == status, answer.text
    assert_shape(dialect, answer)


def test_a_body_of_unknown_length_is_measured_while_it_arrives(company):
    answer = company.v1.post("/clients", headers=JSON, content=(b"x" * 65_536 for _ in range(64)))
    assert answer.status_code == 413


NO_IDS = ["0", "-1", "1.5", "abc", "99999999999999999999999", "%00", "%C3%A9", "x" * 2000, "VolejRejNmx"]


@pytest.mark.parametrize("text", NO_IDS)
@pytest.mark.parametrize(("dialect", "path"), [(d, p) for d, p in PATHS if "{id}" in p.path])
def test_an_invalid_id_is_not_found(shared, dialect, path, text):
    client = shared.api if dialect is LEGACY else shared.v1
    for method in path.operations:
        if path.operations[method].takes_files:
            continue
        url = path.path.replace("{id}", text).replace("{other}", text)
        answer = client.request(method, url, headers=shared.with_password)
        assert answer.status_code == 404, answer.text
        assert_shape(dialect, answer)


@pytest.mark.parametrize(
    "path", ["/api", "/api/", "/api/nothing", "/api/v1", "/api/v1/nothing", "/api/clients/1/x/y", "/x"]
)
def test_an_unknown_path_is_a_404_in_the_dialects_shape(company, path):
    answer = company.api.get(company.server.url + path)
    assert answer.status_code == 404
    assert_shape(V1 if path.startswith("/api/v1") else LEGACY, answer)


@pytest.mark.parametrize(("dialect", "path"), PATHS, ids=NAMES)
def test_head_answers_like_get_with_the_same_headers_and_no_body(ask, dialect, path):
    head = ask(dialect, path, "HEAD")
    if "GET" not in path.operations:
        assert head.status_code == 405
        return
    get = ask(dialect, path, "GET")
    assert head.status_code == get.status_code
    assert head.content == b""
    assert head.headers["content-length"] == get.headers["content-length"]


@pytest.mark.parametrize("path", ["/clients/", "/clients//"])
def test_a_trailing_slash_is_the_same_resource(company, path):
    company.new_v1(name="Acme")
    for client in (company.api, company.v1):
        answer = client.get(path)
        assert (answer.status_code, len(answer.json()["data"])) == (200, 1)
    assert company.v1.post("/clients/", json={"name": "Posted"}).json()["data"]["name"] == "Posted"


SLASHES = ("//{}/clients", "/{}//clients", "//{}//clients//", "///{}/clients", "/{}/clients//")


@pytest.mark.parametrize("slashes", SLASHES)
@pytest.mark.parametrize("prefix", ["api", "api/v1", "api//v1"])
def test_repeated_slashes_name_the_same_resource(company, slashes, prefix):
    url = company.server.url + slashes.format(prefix)
    http, names = (company.v1, {}) if prefix.endswith("v1") else (company.api, {"first_name": "A", "last_name": "B"})
    made = http.post(url, json=names | {"email": "a@x.example"})
    assert made.is_success, made.text
    assert http.get(url).json() == http.get("/clients").json()
    shown = http.get(f"{url.rstrip('/')}//{made.json()['data']['id']}/")
    assert shown.json()["data"] == made.json()["data"]
    assert http.delete(url).headers["allow"] == "GET, POST, HEAD, OPTIONS"


def test_the_pages_of_a_list_are_linked_without_repeated_slashes(company):
    for _ in range(2):
        company.new_v1()
    answer = company.v1.get(f"{company.server.url}//api/v1//clients/", params={"per_page": 1})
    links = answer.json()["meta"]["pagination"]["links"]
    assert links == {"next": f"{company.server.url}/api/v1/clients?per_page=1&page=2"}


def test_a_request_repeated_with_another_number_of_slashes_is_the_same_one(company):
    key = {"Idempotency-Key": "once"}
    answers = [
        company.v1.post(company.server.url + path, json={"name": "A"}, headers=key)
        for path in ("/api/v1/clients", "//api/v1//clients/")
    ]
    assert answers[0].content == answers[1].content


@pytest.mark.parametrize("path", ["/api/%2Fclients", "/api%2F%2Fclients", "/api/clients/%2F%2F1", "/%2Fapi/clients"])
def test_an_encoded_slash_is_not_an_empty_segment(company, path):
    company.new_v1()
    assert company.api.get(company.server.url + path).status_code == 404


def test_paths_outside_of_the_dialects_allow_repeated_slashes(server):
    for path, status in (("//healthz", 200), ("/docs//", 200), ("//bridge//login", 200), ("//bridge//keys", 303)):
        assert httpx.get(server.url + path).status_code == status, path
    assert httpx.get(f"{server.url}//api//clients").status_code == 401


def test_an_invalid_request_line_disturbs_no_other_connection(company):
    url = urlsplit(company.server.url)
    connection = http.client.HTTPConnection(url.hostname, url.port, timeout=60)
    connection.putrequest("GET", "/api/clients?search=%ff%fe", skip_host=True)
    connection.putheader("Host", "x")
    connection.putheader("Authorization", f"Bearer {company.key}")
    connection.endheaders()
    assert connection.getresponse().status == 200
    connection.close()


@pytest.mark.parametrize(
    ("sent", "body"),
    [
        (b"GET /api/clients HTTP/1.1\r\nHost: x\r\nBad: a\x06b\r\n\r\n", {"message": NOT_HTTP}),
        (b"GET /api/v1/clients HTTP/1.1\r\nHost: x\r\nBad: a\x06b\r\n\r\n", {"message": NOT_HTTP, "errors": {}}),
        (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", {"message": NOT_HTTP}),
    ],
)
def test_bytes_that_are_not_http_are_a_400_in_json(server, sent, body):
    host, _, port = server.url.removeprefix("http://").partition(":")
    with socket.create_connection((host, int(port)), timeout=60) as connection:
        connection.sendall(sent)
        answer = b"".join(iter(lambda: connection.recv(4096), b""))
    head, _, content = answer.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 400 ")
    assert json.loads(content) == body
