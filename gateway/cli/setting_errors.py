"""Errors in settings: the name of each, its value unless it is a secret, and what is expected."""

import os
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

# Values of these are never shown, because they may contain a password.
_SECRET = {"database_url", "database_replica_url", "smtp_url", "metrics_token", "hash_salt"}
_EXPECTED = {
    "int": "must be a whole number",
    "float": "must be a number",
    "bool": "must be true or false",
    "datetime": "must be a date or a time, such as 2026-07-01 or 2026-07-01T12:00:00Z",
    "date": "must be a date or a time, such as 2026-07-01 or 2026-07-01T12:00:00Z",
    "greater_than_equal": "must be at least {ge:g}",
    "greater_than": "must be more than {gt:g}",
    "less_than_equal": "must be at most {le:g}",
    "less_than": "must be less than {lt:g}",
    "finite": "must be a number",
    "literal": "must be {expected}",
    "string_pattern_mismatch": "must be visible ASCII characters without spaces",
}


def in_words(error: ValidationError) -> str:
    """Return all errors as one text, without a full stop."""
    return "; ".join(map(_error_in_words, error.errors()))


def _error_in_words(error: ErrorDetails) -> str:
    field = str(error["loc"][0]).lower()
    name, expected = "GATEWAY_" + field.upper(), _expected(error)
    value = os.environ.get(name)
    is_shown = value is not None and field not in _SECRET and "@" not in value and repr(value) not in expected
    return f"{name}: {expected}, not {value!r}" if is_shown and expected.startswith("must") else f"{name}: {expected}"


def _expected(error: ErrorDetails) -> str:
    context: dict[str, Any] = error.get("ctx", {})
    kind = error["type"]
    words = _EXPECTED.get(kind) or next(
        (each for start, each in _EXPECTED.items() if kind.startswith(f"{start}_")), None
    )
    return words.format(**context) if words else error["msg"].removeprefix("Value error, ")
