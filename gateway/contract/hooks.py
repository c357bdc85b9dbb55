"""What Schemathesis loads from us: our own checks, real ids for its requests, and what it misjudges."""

from collections.abc import Mapping
from typing import Any

import schemathesis
from schemathesis import HookContext, Response
from schemathesis.core.failures import AcceptedNegativeData, Failure
from schemathesis.openapi.checks import (
    EnsureResourceAvailability,
    ObjectLevelAuthorizationViolation,
    RejectedPositiveData,
)

from gateway.contract.checks import business_rules, lists, lives, witnesses
from gateway.contract.checks.reading import AnyCase, body_of, is_negative, is_negative_path
from gateway.contract.properties import name_by_pattern
from gateway.contract.world import World

__all__ = ["business_rules", "lists", "lives", "witnesses"]

WORLD = World()

# Schemathesis takes them for ids of what no operation makes, and begins no life with an operation that asks for one.
_NO_REFERENCES = ("country_id", "group_settings_id", "noteresource_id")


@schemathesis.hook
def before_load_schema(_context: HookContext, raw_schema: dict[str, Any]) -> None:
    """Leave out optional request headers: a random version or key ends most requests before they do anything."""
    for operations in raw_schema["paths"].values():
        for operation in operations.values():
            kept = [each for each in operation.get("parameters", ()) if each["in"] != "header"]
            operation["parameters"] = kept
            name_by_pattern(operation.get("requestBody", {}), _NO_REFERENCES)


@schemathesis.hook
def before_call(_context: HookContext, case: AnyCase, _kwargs: dict[str, Any]) -> None:
    """Lend a request what it needs to get anywhere."""
    if not is_negative(case):
        WORLD.use_known_values(case)
    if not is_negative_path(case):
        WORLD.use_known_path(case)


@schemathesis.hook
def after_call(_context: HookContext, case: AnyCase, response: Response) -> None:
    """Learn from every answer."""
    WORLD.learn(case, response)


@schemathesis.hook
def filter_failure(_context: HookContext, failure: Failure, case: AnyCase, response: Response) -> bool:
    """Drop what is no failure. Each reason stands in docs/contract-testing.md."""
    if "" in (case.path_parameters or {}).values():
        return False  # a blank record has no id, and without one the path is another's
    if isinstance(failure, ObjectLevelAuthorizationViolation) and body_of(response).get("data") == []:
        return False  # two lists without anything are equal, and show nobody anything
    if isinstance(failure, AcceptedNegativeData):
        return not (_is_invalid_in_name_only(case) or _names_a_list_twice(case) or case.body == [])
    if isinstance(failure, RejectedPositiveData):
        return not _names_a_list_twice(case)
    return not (isinstance(failure, EnsureResourceAvailability) and WORLD.names_nobody(case))


def _is_invalid_in_name_only(case: AnyCase) -> bool:
    # A link's body is laid over an invalid one and makes it valid; what was negated is then no longer there.
    phase = case.meta.phase.data if case.meta else None
    return phase is not None and phase.description == "Positive test case" and not phase.mutations


def _names_a_list_twice(case: AnyCase) -> bool:
    # Of `tags` and `tags[]` PHP's forms count the last one sent, an order that no schema can speak of.
    body = case.body
    is_form = "form" in str(case.media_type)
    return is_form and isinstance(body, Mapping) and any(f"{key}[]" in body for key in body)
