"""What the proof spares Schemathesis and Hypothesis: it must not change what they draw."""

import importlib
import re
from types import SimpleNamespace

import pytest
from hypothesis.internal import charmap
from schemathesis.core import jsonschema
from schemathesis.generation import metrics
from schemathesis.generation.jsonschema import strategy
from schemathesis.generation.jsonschema.context import Alphabet

from gateway.contract import tuning


@pytest.fixture
def tuned(monkeypatch: pytest.MonkeyPatch):
    """Tune the libraries for one test."""
    for module, name in (
        (metrics, "maximize"),
        (strategy, "_from_pattern"),
        (jsonschema, "validator_cache"),
        (charmap, "intervals_from_codec"),
    ):
        monkeypatch.setattr(module, name, getattr(module, name))
    tuning.tune()


def test_schemathesis_spends_no_examples_on_the_neighbours_of_a_successful_one():
    from schemathesis.engine.run.unit import _case

    import gateway.contract.hooks  # noqa: F401 (tunes it)

    assert _case.metrics.maximize is tuning._pursue_no_target


@pytest.mark.parametrize("codec", [*tuning._CHARACTERS_OF, "cp1252"])
def test_the_characters_of_a_codec_are_those_that_it_encodes(codec, tuned):
    encodable, lossy = charmap.intervals_from_codec(codec)
    plain = importlib.util.find_spec("hypothesis.internal.charmap")
    fresh = importlib.util.module_from_spec(plain)
    plain.loader.exec_module(fresh)
    assert (encodable, lossy) == fresh.intervals_from_codec(codec)


def test_a_strategy_is_built_once_for_each_pattern_and_alphabet(tuned):
    def built(pattern: str, alphabet: Alphabet):
        return strategy._from_pattern(re.compile(pattern), SimpleNamespace(alphabet=alphabet))

    ascii_only = Alphabet(codec="ascii")
    assert built("^[a-z]+$", Alphabet()) is built("^[a-z]+$", Alphabet())
    assert built("^[a-z]+$", ascii_only) is not built("^[a-z]+$", Alphabet())
    assert built("^[a-y]+$", Alphabet()) is not built("^[a-z]+$", Alphabet())
