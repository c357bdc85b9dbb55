"""Parts of `gateway mirror`: goals, files of keys, masked values, and reads that a write may change."""

import gzip
import time
import zlib

import pytest

from gateway.migration.mirroring import goal, keys
from gateway.migration.mirroring.exchanges import Exchange
from gateway.migration.mirroring.masking import masked
from gateway.migration.mirroring.repeating import NotComparable, answer_of
from gateway.migration.mirroring.writes import Writes

GOALS = {
    "10000 answers, 24h": (10_000, 86_400),
    "10,000 answers, 0 differences for 24 h": (10_000, 86_400),
    "7 days": (0, 604_800),
    "90min": (0, 5_400),
    "1 answer": (1, 0),
    "500": (500, 0),
    "soon": None,
    "": None,
    "0 answers": None,
    "5 answers, 6 answers": None,
    "10 apples": None,
}


@pytest.mark.parametrize("text", GOALS)
def test_goals_are_parsed_from_several_notations(text):
    if GOALS[text] is None:
        with pytest.raises(goal.InvalidGoal):
            goal.parse(text)
    else:
        found = goal.parse(text)
        assert (found.answers, found.seconds) == GOALS[text]


MASKED = {
    "2026-01-31T00:00:00Z": '"9999-99-99A99:99:99A"',
    "jane@x.example": '"aaaa@a.aaaaaaa"',
    "Müller": '"Aaaaaa"',
    "": '""',
    -12.5: "-99.9",
    None: "null",
    True: "true",
    "(absent)": "(absent)",
}


@pytest.mark.parametrize("value", MASKED)
def test_values_are_shown_by_their_shape(value):
    assert masked("data.x", value) == MASKED[value]
    assert len(masked("data.x", "x" * 1000)) < 50


@pytest.mark.parametrize("text", ["key1", "key1 key2 key3", "key1 key2\nkey1 key3"])
def test_an_invalid_file_of_keys_is_reported_without_its_keys(text):
    with pytest.raises(keys.InvalidKeys, match=r"^Line \d") as found:
        keys.parse(text)
    assert "key1" not in str(found.value)


# A write, a read, and whether the read may show an effect of the write.
TOUCHED = {
    "the same record": ("/api/clients/5", "/api/clients/5?x=1", True),
    "below it": ("/api/clients/5/archive", "/api/clients/5", True),
    "its list": ("/api/clients/5", "/api/clients?page=2", True),
    "a new one": ("/api/clients", "/api/clients/5", True),
    "several": ("/api/v1/clients/bulk", "/api/v1/clients/VolejRejNm", True),
    "another record": ("/api/clients/5", "/api/clients/6", False),
    "another kind": ("/api/contacts/6", "/api/clients/5", True),
    "the other dialect": ("/api/clients/5", "/api/v1/clients/VolejRejNm", True),
}


@pytest.mark.parametrize("case", TOUCHED)
def test_a_read_after_a_write_is_not_compared_if_it_may_show_the_write(case):
    write, read, expected = TOUCHED[case]
    writes, now = Writes(["/api/v1", "/api"], 10), time.monotonic()
    writes.begin(1, write, now)
    assert writes.may_have_changed(read, now, now) is expected
    assert not writes.may_have_changed(read, now - 9, now - 5)
    writes.end(1)
    assert writes.may_have_changed(read, now + 9, now + 9.1) is expected
    assert not writes.may_have_changed(read, now + 11, now + 12)


JSON = b'{"data": 1}'
RAW = zlib.compressobj(wbits=-zlib.MAX_WBITS)
# The body of an old system, its content coding, and what is compared; or the reason why nothing is.
CODED = {
    "gzip": (gzip.compress(JSON), "GZIP", JSON),
    "deflate": (zlib.compress(JSON), "deflate", JSON),
    "deflate as some have it": (RAW.compress(JSON) + RAW.flush(), "deflate", JSON),
    "none": (JSON, "identity", JSON),
    "another": (JSON, "br", "coding_unknown"),
    "broken": (JSON, "gzip", "coding_unknown"),
    "a bomb": (gzip.compress(bytes(2**26)), "gzip", "too_large"),
}


@pytest.mark.parametrize("case", CODED)
def test_compressed_answers_are_compared_uncompressed(case):
    body, coding, expected = CODED[case]
    headers = [("content-encoding", coding)]
    exchange = Exchange(1, "GET", "/api/clients", [("host", "x")], 200, headers, 0, 0, received=body)
    if isinstance(expected, bytes):
        assert answer_of(exchange, "http://old.example").body == expected
    else:
        with pytest.raises(NotComparable, match=expected):
            answer_of(exchange, "http://old.example")
