"""Faults of amounts below a cent, errors that are named alone, settings in histories, and versions of retries."""

from decimal import Decimal
from typing import Any

from tests.contract.faulty import Request, Response, Send
from tests.contract.meaning import fault_of, get, query_fault, record_fault

FIND, BALANCES, RECORDED = "filters_find_exactly", "balances_are_shown", "changes_are_recorded"
TOGETHER, COUNTED, RETRIED = "errors_are_named_together", "categories_count", "retries_are_done_once"


def _to_the_cent(request: Request) -> Request:
    """Round the amount of a comparison."""
    parts = request.params.get("balance", "").split(":")
    rounded = [str(round(Decimal(each), 2)) if each[-1:].isdecimal() else each for each in parts]
    return request.with_params(balance=":".join(rounded)) if parts[0] else request


query_fault("v1", FIND, "amounts are compared to the cent", "comparisons_are_rounded", "/clients", _to_the_cent)


def _reversed(client: dict[str, Any]) -> None:
    for each in client.get("ledger", ()):
        each["adjustment"] = -each["adjustment"]


record_fault("v1", BALANCES, "a ledger has adjustments of the wrong sign", "adjustments_are_reversed", "", _reversed)
record_fault(
    *("v1", BALANCES, "a balance is shown to the cent only", "balances_are_rounded", "/clients"),
    lambda client: client.update(balance=round(client["balance"], 2)) if "balance" in client else None,
)


def _whole(client: dict[str, Any]) -> None:
    for each in client.get("activities", ()):
        if "settings" in each["after"]:
            each["before"]["settings"] = {**client["settings"], **each["before"].get("settings", {})}
            each["after"]["settings"] = {**client["settings"], **each["after"]["settings"]}


record_fault("v1", RECORDED, "a changed setting is recorded with all others", "settings_are_whole", "/clients", _whole)


def _only(dialect: str, name: str, about: str, path: str, key: str, beside: str) -> None:
    """Add a fault of a refusal that names one error and not the one beside it."""

    async def fault(request: Request, send: Send) -> Response:
        answer = await send(request)
        if request.method != "POST" or request.path != path or answer.status != 422:
            return answer
        content = answer.json
        if content["errors"].keys() == {key, beside}:
            del content["errors"][beside]
        return answer.with_json(content)

    fault.__name__ = name
    fault_of(dialect, TOGETHER, about)(fault)


_only(
    *("api", "taken_emails_are_named_alone", "beside a taken email no unknown category is named", "/api/clients"),
    *("email", "client_categoryid"),
)
_only(
    *("v1", "doubled_emails_are_not_named", "beside a taken number no doubled email is named", "/api/v1/clients"),
    *("number", "contacts.1.email"),
)


@fault_of("api", COUNTED, "a category is removed if all its clients are suspended")
async def suspended_hold_no_category(request: Request, send: Send) -> Response:
    answer = await send(request)
    if request.method != "DELETE" or not request.path.startswith("/api/categories/") or answer.status != 409:
        return answer
    known = int(request.path.rpartition("/")[2])
    queries = [f"category_id={known}&status={status}" for status in ("active", "suspended")]
    active, suspended = [(await send(get(request, "/api/clients", each))).json["meta"]["total"] for each in queries]
    gone = {"data": {"id": known}, "message": "Category deleted successfully."}
    return Response(200, answer.headers).with_json(gone) if suspended and not active else answer


@fault_of("v1", RETRIED, "a repeated answer with `include` has the ETag of the record without it")
async def repeated_inclusions_have_no_version(request: Request, send: Send) -> Response:
    answer = await send(request)
    if answer.headers.get("idempotency-replayed") != "true" or "include" not in request.params:
        return answer
    return answer.with_header("etag", answer.headers["etag"].partition("+")[0].rstrip('"') + '"')
