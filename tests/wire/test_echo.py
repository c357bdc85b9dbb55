"""Answers repeat only a limited part of their request, and only what a header can contain."""

import re
from urllib.parse import quote, unquote, urlencode

import pytest

MAX_HEADER, MAX_HEADERS = 1024, 4096  # bytes; proxies refuse answers with more headers
STRICT = {"Prefer": "handling=strict"}
TABLE = [
    f"columns[{n}][{key}]"
    for n in range(60)
    for key in ("data", "name", "searchable", "orderable", "search][value", "search][regex")
]
PLAIN = re.compile("[!-~]+(, [!-~]+)*( and [0-9]+ more)?")


@pytest.fixture(params=["api", "v1"])
def http(request, company):
    return getattr(company, request.param)


def get_with(http, names, path="/clients", **options):
    return http.get(f"{path}?{urlencode([(name, 'x') for name in names])}", **options)


def size_of_headers(answer):
    return sum(len(name) + len(value) + 4 for name, value in answer.headers.raw)


@pytest.mark.parametrize("names", [TABLE, [f"n{n}" for n in range(5000)], ["x" * 50_000], ["é" * 9000, "b"]])
def test_ignored_parameters_take_a_kilobyte_at_most_and_the_rest_is_counted(http, names):
    answer = get_with(http, names)
    ignored = answer.headers["x-ignored-query"]
    assert answer.status_code == 200
    assert len(ignored) <= MAX_HEADER
    assert size_of_headers(answer) < MAX_HEADERS
    assert PLAIN.fullmatch(ignored)
    listed, _, more = ignored.partition(" and ")
    assert len(listed.split(", ")) + int(more.removesuffix(" more") or 0) == len(names)


def test_a_few_names_are_repeated_and_long_ones_cut(http):
    names = ["a", "columns[0][data]", "x" * 300, "under_score", "last"]
    ignored = get_with(http, names).headers["x-ignored-query"].split(", ")
    assert ignored == [*names[:2], "x" * 100 + "...", *names[3:]]


@pytest.mark.parametrize(
    "name",
    ["a\nb", "a\r\nSet-Cookie: x=1", "\x00\x1f\x7f", "größe", "名前", "😀", "a, b", " and 7 more", "50%", "\x85\xa0"],
)
def test_a_name_that_a_header_cannot_contain_is_encoded(http, name):
    answer = get_with(http, [name, "plain"])
    assert answer.status_code == 200
    assert "set-cookie" not in answer.headers
    first, second = answer.headers["x-ignored-query"].split(", ")
    assert (unquote(first), second) == (name, "plain")
    assert PLAIN.fullmatch(first)


@pytest.mark.parametrize("path", ["/clients", "/contacts", "/group_settings"])
def test_every_list_bounds_what_it_repeats(http, path):
    answer = get_with(http, TABLE, path)
    assert answer.status_code == 404 or len(answer.headers["x-ignored-query"]) <= MAX_HEADER


def test_writes_bound_what_they_repeat(http, company):
    answer = http.post(f"/clients?{urlencode([(name, 1) for name in TABLE])}", json={"name": "A"})
    assert size_of_headers(answer) < MAX_HEADERS


def test_strict_handling_names_some_and_counts_the_rest(http):
    answer = get_with(http, [*TABLE, "x" * 50_000], headers=STRICT)
    errors = answer.json()["errors"]
    assert answer.status_code == 422
    assert list(errors) == [*TABLE[:20], "query"]
    assert errors[TABLE[0]] == ["The columns[0][data] query parameter is not known."]
    assert errors["query"] == ["341 more query parameters are not known."]
    (named, words), *others = get_with(http, ["y" * 50_000], headers=STRICT).json()["errors"].items()
    assert (named, others) == ("y" * 100 + "...", [])
    assert len(words[0]) < 200
    assert list(get_with(http, [*TABLE[:20], "page"], headers=STRICT).json()["errors"]) == [*TABLE[:20], "page"]


def test_the_name_of_an_unknown_relation_is_cut(company):
    answer = company.v1.get(f"/clients?include={quote('x' * 50_000)}")
    assert (answer.status_code, len(answer.content) < 300) == (400, True)
