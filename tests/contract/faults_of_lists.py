"""Faults of lists: wrong filters, sorting, pages, totals and links."""

from dataclasses import replace
from itertools import groupby

from tests.contract.faulty import Request, Response, Send
from tests.contract.meaning import fault_of, get, is_below, list_fault, query_fault

FIND, PAGES, SORTS, LINKS = "filters_find_exactly", "pages_are_the_whole", "sorts_order", "links_keep_parameters"


def _operator(old: str, new: str):
    return lambda request: (
        request.with_params(balance=request.params["balance"].replace(old, new))
        if "balance" in request.params
        else request
    )


def _without(*names: str):
    return lambda request: request.without_params(*names)


def _narrower_between(request: Request) -> Request:
    low, _, high = request.params.get("between_balance", "").partition(":")
    return request.with_params(between_balance=f"{float(low) + 0.001}:{high}") if high else request


def _kept(keep):
    """A change of a list that keeps only some records, and adapts its totals."""

    def change(request, content):
        before = len(content["data"])
        content["data"] = [each for each in content["data"] if keep(request.params, each)]
        meta = content["meta"].get("pagination", content["meta"])
        meta["total"] -= before - len(content["data"])

    return change


def _case_matters(params, client):
    return "search" not in params or params["search"] in (client["company_name"] or "")


def _reversed_ties(key):
    def change(request, content):
        if key in request.params.get("sort", ""):
            ties = [list(group) for _, group in groupby(content["data"], lambda each: each[key])]
            content["data"] = [each for group in ties for each in reversed(group)]

    return change


query_fault("v1", FIND, "`gte` of a balance is `gt`", "gte_is_gt", "/clients", _operator("gte:", "gt:"))
query_fault("v1", FIND, "`lte` of a balance is `lt`", "lte_is_lt", "/clients", _operator("lte:", "lt:"))
query_fault("v1", FIND, "the lower end of a range is excluded", "range_without_its_end", "/clients", _narrower_between)
query_fault(
    "v1", FIND, "`created_at` of groups is ignored", "since_is_ignored", "/group_settings", _without("created_at")
)
query_fault("v1", FIND, "`custom_value4` is ignored", "custom_filter_is_ignored", "/clients", _without("custom_value4"))
query_fault("api", FIND, "`visibility` of notes is ignored", "visibility_is_ignored", "/notes", _without("visibility"))
query_fault(
    "api",
    "filters_combine",
    "one of two filters is ignored",
    "one_of_two_filters",
    "/clients",
    lambda request: (
        request.without_params("tag")
        if {"tag", "search"} <= set(request.params) or len(request.params) > 3
        else request
    ),
)
query_fault(
    "v1",
    "states_list_exactly",
    "`with_trashed` is ignored",
    "with_trashed_is_ignored",
    "/clients",
    _without("with_trashed"),
)
query_fault(
    "v1",
    "states_list_exactly",
    "`status` does not find archived records",
    "archived_are_active",
    "/clients",
    lambda request: request.with_params(status="active") if request.params.get("status") == "archived" else request,
)
query_fault(
    "v1",
    "states_list_exactly",
    "`without_deleted_clients` is ignored",
    "hiding_is_ignored",
    "/clients",
    _without("without_deleted_clients"),
)
query_fault(
    "v1",
    SORTS,
    "a sort column is ignored",
    "sort_is_ignored",
    "/clients",
    lambda request: request.without_params("sort") if "postal_code" in request.params.get("sort", "") else request,
)
query_fault("api", SORTS, "the direction of a sort is ignored", "order_is_ignored", "/contacts", _without("order"))
query_fault(
    "v1",
    "sorts_have_levels",
    "the second level of a sort is ignored",
    "second_level_is_ignored",
    "/clients",
    lambda request: (
        request.with_params(sort=request.params["sort"].partition(",")[0]) if "sort" in request.params else request
    ),
)
query_fault(
    "api",
    PAGES,
    "pages after the second repeat the second one",
    "pages_repeat",
    "/clients",
    lambda request: request.with_params(page="2") if request.params.get("page", "1") not in ("1", "2") else request,
)
query_fault(
    "api",
    "page_sizes",
    "the default page has 20 records",
    "another_default_size",
    "/contacts",
    lambda request: request if "limit" in request.params else request.with_params(limit="20"),
)

