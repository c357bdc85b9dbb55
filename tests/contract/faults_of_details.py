"""Faults of details: wildcards, time zones, totals, primary contacts, ETags of included records, retries."""

from datetime import datetime
from typing import Any

from tests.contract.faulty import Answered, Ask, Asked
from tests.contract.meaning import asked_for, changed, fault_of, get, is_below, prefix, shown

FIND, SORTS, CONTACTS = "filters_find_exactly", "sorts_order", "contacts_are_the_whole"
_remembered: dict[str, Any] = {}


def _without_zone(asked: Asked) -> Asked:
    text = asked.named.get("created_at", "")
    return asked.asking(created_at=f"{datetime.fromisoformat(text):%Y-%m-%dT%H:%M:%SZ}") if "T" in text else asked


def _small_words_alone(name: str):
    def change(asked: Asked) -> Asked:
        text = asked.named.get(name, "")
        return asked if text == text.lower() else asked.asking(**{name: text.replace("DESC", "asc")})

    return change


def _wild(name: str):
    return lambda asked: asked.without(name) if asked.named.get(name) in ("%", "*") else asked


def _counting_everything(dialect: str, about: str, name: str, parameter: str) -> None:
    """Add a fault: the total of a list ignores one of its filters."""

    async def fault(asked: Asked, ask: Ask) -> Answered:
        answer = await ask(asked)
        if not (asked.path == f"{prefix(dialect)}/clients" and parameter in asked.named and answer.ok):
            return answer
        whole, content = (await ask(asked.without(parameter))).json["meta"], answer.json
        meta = content["meta"].get("pagination", content["meta"])
        meta["total"] = whole.get("pagination", whole)["total"]
        return answer.saying(content)

    fault.__name__ = name
    fault_of(dialect, FIND, about)(fault)


asked_for("v1", FIND, "time zones are ignored", "zones_are_ignored", "/clients", _without_zone)
asked_for(
    "v1", SORTS, "DESC in upper case is not recognised", "capitals_sort_up", "/documents", _small_words_alone("sort")
)
asked_for(
    "api", SORTS, "an order in upper case is not recognised", "capitals_order_up", "/notes", _small_words_alone("order")
)
asked_for("api", FIND, "a percent sign matches everything", "percent_is_a_wildcard", "/contacts", _wild("search"))
asked_for("v1", FIND, "a percent sign matches everything", "percent_finds_groups", "/group_settings", _wild("name"))
_counting_everything("v1", "the total of a filtered list counts everything", "total_of_everything", "vat_number")
_counting_everything("api", "the total of a search counts everything", "total_of_every_search", "search")


def _newest_first(client: dict[str, Any]) -> None:
    if len(client.get("contacts", ())) > 2:
        client["contacts"] = [client["contacts"][0], *reversed(client["contacts"][1:])]


def _oldest_is_primary(client: dict[str, Any]) -> None:
    people = client.get("contacts", ())
    oldest = min(people, key=lambda each: (each["created_at"], each["id"]), default=None)
    for each in people:
        each["is_primary"] = each is oldest


def _whole_seconds(record: dict[str, Any]) -> None:
    for key, moment in record.get("dates", {}).items():
        record["dates"][key] = f"{moment.partition('.')[0]}.000000Z"


shown("v1", CONTACTS, "contacts are listed newest first", "contacts_newest_of_client", "/clients", _newest_first)
shown("v1", CONTACTS, "the oldest contact is shown as primary", "oldest_is_primary", "/clients", _oldest_is_primary)
shown("api", "moments_are_exact", "times have no fractions of a second", "seconds_are_whole", "/", _whole_seconds)
shown(
    *("v1", "uploads_are_shown", "a client's documents are shown newest first", "documents_newest_inside", "/clients"),
    lambda client: client.update(documents=client["documents"][::-1]) if "documents" in client else None,
)


@fault_of("v1", CONTACTS, "another client's contact is ignored instead of refused")
async def strange_contact_is_passed_over(asked: Asked, ask: Ask) -> Answered:
    answer = await ask(asked)
    if answer.status == 422 and asked.method == "PUT" and b".id" in answer.body:
        return await ask(get(asked, asked.path))
    return answer


