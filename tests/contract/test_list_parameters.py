"""What the proof asks of lists can be read from every value that the gateway accepts, in whatever notation."""

import json

import pytest

from gateway.cli.openapi import document_text
from gateway.contract.checks.list_parameters import FILTERS, whole
from gateway.contract.checks.lists import _SIZES
from gateway.contract.stock import stock
from schemas.queries import MAX_PAGE

VALUES = ("1", "7.0", "007", " 7 ", "7842474194425587.0", "TRUE", "ß", "İ", "a,b", "1970-01-01")


def _lists() -> list[tuple[str, str, list[str]]]:
    found = []
    for dialect in ("api", "v1"):
        for path, operations in json.loads(document_text(dialect, as_json=True))["paths"].items():
            name = f"{dialect} {operations.get('get', {}).get('operationId')}"
            if name in FILTERS:
                given = [each["name"] for each in operations["get"]["parameters"] if each.get("in") == "query"]
                found.append((name, path, given))
    return found


@pytest.fixture(scope="module")
def stocked(shared):
    """A company with every kind of record."""
    stock(shared.server.url, shared.key, clients=6)
    return shared


def test_every_list_has_a_path():
    assert {name for name, _, _ in _lists()} == FILTERS.keys()


@pytest.mark.engines("sqlite")
@pytest.mark.parametrize(("name", "path", "parameters"), _lists(), ids=lambda given: given if " " in given else "")
def test_every_value_that_is_accepted_can_be_read(engine, stocked, name, path, parameters):
    api = stocked.api if name.startswith("api ") else stocked.v1
    path = path.removeprefix("/api/v1").removeprefix("/api")
    if "{id}" in path:
        path = path.replace("{id}", api.get("/clients").json()["data"][0]["id"])
    accepted = 0
    for parameter in parameters:
        for value in VALUES:
            answer = api.get(path, params={parameter: value})
            if answer.status_code != 200:
                continue
            accepted += 1
            holds = FILTERS[name].get(parameter, lambda _record, _text: True)
            assert all(holds(each, value) for each in answer.json()["data"]), (parameter, value)
            if parameter in ("page", _SIZES[name.partition(" ")[0]][0]):
                assert min(whole(value), MAX_PAGE) > 0
    assert accepted


@pytest.mark.parametrize("text", ["", "x", "7.5", "7.0.0", "1e3"])
def test_what_is_no_integer_is_not_read_as_one(text):
    with pytest.raises(ValueError, match="int"):
        whole(text)