list_fault(
    "api",
    FIND,
    "a search is case-sensitive",
    "search_regards_case",
    "/clients",
    _kept(lambda params, client: _case_matters(params, client)),
)
list_fault(
    "v1",
    FIND,
    "the last record of a filtered list is missing",
    "last_record_is_missing",
    "/clients",
    _kept(lambda params, client: "vat_number" not in params or client["number"] != "0001"),
)
list_fault(
    "v1",
    SORTS,
    "records that are equal in a sort are in no order",
    "ties_in_no_order",
    "/clients",
    _reversed_ties("city"),
)
list_fault(
    "v1",
    "default_order",
    "the default order is different",
    "another_default_order",
    "/documents",
    lambda request, content: content["data"].reverse() if "sort" not in request.params else None,
)
list_fault(
    "api",
    "default_order",
    "contacts are listed newest first",
    "contacts_newest_first",
    "/contacts",
    lambda request, content: content["data"].reverse() if "sort" not in request.params else None,
)
list_fault(
    "api",
    PAGES,
    "the total is too high by one",
    "total_is_off",
    "/notes",
    lambda request, content: content["meta"].update(total=content["meta"]["total"] + 1),
)
list_fault(
    "api",
    PAGES,
    "the last page is rounded down",
    "last_page_is_rounded_down",
    "/categories",
    lambda request, content: content["meta"].update(
        last_page=max(1, content["meta"]["total"] // content["meta"]["per_page"])
    ),
)
list_fault(
    "v1",
    PAGES,
    "`count` is the total",
    "count_is_total",
    "/clients",
    lambda request, content: content["meta"]["pagination"].update(count=content["meta"]["pagination"]["total"]),
)


def _linking(name: str, about: str, change):
    async def fault(request: Request, send: Send) -> Response:
        answer = await send(request)
        if (
            request.method != "GET"
            or not is_below(request, "v1", "/clients")
            or not answer.ok
            or b'"links"' not in answer.body
        ):
            return answer
        content = answer.json
        links = content.get("meta", {}).get("pagination", {}).get("links")
        if isinstance(links, dict):
            change(links)
        return answer.with_json(content)

    fault.__name__ = name
    fault_of("v1", LINKS, about)(fault)


def _lose(*names: str):
    def change(links):
        for word, url in links.items():
            path, _, query = url.partition("?")
            links[word] = f"{path}?{Request('GET', path, query, {}, b'').without_params(*names).query}"

    return change


_linking("links_lose_sort", "links lose the sort", _lose("sort"))
_linking("links_lose_filters", "links lose the filters", _lose("status", "name", "filter"))
_linking("links_lose_size", "links lose the page size", _lose("per_page"))
_linking("no_link_back", "there is no link to the page before", lambda links: links.pop("previous", None))
_linking(
    "links_lead_nowhere",
    "the link to the next page leads to this one",
    lambda links: links.update({word: url.replace("page=3", "page=2") for word, url in links.items()}),
)


@fault_of("v1", SORTS, "numbers are sorted as text")
async def numbers_sorted_as_text(request: Request, send: Send) -> Response:
    answer = await send(request)
    if request.path != "/api/v1/clients" or "number" not in request.params.get("sort", "") or not answer.ok:
        return answer
    content = answer.json
    down = request.params["sort"].lower().endswith("desc")
    content["data"].sort(key=lambda each: each["number"][::-1], reverse=down)
    return answer.with_json(content)


@fault_of("v1", "unknown_parameters_change_nothing", "unknown parameters are not reported")
async def ignored_are_not_named(request: Request, send: Send) -> Response:
    return (await send(request)).without_header("x-ignored-query")


@fault_of("api", "unknown_parameters_change_nothing", "an unknown parameter is accepted with Prefer: handling=strict")
async def strict_is_ignored(request: Request, send: Send) -> Response:
    return await send(
        replace(request, headers={name: each for name, each in request.headers.items() if name != "prefer"})
    )


@fault_of("v1", "filters_find_exactly", "the email filter is case-sensitive")
async def email_regards_case(request: Request, send: Send) -> Response:
    email = request.params.get("email", "")
    if request.path == "/api/v1/clients" and email != email.lower():
        return await send(get(request, request.path, "id_number=nobody-has-this"))
    return await send(request)
