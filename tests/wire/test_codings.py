"""Compressed bodies (RFC 9110, section 8.4): gzip and deflate are decompressed, within the limits of a body."""

import gzip
import hashlib
import json
import os
import tracemalloc
import zlib

import pytest

JSON = "application/json"
FORM = "application/x-www-form-urlencoded"
MULTIPART = "multipart/form-data; boundary=b"


def raw_deflate(data):
    deflate = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return deflate.compress(data) + deflate.flush()


def in_members(data):
    """Return a gzip file of several members, as appending one file to another makes it."""
    return b"".join(gzip.compress(data[at : at + 7]) for at in range(0, len(data), 7))


CODINGS = {
    "gzip": ("gzip", gzip.compress),
    "x-gzip": ("x-gzip", gzip.compress),
    "in capitals": ("GZIP", gzip.compress),
    "gzip in members": ("gzip", in_members),
    "deflate": ("deflate", zlib.compress),
    "deflate without its head": ("deflate", raw_deflate),
    "identity": ("identity", bytes),
    "gzip and identity": ("identity, gzip", gzip.compress),
    "empty": ("", bytes),
}
BODIES = {
    JSON: b'{"name": "Acme"}',
    FORM: b"name=Acme",
    MULTIPART: b'--b\r\nContent-Disposition: form-data; name="name"\r\n\r\nAcme\r\n--b--\r\n',
}


@pytest.fixture
def send(company):
    """Send a compressed body to a PUT of a client; with `pieces`, in chunks of that size without a length."""
    path = f"/clients/{company.new_v1()['id']}"

    def sent(coding, content, media_type=JSON, pieces=0, upload=False):
        headers = {"Content-Type": media_type, "Content-Encoding": coding}
        body = (content[at : at + pieces] for at in range(0, len(content), pieces)) if pieces else content
        return company.v1.put(path + ("/upload" if upload else ""), headers=headers, content=body)

    return sent


@pytest.mark.parametrize("media_type", BODIES)
@pytest.mark.parametrize("name", CODINGS)
def test_a_compressed_body_is_read_decompressed(send, name, media_type):
    coding, encode = CODINGS[name]
    content = encode(BODIES[media_type])
    for pieces in (0, 1, 5):
        answer = send(coding, content, media_type, pieces)
        assert (answer.status_code, answer.json()["data"]["name"]) == (200, "Acme"), answer.text


@pytest.mark.parametrize("dialect", ["api", "v1"])
def test_both_dialects_recognize_a_repeated_request_whatever_its_coding(company, dialect):
    body = json.dumps({"first_name": "A", "last_name": "B", "email": "a@x.example"}).encode()
    key, http = {"Idempotency-Key": "once", "Content-Type": JSON}, getattr(company, dialect)
    first = http.post("/clients", content=gzip.compress(body), headers=key | {"Content-Encoding": "gzip"})
    again = http.post("/clients", content=body, headers=key)
    assert (first.is_success, first.content) == (True, again.content)


@pytest.mark.parametrize("coding", ["br", "zstd", "compress", "gzip, gzip", "deflate, gzip", "gzip;q=1", "x", "*"])
@pytest.mark.parametrize("media_type", [*BODIES, "text/plain"])
def test_any_other_coding_is_a_415_that_names_those_accepted(company, coding, media_type):
    headers = {"Content-Type": media_type, "Content-Encoding": coding}
    for http, stop, rest in ((company.api, ".", {}), (company.v1, "", {"errors": {}})):
        answer = http.post("/clients", headers=headers, content=BODIES[JSON])
        words = f"The Content-Encoding of the request body must be gzip, deflate or none{stop}"
        assert (answer.status_code, answer.json()) == (415, {"message": words} | rest)
        assert answer.headers["accept-encoding"] == "gzip, deflate"


def test_a_415_for_the_media_type_names_no_codings(company):
    answer = company.v1.post("/clients", headers={"Content-Type": "text/plain"}, content=b"x")
    assert (answer.status_code, "accept-encoding" in answer.headers) == (415, False)


def test_two_content_encoding_headers_are_two_codings(company):
    headers = [("Content-Type", JSON), ("Content-Encoding", "gzip"), ("Content-Encoding", "br")]
    assert company.v1.post("/clients", headers=headers, content=gzip.compress(b"{}")).status_code == 415


