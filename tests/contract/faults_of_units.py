"""Faults of units and words that are seldom looked at: values of activities, refusals of actions, blank names."""

from typing import Any

from tests.contract.faulty import Answered, Ask, Asked
from tests.contract.meaning import changed, fault_of, is_below, shown

TOGETHER, RECORDED = "errors_are_named_together", "verbs_are_recorded"
_JSON = {"content-type": "application/json"}
_LOST = b'{"message": "Record not found", "errors": {}}'
Body = dict[str, Any]


def _in_microseconds(client: Body) -> None:
    for each in client.get("activities", ()):
        if each["after"].get("archived_at"):
            each["after"]["archived_at"] *= 1_000_000


shown(
    *("v1", RECORDED, "activities contain times in microseconds", "activities_in_microseconds", "/clients"),
    _in_microseconds,
)


def _countries_in_three_digits(client: Body) -> None:
    for each in client.get("activities", ()):
        if each["after"].get("country_id"):
            each["after"]["country_id"] = int(each["after"]["country_id"])


shown(
    *("v1", RECORDED, "activities contain countries as numbers", "activities_with_numbers", "/clients"),
    _countries_in_three_digits,
)


@fault_of("v1", TOGETHER, "a wrong value of a bulk update is named under its column")
async def bulk_names_the_column(asked: Asked, ask: Ask) -> Answered:
    answer = await ask(asked)
    if answer.status != 422 or asked.json.get("action") != "bulk_update":
        return answer
    errors = {asked.json.get("column", "column"): texts for texts in answer.json["errors"].values()}
    return answer.saying(answer.json | {"errors": errors})


@fault_of("api", TOGETHER, "of too many tags the first ones are stored")
async def too_many_tags_are_cut(asked: Asked, ask: Ask) -> Answered:
    tags = asked.json.get("tags") if is_below(asked, "api", "/notes") else None
    return await ask(asked.sending(asked.json | {"tags": tags[:200]}) if isinstance(tags, list) else asked)


@fault_of("v1", TOGETHER, "a group keeps its name if a blank one is sent")
async def blank_names_are_ignored(asked: Asked, ask: Ask) -> Answered:
    name = asked.json.get("name", "x") if is_below(asked, "v1", "/group_settings/") else "x"
    return await ask(asked if str(name or "").strip() else asked.sending({}))


@fault_of("v1", "merged_ids_lead_on", "a change of a merged client does not name the one that received it")
async def changes_of_merged_name_nobody(asked: Asked, ask: Ask) -> Answered:
    answer = await ask(asked)
    return Answered(404, _JSON, _LOST) if asked.method == "PUT" and answer.status == 404 else answer


@fault_of("v1", "settings_are_merged", "the company's currency that is written back counts as a change")
async def shown_currencies_are_changes(asked: Asked, ask: Ask) -> Answered:
    answer = await ask(asked)
    is_currency = asked.method == "PUT" and list(asked.json.get("settings") or ()) == ["currency_id"]
    return answer.with_header("etag", '"f-f-f"') if is_currency and "etag" in answer.headers else answer


@fault_of("v1", "editions_are_kept", "a merge takes over the newer fields of the client that is removed")
async def merges_take_newer_fields(asked: Asked, ask: Ask) -> Answered:
    answer = await ask(asked)
    if asked.path.endswith("/merge") and answer.ok:
        _received.add(answer.json["data"]["id"])

    def change(client: Body) -> None:
        if "routing_id" in client and client["id"] in _received:
            client["routing_id"] = "of another"

    return changed(answer, change) if is_below(asked, "v1", "/clients/") else answer


_received: set[str] = set()
