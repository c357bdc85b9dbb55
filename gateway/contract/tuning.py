"""Removes work from Schemathesis and Hypothesis that finds no failures."""

import re
from functools import cache
from types import SimpleNamespace
from typing import Any

from hypothesis.internal import charmap
from hypothesis.internal.conjecture import engine
from hypothesis.internal.intervalsets import IntervalSet
from schemathesis.core import jsonschema
from schemathesis.generation import metrics
from schemathesis.generation.jsonschema import strategy

_CHARACTERS_OF = {
    "utf-8": ((0, 0xD7FF), (0xE000, 0x10FFFF)),  # all but surrogates (RFC 3629, section 3)
    "iso8859-1": ((0, 0xFF),),
    "ascii": ((0, 0x7F),),
}

_KEPT_VALIDATORS = 256  # of 70 kB each; few are needed again after the variants of one body


def tune() -> None:
    """Patch the libraries in this process. Functions that a version of a library does not have are not patched."""
    metrics.maximize = _maximize_nothing
    runner: Any = engine.ConjectureRunner
    if hasattr(runner, "generate_mutations_from"):
        runner.generate_mutations_from = _mutate_nothing
    if hasattr(strategy, "_from_pattern"):
        strategy._from_pattern = _with_cached_patterns(strategy._from_pattern)
    if hasattr(jsonschema, "validator_cache"):
        jsonschema.validator_cache = type(jsonschema.validator_cache)(maxsize=_KEPT_VALIDATORS)
    if hasattr(charmap, "intervals_from_codec"):
        charmap.intervals_from_codec = _with_known_codecs(charmap.intervals_from_codec)


def _maximize_nothing(metrics: object, case: object, response: object) -> None:
    # Schemathesis makes Hypothesis maximize successes. As soon as one request has succeeded, that spends the other half
    # of an operation's examples, and a quarter of the run's time, on similar requests, which cannot succeed more.
    pass


def _mutate_nothing(runner: object, data: object) -> None:
    # Hypothesis makes up to five requests of each one drawn, by copying a value of it to another place. Requests that
    # are all drawn anew differ more: sixty of them reach more links and parameters than a hundred with copies.
    pass


def _with_cached_patterns(from_pattern: Any) -> Any:
    # Thousands of variants of a body share a few dozen patterns. Each variant would parse all of them again and compute
    # which characters they allow, which takes a quarter of the processor time of a run.
    @cache
    def cached(compiled: re.Pattern[str], alphabet: object) -> Any:
        return from_pattern(compiled, SimpleNamespace(alphabet=alphabet))

    return lambda compiled, context: cached(compiled, context.alphabet)


def _with_known_codecs(intervals_from_codec: Any) -> Any:
    # Hypothesis would try every character of Unicode, with lists of 200 MB, more than everything else in a run.
    def intervals(codec: str) -> tuple[IntervalSet, IntervalSet]:
        known = _CHARACTERS_OF.get(codec)
        return (IntervalSet(known), IntervalSet(())) if known else intervals_from_codec(codec)

    return intervals
