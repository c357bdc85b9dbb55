"""What the proof spares Schemathesis and Hypothesis, and that it gives the same results."""

import importlib.util
import re
from types import ModuleType, SimpleNamespace

import pytest
from hypothesis import HealthCheck, given, settings, strategies
from hypothesis.internal import charmap
from hypothesis.internal.conjecture.engine import ConjectureRunner
from schemathesis.core import jsonschema
from schemathesis.generation import metrics
from schemathesis.generation.jsonschema import strategy
from schemathesis.generation.jsonschema.context import Alphabet

from core.database import sqlite
from dialects.legacy import categories, clients, contacts, notes
from gateway.contract import child, tuning
from gateway.contract.world import OTHER_KEYS, do_not_wait, leave_other_keys_out


@pytest.fixture
def untuned() -> ModuleType:
    """Another copy of Hypothesis's module about characters."""
    spec = importlib.util.find_spec("hypothesis.internal.charmap")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def tuned(monkeypatch: pytest.MonkeyPatch):
    """Tune the libraries for one test."""
    for module, name in (
        (metrics, "maximize"),
        (strategy, "_from_pattern"),
        (jsonschema, "validator_cache"),
        (charmap, "intervals_from_codec"),
        (ConjectureRunner, "generate_mutations_from"),
    ):
        monkeypatch.setattr(module, name, getattr(module, name))
    tuning.tune()


def test_schemathesis_spends_no_examples_on_the_neighbours_of_a_successful_one():
    from schemathesis.engine.run.unit import _case

    import gateway.contract.hooks  # noqa: F401 (tunes it)

    assert _case.metrics.maximize is tuning._maximize_nothing


def test_no_value_of_an_example_is_copied_to_another_place(tuned):
    drawn = []
    big = strategies.integers(min_value=10**6, max_value=10**12)

    @settings(max_examples=200, database=None, derandomize=True, suppress_health_check=list(HealthCheck))
    @given(strategies.tuples(big, big, big))
    def draw(numbers):
        drawn.append(numbers)

    draw()
    assert not [each for each in drawn if len(set(each)) < 3 and min(each) > 10**9]


@pytest.mark.parametrize(
    ("path", "sent", "left"),
    [
        ("/api/changes", {"wait": 238, "after": "latest"}, {"after": "latest"}),
        ("/api/v1/changes", {"wait": "30.0"}, {}),
        ("/api/v1/changes", {"wait": "soon"}, {"wait": "soon"}),
        ("/api/v1/changes", {"wait": [1]}, {"wait": [1]}),
        ("/api/v1/changes", {"wait": -1}, {"wait": -1}),
        ("/api/v1/changes", {}, {}),
        ("/api/v1/clients", {"wait": 5}, {"wait": 5}),
    ],
)
def test_no_request_waits_for_changes(path, sent, left):
    case = SimpleNamespace(query=dict(sent), operation=SimpleNamespace(path=path))
    do_not_wait(case)
    assert case.query == left


OTHER_KEYS_LEFT_OUT = [
    ("/api/notes", {"note_title": "T", "resource_type": ["x"], "own": 1}, {"note_title": "T", "own": 1}),
    ("/api/categories/{id}/migrate", {"target_id": 2, "category_id": "x"}, {"target_id": 2}),
    ("/api/clients", {"title": "T"}, {"title": "T"}),
    ("/api/v1/clients", {"client_id": "x"}, {"client_id": "x"}),
    ("/api/notes", None, None),
]


@pytest.mark.parametrize(("path", "sent", "left"), OTHER_KEYS_LEFT_OUT)
def test_a_valid_body_has_no_value_under_another_key_of_a_field(path, sent, left):
    case = SimpleNamespace(body=sent, operation=SimpleNamespace(path=path))
    leave_other_keys_out(case)
    assert case.body == left


FORM = "application/x-www-form-urlencoded"
REPEATED = [
    ({"filter": ["a", ""]}, None, None, True),
    ({"filter[]": ["a", ""]}, None, None, False),
    ({"filter": "a"}, None, None, False),
    (None, {"name": ["a"]}, FORM, True),
    (None, {"tags[]": ["a"]}, FORM, False),
    (None, {"name": ["a"]}, "application/json", False),
    (None, None, None, False),
]


@pytest.mark.parametrize(("query", "body", "media_type", "repeats"), REPEATED)
def test_a_name_without_brackets_is_repeated_in_forms_and_queries(query, body, media_type, repeats):
    from gateway.contract.hooks import repeats_a_name  # which tunes the libraries

    assert repeats_a_name(SimpleNamespace(query=query, body=body, media_type=media_type)) is repeats


def test_the_other_keys_are_those_of_the_tables():
    tables = {
        "clients": (clients.FIELDS, clients.TAGS_BODY, clients.STATUS_BODY, clients.OWNER_BODY),
        "categories": (categories.FIELDS, categories.MIGRATE_BODY),
        "contacts": (contacts.FIELDS,),
        "notes": (notes.FIELDS, notes.TAGS_BODY),
    }
    known = {path: {key for each in some for row in each.fields() for key in row.also} for path, some in tables.items()}
    assert {path: set(OTHER_KEYS.get(path, ())) for path in tables} == known


@pytest.mark.parametrize("codec", tuning._CHARACTERS_OF)
def test_the_characters_of_a_codec_are_known_without_trying_all(codec, untuned, tuned, monkeypatch):
    monkeypatch.setattr(charmap, "intervals_from_codec", None)
    tuning.tune()
    assert charmap.intervals_from_codec(codec) == untuned.intervals_from_codec(codec)


def test_another_codec_is_left_to_hypothesis(untuned, tuned):
    assert charmap.intervals_from_codec("cp1252") == untuned.intervals_from_codec("cp1252")


def test_few_validators_are_kept(tuned):
    for number in range(2 * tuning._KEPT_VALIDATORS):
        jsonschema.validator_cache[number] = number
    kept = [number for number in range(2 * tuning._KEPT_VALIDATORS) if jsonschema.validator_cache.get(number) == number]
    assert len(kept) == tuning._KEPT_VALIDATORS


def test_a_strategy_is_built_once_for_each_pattern_and_alphabet(tuned):
    def built(pattern: str, alphabet: Alphabet):
        return strategy._from_pattern(re.compile(pattern), SimpleNamespace(alphabet=alphabet))

    ascii_only = Alphabet(codec="ascii")
    assert built("^[a-z]+$", Alphabet()) is built("^[a-z]+$", Alphabet())
    assert built("^[a-z]+$", ascii_only) is not built("^[a-z]+$", Alphabet())
    assert built("^[a-y]+$", Alphabet()) is not built("^[a-z]+$", Alphabet())


def test_the_register_of_a_temporary_gateway_does_not_wait_for_the_disk(monkeypatch):
    served = []
    monkeypatch.setattr(child.runpy, "run_module", lambda *_given, **_options: served.append(sqlite._is_durable))
    child._gateway()
    assert (served, sqlite._is_durable) == ([False], True)
