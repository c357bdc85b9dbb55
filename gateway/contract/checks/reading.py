"""How our checks read a request (a Schemathesis case) and its answer."""

from collections import Counter
from collections.abc import Callable, Iterator
from functools import wraps
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from schemathesis import Case, CheckContext, Response
from schemathesis.core.parameters import ParameterLocation

AnyCase = Case[Any]

READS = ("GET", "HEAD", "OPTIONS", "TRACE", "QUERY")


Check = Callable[[CheckContext, Response, AnyCase], None]

# How many answers each check could not read, by its name; `gateway.contract.gate` reads these counts.
UNREADABLE_ANSWERS: Counter[str] = Counter()


def counts_unreadable_answers(check: Check) -> Check:
    """Make a check count and ignore answers of another shape, which the schema check reports."""

    @wraps(check)
    def wrapped(ctx: CheckContext, response: Response, case: AnyCase) -> None:
        try:
            check(ctx, response, case)
        except (KeyError, TypeError, AttributeError, ValueError):
            UNREADABLE_ANSWERS[check.__name__] += 1

    return wrapped


def operation_id(case: AnyCase) -> str:
    """Return dialect and name of the operation, as `v1 getClient`; `""` if its path is tried with another method."""
    if case.method.upper() != case.operation.method.upper():
        return ""
    dialect = "v1" if case.operation.path.startswith("/api/v1/") else "api"
    return f"{dialect} {case.operation.definition.raw.get('operationId', '')}"


def noun(case: AnyCase) -> str:
    """Return the resource in the operation's path, such as `clients`."""
    return str(case.operation.path).removeprefix("/api").removeprefix("/v1").strip("/").partition("/")[0]


def is_negative(case: AnyCase) -> bool:
    """Return whether the case is invalid on purpose."""
    return case.meta is not None and case.meta.generation.mode.is_negative


def is_negative_path(case: AnyCase) -> bool:
    """Return whether the path of the case is invalid on purpose."""
    part = case.meta.components.get(ParameterLocation.PATH) if case.meta is not None else None
    return part is not None and part.mode.is_negative


def succeeded(response: Response | None) -> bool:
    """Return whether the answer is a success."""
    return response is not None and 200 <= response.status_code < 300


def sent_query(response: Response) -> dict[str, str]:
    """Return the query that was sent: the last of repeated names, without empty values, which count as missing."""
    pairs = parse_qsl(urlsplit(str(response.request.url)).query, keep_blank_values=True)
    return {name: value for name, value in dict(pairs).items() if value != ""}


def body_of(response: Response | None) -> dict[str, Any]:
    """Return the JSON object in the answer; an empty one if there is none."""
    try:
        body = response.json() if response is not None else None
    except ValueError:
        body = None
    return body if isinstance(body, dict) else {}


def steps_before(ctx: CheckContext, case: AnyCase) -> Iterator[tuple[AnyCase, Response | None]]:
    """Yield the steps that led to this case along links, the latest first."""
    seen = {case.id}
    step = ctx.internals.find_parent(case_id=case.id)
    while step is not None and step.id not in seen:
        seen.add(step.id)
        yield step, ctx.internals.find_response(case_id=step.id)
        step = ctx.internals.find_parent(case_id=step.id)


def writes_since(ctx: CheckContext, earlier: AnyCase, case: AnyCase) -> bool:
    """Return whether anything else was written between two steps of a sequence."""
    between = False
    for each in ctx.internals.find_all_cases():
        if each.id == case.id:
            return False
        if between and each.method.upper() not in READS:
            return True
        between = between or each.id == earlier.id
    return False
