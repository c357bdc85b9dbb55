"""The hooks that Schemathesis loads: our own checks, existing ids for its requests, and corrections of its failures."""

import atexit
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import schemathesis
from schemathesis import HookContext, Response
from schemathesis.core.failures import AcceptedNegativeData, Failure
from schemathesis.openapi.checks import (
    EnsureResourceAvailability,
    ObjectLevelAuthorizationViolation,
    RejectedPositiveData,
)

from gateway.contract.checks import business_rules, life_cycles, lists, witnesses
from gateway.contract.checks.reading import READS, UNREADABLE_ANSWERS, AnyCase, body_of, is_negative, is_negative_path
from gateway.contract.own_records import OwnRecords
from gateway.contract.own_webhooks import OwnWebhooks
from gateway.contract.pacing import Pace
from gateway.contract.properties import allow_any_file, name_by_pattern, reduce_single_items, use_lookaheads
from gateway.contract.reach import REACH, Reach
from gateway.contract.redundant_cases import is_redundant
from gateway.contract.reserved_addresses import reserve_addresses
from gateway.contract.target import OWN_RECORDS
from gateway.contract.tuning import tune
from gateway.contract.versions_and_keys import VersionsAndKeys
from gateway.contract.world import World, do_not_wait

__all__ = ["business_rules", "life_cycles", "lists", "witnesses"]

WORLD = World()
HEADERS = VersionsAndKeys()
PACE = Pace()
OWN = OwnRecords() if OWN_RECORDS in os.environ else None
WEBHOOKS = OwnWebhooks() if OWN is not None else None
REACHED: list[Reach] = []


def _delete_webhooks() -> None:
    if WEBHOOKS is not None:
        for line in WEBHOOKS.delete():
            print(line)


atexit.register(_delete_webhooks)
tune()

# Schemathesis regards them as ids of records that no operation creates, and begins no stateful run with operations that
# need one.
_NO_REFERENCES = ("country_id", "group_settings_id", "noteresource_id")


@schemathesis.hook
def before_load_schema(_context: HookContext, raw_schema: dict[str, Any]) -> None:
    """Store the document, to report which parts of it the run reached, and remove what misleads Schemathesis."""
    file = os.environ.get(REACH)
    if file:
        REACHED.append(Reach(raw_schema, unreadable_answers=UNREADABLE_ANSWERS))
        atexit.register(REACHED[-1].write, Path(file))
    use_lookaheads(raw_schema)
    reduce_single_items(raw_schema)
    for operations in raw_schema["paths"].values():
        for operation in operations.values():
            name_by_pattern(operation.get("requestBody", {}), _NO_REFERENCES)
            allow_any_file(operation.get("responses", {}))


@schemathesis.hook
def filter_case(_context: HookContext, case: AnyCase) -> bool:
    """Leave out redundant cases of the coverage phase."""
    return not is_redundant(case)


@schemathesis.hook
def before_call(_context: HookContext, case: AnyCase, _kwargs: dict[str, Any]) -> None:
    """Put existing ids into a valid request, and an existing version and a new idempotency key into any request.

    None waits for changes, or names an address that could exist.
    """
    do_not_wait(case)
    if not is_negative(case):
        WORLD.use_known_values(case)
    if not is_negative_path(case):
        WORLD.use_known_path(case)
    if OWN is not None:
        OWN.restrict(case)
    if case.method.upper() not in READS:
        for part in (case.body, case.query):
            reserve_addresses(part)
    HEADERS.insert(case, is_negative(case))


@schemathesis.hook
def after_call(_context: HookContext, case: AnyCase, response: Response) -> None:
    """Record what the answer shows, and wait if the deployment demands it."""
    WORLD.learn(case, response)
    HEADERS.learn(case, response)
    if OWN is not None:
        OWN.learn(case, response)
    headers = {name: values[0] for name, values in response.headers.items() if values}
    request = response.request
    parts = urlsplit(str(request.url))
    if WEBHOOKS is not None:
        key, url = str(request.headers.get("X-API-TOKEN")), str(request.url).partition("?")[0]
        WEBHOOKS.learn(key, str(request.method), url, response.status_code, response.content)
    if REACHED:
        sent = {str(name): str(value) for name, value in dict(case.headers or {}).items()}
        body = case.body if isinstance(case.body, dict) else None
        query = parse_qsl(parts.query)
        REACHED[-1].count(str(request.method), parts.path, query, sent, body, response.status_code, response.content)
    PACE.waits(response.status_code, {name.title(): value for name, value in headers.items()} | headers)


@schemathesis.hook
def filter_failure(_context: HookContext, failure: Failure, case: AnyCase, response: Response) -> bool:
    """Drop false failures. docs/contract-checks.md gives the reason for each."""
    if "" in (case.path_parameters or {}).values():
        return False  # a blank record has no id, and without an id the path is a different one
    if isinstance(failure, ObjectLevelAuthorizationViolation) and body_of(response).get("data") == []:
        return False  # two empty lists are equal, but prove nothing
    if isinstance(failure, AcceptedNegativeData):
        taken = _names_a_list_twice(case) or repeats_a_name(case) or case.body == []
        return not (taken or _is_invalid_in_name_only(case))
    if isinstance(failure, RejectedPositiveData):
        return not (
            _names_a_list_twice(case) or _is_about_a_known_version(case, response) or _is_in_the_future(response)
        )
    return not (isinstance(failure, EnsureResourceAvailability) and WORLD.names_missing_record(case))


def _is_invalid_in_name_only(case: AnyCase) -> bool:
    # The body of a link is merged into an invalid one and makes it valid: it overwrites the invalid value.
    phase = case.meta.phase.data if case.meta else None
    return phase is not None and phase.description == "Positive test case" and not phase.mutations


def _is_about_a_known_version(case: AnyCase, response: Response) -> bool:
    # The version was current when it was recorded: a read with it is answered 304, and a write is refused if the record
    # has changed since.
    header = {304: "If-None-Match", 412: "If-Match"}.get(response.status_code)
    return header is not None and header in (case.headers or {})


def _is_in_the_future(response: Response) -> bool:
    # Whether a timestamp of ten digits is in the future depends on the clock; that past ones work, an oracle tests.
    errors = body_of(response).get("errors") or {}
    messages = [message for of_field in errors.values() for message in of_field]
    return (
        response.status_code == 422 and bool(messages) and all(each.endswith("not in the future.") for each in messages)
    )


def repeats_a_name(case: AnyCase) -> bool:
    """Return whether a form or query has an array under a name without brackets.

    It is sent as the same name several times, and PHP takes the last value, which may be valid or empty.
    """
    form = case.body if "form" in str(case.media_type) else None
    parts = [each for each in (form, case.query) if isinstance(each, Mapping)]
    return any(isinstance(value, list) and not key.endswith("[]") for part in parts for key, value in part.items())


def _names_a_list_twice(case: AnyCase) -> bool:
    # If a form has `tags` and `tags[]`, PHP takes the last one; no schema can describe the order of fields.
    body = case.body
    is_form = "form" in str(case.media_type)
    return is_form and isinstance(body, Mapping) and any(f"{key}[]" in body for key in body)