WHOLE = gzip.compress(b'{"name": "Other"}')
BROKEN = {
    "plain JSON as gzip": ("gzip", b'{"name": "Other"}'),
    "plain JSON as deflate": ("deflate", b'{"name": "Other"}'),
    "gzip as deflate": ("deflate", WHOLE),
    "deflate as gzip": ("gzip", zlib.compress(b'{"name": "Other"}')),
    "gzip without its end": ("gzip", WHOLE[:-1]),
    "only the head of gzip": ("gzip", WHOLE[:10]),
    "a byte of gzip": ("gzip", WHOLE[:1]),
    "a byte of deflate": ("deflate", b"\x78"),
    "deflate without its end": ("deflate", zlib.compress(b'{"name": "Other"}')[:-1]),
    "a wrong sum": ("gzip", WHOLE[:-8] + b"\0\0\0\0" + WHOLE[-4:]),
    "a wrong length": ("gzip", WHOLE[:-4] + b"\0\0\0\0"),
    "garbage behind gzip": ("gzip", WHOLE + b"garbage"),
    "nothing but zeros behind gzip": ("gzip", WHOLE + b"\0"),
    "half a member behind gzip": ("gzip", WHOLE + WHOLE[:-3]),
    "garbage behind deflate": ("deflate", zlib.compress(b'{"name": "Other"}') + b"x"),
    "deflate twice": ("deflate", zlib.compress(b'{"name":') * 2),
    "invalid JSON in gzip": ("gzip", gzip.compress(b"{")),
}


@pytest.mark.parametrize("pieces", [0, 1])
@pytest.mark.parametrize("name", BROKEN)
def test_a_body_that_cannot_be_decoded_is_a_400(send, name, pieces):
    coding, content = BROKEN[name]
    answer = send(coding, content, pieces=pieces)
    assert answer.status_code == 400, answer.text
    assert set(answer.json()) == {"message", "errors"}


def test_an_empty_body_is_empty_in_every_coding(send):
    for coding in ("gzip", "deflate"):
        assert send(coding, b"").status_code == 200


LARGE = 60 * 1024 * 1024


@pytest.mark.parametrize("pieces", [0, 1000])
@pytest.mark.parametrize("media_type", BODIES)
@pytest.mark.parametrize("coding", ["gzip", "deflate"])
def test_a_body_that_inflates_beyond_the_limit_is_a_413(send, coding, media_type, pieces):
    bomb = BODIES[media_type].replace(b"Acme", b"x" * LARGE)
    content = (gzip.compress if coding == "gzip" else zlib.compress)(bomb)
    assert len(content) < 100_000
    assert send(coding, content, media_type, pieces).status_code == 413


def test_no_more_is_inflated_than_the_limit(send):
    bomb = gzip.compress(BODIES[JSON].replace(b"Acme", b"x" * LARGE))
    tracemalloc.start()  # the server is in this process
    try:
        assert send("gzip", bomb).status_code == 413
        assert tracemalloc.get_traced_memory()[1] < 15 * 1024 * 1024
    finally:
        tracemalloc.stop()


def test_endless_gzip_members_are_a_413(send):
    assert send("gzip", gzip.compress(b"") * 50_000).status_code == 413


@pytest.mark.parametrize("letters", [2_000_000, 2_097_140])
def test_the_limit_applies_to_the_decompressed_body(send, letters):
    body = b'{"x": "%s"}' % os.urandom(letters // 2).hex().encode()
    assert len(body) <= 2 * 1024 * 1024
    for level in (0, 6):
        assert send("gzip", gzip.compress(body, level)).status_code == 200


def test_compressed_uploads_are_stored_decompressed(company):
    path = f"/clients/{company.new_v1()['id']}/upload"
    content = os.urandom(1_500_000) + b"x" * 3_000_000
    body = b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.bin"\r\n\r\n%s\r\n--b--\r\n' % content
    for encoding, encode in (("gzip", gzip.compress), ("deflate", zlib.compress)):
        headers = {"Content-Type": MULTIPART, "Content-Encoding": encoding}
        answer = company.v1.put(path, headers=headers, content=encode(body))
        assert answer.status_code == 200, answer.text
        document = answer.json()["data"]["documents"][-1]
        got = company.v1.get(document["url"]).content
        assert hashlib.sha256(got).digest() == hashlib.sha256(content).digest()
