"""Faults of details: wildcards, time zones, totals, primary contacts, ETags of included records, retries."""

from datetime import datetime
from typing import Any

from tests.contract.faulty import Request, Response, Send
from tests.contract.meaning import changed, fault_of, get, is_below, prefix, query_fault, record_fault

FIND, SORTS, CONTACTS = "filters_find_exactly", "sorts_order", "contacts_are_the_whole"
_remembered: dict[str, Any] = {}


def _without_zone(request: Request) -> Request:
    text = request.params.get("created_at", "")
    return (
        request.with_params(created_at=f"{datetime.fromisoformat(text):%Y-%m-%dT%H:%M:%SZ}") if "T" in text else request
    )


def _small_words_alone(name: str):
    def change(request: Request) -> Request:
        text = request.params.get(name, "")
        return request if text == text.lower() else request.with_params(**{name: text.replace("DESC", "asc")})

    return change


def _wild(name: str):
    return lambda request: request.without_params(name) if request.params.get(name) in ("%", "*") else request


def _counting_everything(dialect: str, about: str, name: str, parameter: str) -> None:
    """Add a fault: the total of a list ignores one of its filters."""

    async def fault(request: Request, send: Send) -> Response:
        answer = await send(request)
        if not (request.path == f"{prefix(dialect)}/clients" and parameter in request.params and answer.ok):
            return answer
        whole, content = (await send(request.without_params(parameter))).json["meta"], answer.json
        meta = content["meta"].get("pagination", content["meta"])
        meta["total"] = whole.get("pagination", whole)["total"]
        return answer.with_json(content)

    fault.__name__ = name
    fault_of(dialect, FIND, about)(fault)


query_fault("v1", FIND, "time zones are ignored", "zones_are_ignored", "/clients", _without_zone)
query_fault(
    "v1", SORTS, "DESC in upper case is not recognised", "capitals_sort_up", "/documents", _small_words_alone("sort")
)
query_fault(
    "api", SORTS, "an order in upper case is not recognised", "capitals_order_up", "/notes", _small_words_alone("order")
)
query_fault("api", FIND, "a percent sign matches everything", "percent_is_a_wildcard", "/contacts", _wild("search"))
query_fault("v1", FIND, "a percent sign matches everything", "percent_finds_groups", "/group_settings", _wild("name"))
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


record_fault("v1", CONTACTS, "contacts are listed newest first", "contacts_newest_of_client", "/clients", _newest_first)
record_fault(
    "v1", CONTACTS, "the oldest contact is shown as primary", "oldest_is_primary", "/clients", _oldest_is_primary
)
record_fault(
    "api", "times_have_microseconds", "times have no fractions of a second", "seconds_are_whole", "/", _whole_seconds
)
record_fault(
    *("v1", "uploads_are_shown", "a client's documents are shown newest first", "documents_newest_inside", "/clients"),
    lambda client: client.update(documents=client["documents"][::-1]) if "documents" in client else None,
)


@fault_of("v1", CONTACTS, "another client's contact is ignored instead of refused")
async def foreign_contact_is_ignored(request: Request, send: Send) -> Response:
    answer = await send(request)
    if answer.status == 422 and request.method == "PUT" and b".id" in answer.body:
        return await send(get(request, request.path))
    return answer


async def _as_once_listed(request: Request, send: Send) -> Response:
    """The last answer to this list that was not empty."""
    answer = await send(request)
    key = f"{request.path} {request.headers.get('authorization')} {request.query}"
    if answer.ok and answer.json["data"]:
        _remembered[key] = answer
    return _remembered.get(key, answer)


@fault_of("api", "states_are_shown", "contacts of deleted clients are listed")
async def contacts_outlive_deletion(request: Request, send: Send) -> Response:
    return await (_as_once_listed(request, send) if request.path == "/api/contacts" else send(request))


@fault_of("v1", "groups_have_a_life_cycle", "a deleted group is still a category")
async def deleted_group_is_a_category(request: Request, send: Send) -> Response:
    return await (_as_once_listed(request, send) if request.path == "/api/categories" else send(request))


@fault_of("v1", "representations_have_etags", "an answer with included data has the same ETag as without")
async def includes_share_a_tag(request: Request, send: Send) -> Response:
    answer = await send(request)
    tag = answer.headers.get("etag", "")
    return answer.with_header("etag", f'{tag.partition("+")[0]}"') if "+" in tag else answer


@fault_of("v1", "retry_keys_belong_to_callers", "a used Idempotency-Key applies to one path only")
async def keys_count_for_a_path(request: Request, send: Send) -> Response:
    key = request.headers.get("idempotency-key", "")
    path = _remembered.setdefault(f"{key} {request.headers.get('x-api-token')}", request.path)
    return await send(request if path == request.path else request.without_header("idempotency-key"))


@fault_of("api", "retries_are_done_once", "a repeated answer does not say so")
async def replays_are_not_marked(request: Request, send: Send) -> Response:
    return (await send(request)).without_header("idempotency-replayed")


@fault_of("v1", "relations_are_shown", "`include` of a create is ignored")
async def creates_include_nothing(request: Request, send: Send) -> Response:
    return await send(request.without_params("include") if request.method == "POST" else request)


@fault_of("v1", "uploads_are_shown", "of two documents with the same name the first one is downloaded")
async def names_are_documents(request: Request, send: Send) -> Response:
    answer = await send(request)
    if not request.path.endswith("/download") or not answer.ok:
        return answer
    return _remembered.setdefault(answer.headers["content-disposition"] + request.headers["x-api-token"], answer)


@fault_of("v1", "merge_adds_balances", "a merge adds up only the balance")
async def merge_adds_one_balance(request: Request, send: Send) -> Response:
    before = await send(get(request, request.path.rsplit("/", 2)[0])) if request.path.endswith("/merge") else None
    answer = await send(request)
    if before is None or not (before.ok and answer.ok):
        return answer
    kept = {key: before.json["data"][key] for key in ("paid_to_date", "credit_balance")}
    return changed(answer, lambda client: client.update(kept))


@fault_of("v1", "bulk_reaches_everyone", "a bulk action answers its clients in another order")
async def bulk_answers_backwards(request: Request, send: Send) -> Response:
    answer = await send(request)
    if not (request.path == "/api/v1/clients/bulk" and answer.ok):
        return answer
    content = answer.json
    content["data"].reverse()
    return answer.with_json(content)


@fault_of("api", "caching_is_declared", "the answer of a write may be cached")
async def writes_are_public(request: Request, send: Send) -> Response:
    answer = await send(request)
    return answer.with_header("cache-control", "max-age=600") if request.method in ("POST", "PATCH") else answer


@fault_of("v1", "other_companies_write_nothing", "a bulk action ignores clients of another company")
async def bulk_ignores_foreign_clients(request: Request, send: Send) -> Response:
    answer = await send(request)
    if is_below(request, "v1", "/clients/bulk") and answer.status == 404 and len(request.json["ids"]) > 1:
        return await send(request.with_json(request.json | {"ids": request.json["ids"][:1]}))
    return answer