async def _as_once_listed(asked: Asked, ask: Ask) -> Answered:
    """The last answer to this list that was not empty."""
    answer = await ask(asked)
    key = f"{asked.path} {asked.headers.get('authorization')} {asked.query}"
    if answer.ok and answer.json["data"]:
        _remembered[key] = answer
    return _remembered.get(key, answer)


@fault_of("api", "states_are_shown", "contacts of deleted clients are listed")
async def contacts_outlive_deletion(asked: Asked, ask: Ask) -> Answered:
    return await (_as_once_listed(asked, ask) if asked.path == "/api/contacts" else ask(asked))


@fault_of("v1", "groups_have_a_life_cycle", "a deleted group is still a category")
async def deleted_group_is_a_category(asked: Asked, ask: Ask) -> Answered:
    return await (_as_once_listed(asked, ask) if asked.path == "/api/categories" else ask(asked))


@fault_of("v1", "representations_have_tags", "an answer with included data has the same ETag as without")
async def includes_share_a_tag(asked: Asked, ask: Ask) -> Answered:
    answer = await ask(asked)
    tag = answer.headers.get("etag", "")
    return answer.with_header("etag", f'{tag.partition("+")[0]}"') if "+" in tag else answer


@fault_of("v1", "retry_keys_belong_to_callers", "a used Idempotency-Key applies to one path only")
async def keys_count_for_a_path(asked: Asked, ask: Ask) -> Answered:
    key = asked.headers.get("idempotency-key", "")
    path = _remembered.setdefault(f"{key} {asked.headers.get('x-api-token')}", asked.path)
    return await ask(asked if path == asked.path else asked.without_header("idempotency-key"))


@fault_of("api", "retries_are_done_once", "a repeated answer does not say so")
async def replays_are_silent(asked: Asked, ask: Ask) -> Answered:
    return (await ask(asked)).without_header("idempotency-replayed")


@fault_of("v1", "relations_are_shown", "`include` of a create is ignored")
async def creates_include_nothing(asked: Asked, ask: Ask) -> Answered:
    return await ask(asked.without("include") if asked.method == "POST" else asked)


@fault_of("v1", "uploads_are_shown", "of two documents with the same name the first one is downloaded")
async def names_are_documents(asked: Asked, ask: Ask) -> Answered:
    answer = await ask(asked)
    if not asked.path.endswith("/download") or not answer.ok:
        return answer
    return _remembered.setdefault(answer.headers["content-disposition"] + asked.headers["x-api-token"], answer)


@fault_of("v1", "merge_adds_balances", "a merge adds up only the balance")
async def merge_adds_one_balance(asked: Asked, ask: Ask) -> Answered:
    before = await ask(get(asked, asked.path.rsplit("/", 2)[0])) if asked.path.endswith("/merge") else None
    answer = await ask(asked)
    if before is None or not (before.ok and answer.ok):
        return answer
    kept = {key: before.json["data"][key] for key in ("paid_to_date", "credit_balance")}
    return changed(answer, lambda client: client.update(kept))


@fault_of("v1", "bulk_reaches_everyone", "a bulk action answers its clients in another order")
async def bulk_answers_backwards(asked: Asked, ask: Ask) -> Answered:
    answer = await ask(asked)
    if not (asked.path == "/api/v1/clients/bulk" and answer.ok):
        return answer
    content = answer.json
    content["data"].reverse()
    return answer.saying(content)


@fault_of("api", "caching_is_declared", "the answer of a write may be cached")
async def writes_are_public(asked: Asked, ask: Ask) -> Answered:
    answer = await ask(asked)
    return answer.with_header("cache-control", "max-age=600") if asked.method in ("POST", "PATCH") else answer


@fault_of("v1", "strangers_write_nothing", "a bulk action ignores clients of another company")
async def bulk_passes_over_strangers(asked: Asked, ask: Ask) -> Answered:
    answer = await ask(asked)
    if is_below(asked, "v1", "/clients/bulk") and answer.status == 404 and len(asked.json["ids"]) > 1:
        return await ask(asked.sending(asked.json | {"ids": asked.json["ids"][:1]}))
    return answer
