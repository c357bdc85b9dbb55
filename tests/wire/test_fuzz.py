"""Random bodies, queries and ids always get an answer in the dialect's own shape, and never a 5xx.

`make torture` tries more; GATEWAY_FUZZ_EXAMPLES says how many of each kind.
"""

import os
from collections import Counter

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.conftest import ENGINES
from tests.drivers import HASHIDS

EXAMPLES = int(os.environ.get("GATEWAY_FUZZ_EXAMPLES", "60"))
FUZZ = settings(
    max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck), derandomize=EXAMPLES < 1000
)

KINDS = st.sampled_from(
    [
        "application/json",
        "application/json; charset=latin-1",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "multipart/form-data",
        "text/plain",
        "",
    ]
)
NAMES = st.sampled_from(
    [
        "name",
        "contacts[0][email]",
        "contacts[][first_name]",
        "tags[]",
        "tags",
        "settings[a][b]",
        "_method",
        "ids[]",
        "x",
    ]
)
FORM = st.lists(st.tuples(NAMES, st.binary(max_size=20))).map(
    lambda pairs: b"&".join(name.encode() + b"=" + value for name, value in pairs)
)
PARTS = st.lists(st.tuples(NAMES, st.binary(max_size=40), st.booleans())).map(
    lambda parts: (
        b"".join(
            b'--x\r\nContent-Disposition: form-data; name="%s"%s\r\n\r\n%s\r\n'
            % (name.encode(), b'; filename="../a\\.b"' if is_file else b"", value)
            for name, value, is_file in parts
        )
        + b"--x--\r\n"
    )
)
TREES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=10),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8) | NAMES, inner, max_size=4),
)
JSON = TREES.map(lambda tree: repr(tree).replace("'", '"').replace("None", "null").replace("True", "true").encode())
BODIES = st.binary(max_size=200) | FORM | PARTS | JSON
IDS = (
    st.text(min_size=1, max_size=20) | st.integers(-(2**70), 2**70).map(str) | st.integers(0, 2**62).map(HASHIDS.encode)
)
TEXT = st.text(max_size=15) | st.sampled_from(
    ["0", "-1", "1:2", "gt:9e99", "|desc", "id|", "true", "9" * 30, "\x00", "%"]
)
V1_PARAMETERS = ("balance", "between_balance", "client_id", "created_at", "filter", "number", "sort", "page", "include")
API_PARAMETERS = ("status", "category_id", "search", "sort", "order", "limit", "page")


pytestmark = pytest.mark.engines(*ENGINES)


@pytest.fixture(scope="module")
def tried():
    """Return the statuses of everything that was tried."""
    return Counter()


@pytest.fixture(scope="module", autouse=True)
def printed(tried, request):
    yield
    with request.config.pluginmanager.getplugin("capturemanager").global_and_fixture_disabled():
        statuses = ", ".join(f"{count} x {status}" for status, count in sorted(tried.items()))
        print(f"\nfuzzing: {tried.total()} inputs, answered {statuses}")


def is_sound(answer, v1, tried):
    tried[answer.status_code] += 1
    assert answer.status_code < 500, answer.text
    body = answer.json()
    if answer.status_code >= 400:
        assert isinstance(body["message"], str)
        assert ("errors" in body) == (v1 or answer.status_code == 422)


@pytest.fixture
def target(company):
    return company, company.new_legacy()["id"]


@FUZZ
@given(content=BODIES, kind=KINDS, verb=st.sampled_from(["POST", "PUT"]), v1=st.booleans())
def test_no_body_causes_a_server_error(target, tried, content, kind, verb, v1):
    company, client_id = target
    speak = company.v1 if v1 else company.api
    path = "/clients" if verb == "POST" else f"/clients/{company.v1_of(client_id) if v1 else client_id}"
    is_sound(speak.request(verb, path, content=content, headers={"Content-Type": kind} if kind else {}), v1, tried)


@FUZZ
@given(text=IDS, verb=st.sampled_from(["GET", "PUT", "DELETE"]), v1=st.booleans())
def test_no_id_causes_a_server_error(target, tried, text, verb, v1):
    company, client_id = target
    speak = company.v1 if v1 else company.api
    path = "/clients/" + "".join(f"%{byte:02x}" for byte in text.encode("utf-8", "surrogatepass"))
    answer = speak.request(verb, path)
    is_sound(answer, v1, tried)
    own = company.v1_of(client_id) if v1 else str(client_id)
    # Nothing but slashes is the path of the list.
    assert answer.status_code >= 400 or text.strip("/") in {own, ""}


@FUZZ
@given(
    values=st.dictionaries(st.sampled_from(V1_PARAMETERS + API_PARAMETERS) | st.text(max_size=5), TEXT),
    v1=st.booleans(),
)
def test_no_query_causes_a_server_error(target, tried, values, v1):
    company, _ = target
    is_sound((company.v1 if v1 else company.api).get("/clients", params=values), v1, tried)
