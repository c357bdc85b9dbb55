"""The limits of a request, and the 4xx of larger ones. Both dialects read bodies in the same way."""

import json

import pytest

from schemas import bodies
from tests.conftest import ENGINES
from tests.drivers import HASHIDS
from tests.register.arranging import bulk, upload

JSON = {"Content-Type": "application/json"}
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
MULTIPART = {"Content-Type": "multipart/form-data; boundary=b"}


def parts(count, name='name="a{}"', value=b"x"):
    """Return a multipart body with this number of parts."""
    head = b"--b\r\nContent-Disposition: form-data; %s\r\n\r\n%s\r\n"
    return b"".join(head % (name.format(n).encode(), value) for n in range(count)) + b"--b--\r\n"


def keys(count):
    return b"&".join(b"k%d=1" % n for n in range(count))


FILE = 'name="documents[]"; filename="{}.txt"'
# For every limit: a request just within it, one beyond it, and the status of the latter.
LIMITS = {
    "bytes of JSON": (JSON, b'{"x": "%s"}' % (b"x" * 2_000_000), b'{"x": "%s"}' % (b"x" * 2_200_000), 413),
    "bytes of a form": (FORM, b"x=" + b"x" * 2_000_000, b"x=" + b"x" * 2_200_000, 413),
    "bytes of a part": (MULTIPART, parts(1, value=b"x" * 2_000_000), parts(1, value=b"x" * 2_200_000), 413),
    "keys of a form": (FORM, keys(bodies._MAX_KEYS), keys(bodies._MAX_KEYS + 1), 413),
    "parts": (MULTIPART, parts(bodies._MAX_KEYS), parts(bodies._MAX_KEYS + 1), 413),
    "files": (MULTIPART, parts(bodies._MAX_FILES, FILE), parts(bodies._MAX_FILES + 1, FILE), 413),
    "bytes of a part's head": (MULTIPART, parts(1, "name=" + "n" * 1000), parts(1, "name=" + "n" * 20_000), 400),
    "bytes of a filename": (
        MULTIPART,
        parts(1, f'name="documents"; filename="{"n" * 1000}"'),
        parts(1, f'name="documents"; filename="{"n" * 20_000}"'),
        400,
    ),
    "nesting of JSON": (JSON, b'{"x":' * 31 + b"{}" + b"}" * 31, b'{"x":' * 32 + b"{}" + b"}" * 32, 400),
    "nesting that costs a parser its stack": (JSON, b"{}", b'{"x":' * 100_000, 400),
    "nesting of a form": (FORM, b"x" + b"[x]" * 31 + b"=1", b"x" + b"[x]" * 32 + b"=1", 400),
    "letters of a name": (JSON, b'{"name": "%s"}' % (b"x" * 255), b'{"name": "%s"}' % (b"x" * 256), 422),
    "letters of notes": (JSON, *(b'{"private_notes": "%s"}' % (b"x" * n) for n in (65_535, 65_536)), 422),
    "letters of an email": (JSON, *(b'{"contacts": [{"email": "%s@x.example"}]}' % (b"x" * n) for n in (50, 250)), 422),
    "contacts": (JSON, *(b'{"contacts": [%s]}' % b",".join([b"{}"] * n) for n in (500, 501)), 422),
    "bytes of settings": (JSON, *(b'{"settings": {"x": "%s"}}' % (b"x" * n) for n in (65_000, 66_000)), 422),
    "digits of a number": (JSON, b'{"size_id": 99}', b'{"size_id": %s}' % (b"9" * 25), 422),
}
LEGACY = {  # and for values that only /api accepts
    "letters of a tag": (JSON, *(b'{"tags": ["%s"]}' % (b"x" * n) for n in (100, 101)), 422),
    "tags": (JSON, *(b'{"tags": [%s]}' % b",".join(b'"%d"' % i for i in range(n)) for n in (200, 201)), 422),
    "digits of a form's position": (FORM, *(b"tags[%s]=x" % (b"9" * n) for n in (18, 5000)), 422),
}


pytestmark = pytest.mark.engines(*ENGINES)


@pytest.mark.parametrize("name", [*LIMITS, *LEGACY])
def test_a_value_at_the_limit_is_accepted_and_one_beyond_refused(company, name):
    headers, within, beyond, status = (LIMITS | LEGACY)[name]
    if name in LEGACY:
        speak, path = company.api, f"/clients/{company.new_legacy()['id']}/tags"
    else:
        speak, path = company.v1, f"/clients/{company.new_v1()['id']}" + ("/upload" if b"filename" in within else "")
    refused, taken = (speak.put(path, headers=headers, content=content) for content in (beyond, within))
    assert (refused.status_code, taken.status_code) == (status, 200), (refused.text, taken.text)
    assert ("errors" in refused.json()) == (status == 422 or speak is company.v1)


def test_the_number_of_ids_in_a_bulk_action_is_limited(company):
    own = company.new_v1()["id"]
    assert bulk(company, "archive", *[own] * 5000).status_code == 200
    refused = bulk(company, "archive", *[own] * 5001)
    assert (refused.status_code, list(refused.json()["errors"])) == (422, ["ids"])
    assert bulk(company, "archive", *map(HASHIDS.encode, range(10**6, 10**6 + 5000))).status_code == 404


def test_settings_cannot_exceed_their_limit_by_many_writes(company):
    client = company.new_v1()
    for turn in range(3):
        answer = company.v1.put(f"/clients/{client['id']}", json={"settings": {f"key{turn}": "x" * 30_000}})
        assert answer.status_code == (422 if turn == 2 else 200)
    assert len(json.dumps(company.v1_view(client["id"])["settings"])) < 66_000


def test_a_long_filename_is_cut(company):
    client = company.new_v1()
    assert upload(company, client["id"], (f"{'n' * 1000}.txt", b"a")).status_code == 200
    (document,) = company.v1_view(client["id"])["documents"]
    assert (len(document["name"]), document["type"]) == (255, "txt")
