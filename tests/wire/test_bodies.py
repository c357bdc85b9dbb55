"""Bodies as real clients send them (contract, section 3): the same meaning from every encoding."""

import json

import pytest

URLENCODED = {"Content-Type": "application/x-www-form-urlencoded"}


def multipart(fields):
    """Return the body that `curl -F` writes."""
    parts = [f'--b\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n' for name, value in fields]
    return {"Content-Type": "multipart/form-data; boundary=b"}, ("".join(parts) + "--b--\r\n").encode()


FLAT = [
    ("name", "Acme"),
    ("settings[currency_id]", "2"),
    ("contacts[0][first_name]", "Jane"),
    ("contacts[0][send_email]", "no"),
    ("contacts[1][email]", "b@acme.example"),
    ("contacts[1][is_primary]", "on"),
]
TREE = {
    "name": "Acme",
    "settings": {"currency_id": 2},
    "contacts": [{"first_name": "Jane", "send_email": False}, {"email": "b@acme.example", "is_primary": True}],
}
ENCODINGS = {
    "json": ({"Content-Type": "application/json"}, json.dumps(TREE).encode()),
    "json with charset": ({"Content-Type": "application/json; charset=utf-8"}, json.dumps(TREE).encode()),
    "curl -d": (URLENCODED, "&".join(f"{name}={value}" for name, value in FLAT).encode()),
    "http_build_query": (
        URLENCODED,
        b"name=Acme&settings%5Bcurrency_id%5D=2&contacts%5B0%5D%5Bfirst_name%5D=Jane&contacts%5B0%5D%5Bsend_email%5D=0"
        b"&contacts%5B1%5D%5Bemail%5D=b%40acme.example&contacts%5B1%5D%5Bis_primary%5D=1",
    ),
    "curl -F": multipart(FLAT),
}


@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize("verb", ["create", "update"])
def test_every_encoding_means_the_same(company, encoding, verb):
    headers, content = ENCODINGS[encoding]
    if verb == "create":
        answer = company.v1.post("/clients", headers=headers, content=content)
    else:
        answer = company.v1.put(f"/clients/{company.new_v1()['id']}", headers=headers, content=content)
    assert answer.status_code == 200, answer.text
    client = answer.json()["data"]
    assert (client["name"], client["settings"]["currency_id"]) == ("Acme", "2")
    shown = [(c["first_name"], c["email"], c["is_primary"], c["send_email"]) for c in client["contacts"]]
    assert shown == [("", "b@acme.example", True, True), ("Jane", "", False, False)]


@pytest.mark.parametrize(
    ("headers", "content", "tags"),
    [
        (URLENCODED, b"tags[]=a&tags[]=b", ["a", "b"]),
        (URLENCODED, b"tags[0]=a&tags[1]=b", ["a", "b"]),
        (URLENCODED, b"tags%5B1%5D=b&tags%5B0%5D=a", ["a", "b"]),
        (URLENCODED, b"tags[10]=b&tags[9]=a", ["a", "b"]),
        (URLENCODED, b"tags=", []),
        (URLENCODED, b"tags[]=", []),
        (URLENCODED, b"tags[]=a%26b%3Dc+d", ["a&b=c d"]),
        (URLENCODED, b"tags[]=a&tags[]=a", ["a"]),
        (*multipart([("tags[]", "a"), ("tags[]", "b")]), ["a", "b"]),
        (*multipart([("tags", "")]), []),
        ({"Content-Type": "application/json"}, b'{"tags": ["a", "b"]}', ["a", "b"]),
        ({"Content-Type": "application/json"}, b'{"tags": []}', []),
    ],
)
def test_arrays_as_php_and_curl_write_them(company, headers, content, tags):
    made = company.new_legacy(tags=["before"])
    answer = company.api.put(f"/clients/{made['id']}/tags", headers=headers, content=content)
    assert (answer.status_code, answer.json()["data"]["tags"]) == (200, tags)


@pytest.mark.parametrize("word", ["1", "true", "yes", "on", "TRUE"])
def test_these_words_are_true_in_a_form(company, word):
    made = company.v1.post("/clients", data={"contacts[0][is_locked]": word}).json()["data"]
    assert made["contacts"][0]["is_locked"] is True


@pytest.mark.parametrize("word", ["0", "false", "no", "off", ""])
def test_these_words_are_false_in_a_form(company, word):
    made = company.v1.post("/clients", data={"contacts[0][send_email]": word}).json()["data"]
    assert made["contacts"][0]["send_email"] is False


@pytest.mark.parametrize(
    ("override", "fields", "check"),
    [
        ("PUT", {"name": "After"}, lambda client: client["name"] == "After"),
        ("put", {"name": "After"}, lambda client: client["name"] == "After"),
        ("DELETE", {}, lambda client: client["is_deleted"]),
    ],
)
@pytest.mark.parametrize("encode", ["urlencoded", "multipart"])
def test_method_in_a_form_overrides_post(company, override, fields, check, encode):
    path = f"/clients/{company.new_v1(name='Before')['id']}"
    body = {"_method": override} | fields
    if encode == "multipart":
        headers, content = multipart(body.items())
        answer = company.v1.post(path, headers=headers, content=content)
    else:
        answer = company.v1.post(path, data=body)
    assert answer.status_code == 200
    assert check(answer.json()["data"])


@pytest.mark.parametrize("body", [{"_method": "POST"}, {"_method": "TRACE"}, {"name": "x"}])
def test_a_post_without_a_known_override_is_refused(company, body):
    answer = company.v1.post(f"/clients/{company.new_v1()['id']}", data=body)
    assert (answer.status_code, answer.headers["allow"]) == (405, "DELETE, GET, PATCH, PUT, HEAD, OPTIONS")


def test_method_in_json_overrides_nothing(company):
    answer = company.v1.post(f"/clients/{company.new_v1()['id']}", json={"_method": "PUT"})
    assert answer.status_code == 405


@pytest.mark.parametrize(
    "request_options",
    [
        {},
        {"json": {}},
        {"content": b"[]", "headers": {"Content-Type": "application/json"}},
        {"headers": URLENCODED},
        {
            "json": {
                "name": None,
                "contacts": None,
                "settings": None,
                "country_id": None,
                "number": None,
                "nonsense": [1],
            }
        },
    ],
)
def test_an_empty_body_creates_a_blank_client_in_v1(company, request_options):
    made = company.v1.post("/clients", **request_options)
    assert made.status_code == 200, made.text
    client = made.json()["data"]
    assert (client["name"], client["number"], len(client["contacts"])) == ("", "0001", 1)
    assert client["contacts"][0]["is_primary"] is True


def test_a_country_can_be_an_integer_or_a_code(company):
    assert company.new_v1(country_id=8)["country_id"] == "8"
    assert company.new_v1(country_code="USA")["country_id"] == "840"
    assert company.new_v1(country_code="de", country_id="840")["country_id"] == "840"
