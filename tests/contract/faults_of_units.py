"""Faults of units and words that are seldom looked at: values of activities, refusals of actions, blank names."""

from typing import Any

from tests.contract.faulty import Request, Response, Send
from tests.contract.meaning import changed, fault_of, is_below, record_fault

TOGETHER, RECORDED = "errors_are_named_together", "changes_are_recorded"
_JSON = {"content-type": "application/json"}
_LOST = b'{"message": "Record not found", "errors": {}}'
Body = dict[str, Any]


def _in_microseconds(client: Body) -> None:
    for each in client.get("activities", ()):
        if each["after"].get("archived_at"):
            each["after"]["archived_at"] *= 1_000_000


record_fault(
    *("v1", RECORDED, "activities contain times in microseconds", "activities_in_microseconds", "/clients"),
    _in_microseconds,
)


def _countries_in_three_digits(client: Body) -> None:
    for each in client.get("activities", ()):
        if each["after"].get("country_id"):
            each["after"]["country_id"] = int(each["after"]["country_id"])


record_fault(
    *("v1", RECORDED, "activities contain countries as numbers", "activities_with_numbers", "/clients"),
    _countries_in_three_digits,
)


@fault_of("v1", TOGETHER, "a wrong value of a bulk update is named under its column")
async def bulk_names_the_column(request: Request, send: Send) -> Response:
    answer = await send(request)
    if answer.status != 422 or request.json.get("action") != "bulk_update":
        return answer
    errors = {request.json.get("column", "column"): texts for texts in answer.json["errors"].values()}
    return answer.with_json(answer.json | {"errors": errors})


@fault_of("api", TOGETHER, "of too many tags the first ones are stored")
async def too_many_tags_are_cut(request: Request, send: Send) -> Response:
    tags = request.json.get("tags") if is_below(request, "api", "/notes") else None
    return await send(request.with_json(request.json | {"tags": tags[:200]}) if isinstance(tags, list) else request)


@fault_of("v1", TOGETHER, "a group keeps its name if a blank one is sent")
async def blank_names_are_ignored(request: Request, send: Send) -> Response:
    name = request.json.get("name", "x") if is_below(request, "v1", "/group_settings/") else "x"
    return await send(request if str(name or "").strip() else request.with_json({}))


@fault_of("v1", "merged_ids_name_the_survivor", "a change of a merged client does not name the one that received it")
async def changes_of_merged_name_nobody(request: Request, send: Send) -> Response:
    answer = await send(request)
    return Response(404, _JSON, _LOST) if request.method == "PUT" and answer.status == 404 else answer


@fault_of("v1", "settings_are_merged", "the company's currency that is written back counts as a change")
async def shown_currencies_are_changes(request: Request, send: Send) -> Response:
    answer = await send(request)
    is_currency = request.method == "PUT" and list(request.json.get("settings") or ()) == ["currency_id"]
    return answer.with_header("etag", '"f-f-f"') if is_currency and "etag" in answer.headers else answer


@fault_of("v1", "editions_are_kept", "a merge takes over the newer fields of the client that is removed")
async def merges_take_newer_fields(request: Request, send: Send) -> Response:
    answer = await send(request)
    if request.path.endswith("/merge") and answer.ok:
        _received.add(answer.json["data"]["id"])

    def change(client: Body) -> None:
        if "routing_id" in client and client["id"] in _received:
            client["routing_id"] = "of another"

    return changed(answer, change) if is_below(request, "v1", "/clients/") else answer


_received: set[str] = set()
