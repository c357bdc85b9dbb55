"""Cases of the coverage phase that are left out, because another case sends the same to the same parser."""

from schemathesis.core.parameters import ParameterLocation

from gateway.contract.checks.reading import AnyCase

_FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")


def is_spared(case: AnyCase) -> bool:
    """Return whether a case tries a body that is tried elsewhere; cases about other parts are always kept.

    PATCH of /api/v1 equals PUT, which the oracle `patch_is_put` proves. A multipart form means the same as a
    URL-encoded one, which `lists_are_written_any_way` proves.
    """
    phase = case.meta.phase if case.meta is not None else None
    if phase is None or phase.name.value != "coverage":
        return False
    if getattr(phase.data, "parameter_location", None) != ParameterLocation.BODY:
        return False
    return _is_put_again(case) or _is_a_form_again(case)


def _is_put_again(case: AnyCase) -> bool:
    operations = case.operation.schema.raw_schema["paths"][case.operation.path]
    return case.operation.method.upper() == "PATCH" and "put" in operations


def _is_a_form_again(case: AnyCase) -> bool:
    body = case.operation.definition.raw.get("requestBody", {})
    return case.media_type == _FORMS[1] and _FORMS[0] in body.get("content", {})
