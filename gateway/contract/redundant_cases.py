"""Cases of the coverage phase that are left out, because another case sends the same to the same parser."""

import re

from schemathesis.core.parameters import ParameterLocation

from gateway.contract.checks.reading import AnyCase

_COUNTRY = re.compile(r"'\w*country\w*' value: Enum value$")
_FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")


def is_redundant(case: AnyCase) -> bool:
    """Return whether another case tries the same body; cases about other parts are never redundant.

    PATCH of /api/v1 equals PUT, which the oracle `patch_is_put` proves with bodies of every kind. A multipart form
    means the same as a URL-encoded one, which `lists_are_written_any_way` proves. A change reads a country by the same
    table as a create, and `sent_is_shown` proves that it changes the field.
    """
    phase = case.meta.phase if case.meta is not None else None
    if phase is None or phase.name.value != "coverage":
        return False
    if getattr(phase.data, "parameter_location", None) != ParameterLocation.BODY:
        return False
    return _is_put_again(case) or _is_a_form_again(case) or _is_a_created_country(case, phase.data.description or "")


def _is_put_again(case: AnyCase) -> bool:
    operations = case.operation.schema.raw_schema["paths"][case.operation.path]
    return case.operation.method.upper() == "PATCH" and "put" in operations


def _is_a_created_country(case: AnyCase, description: str) -> bool:
    """Return whether the case tries one of all countries in an update, where a create tries each of them too."""
    collection, _, last = str(case.operation.path).rpartition("/")
    creates = "post" in case.operation.schema.raw_schema["paths"].get(collection, {})
    return last == "{id}" and creates and _COUNTRY.search(description) is not None


def _is_a_form_again(case: AnyCase) -> bool:
    body = case.operation.definition.raw.get("requestBody", {})
    return case.media_type == _FORMS[1] and _FORMS[0] in body.get("content", {})
