"""Faults of lists: wrong filters, sorting, pages, totals and links."""

from dataclasses import replace
from itertools import groupby

from tests.contract.faulty import Answered, Ask, Asked
from tests.contract.meaning import asked_for, fault_of, get, is_below, listed

FIND, PAGES, SORTS, LINKS = "filters_find_exactly", "pages_are_the_whole", "sorts_order", "links_keep_parameters"


def _operator(old: str, new: str):
    return lambda asked: (
        asked.asking(balance=asked.named["balance"].replace(old, new)) if "balance" in asked.named else asked
    )


def _without(*names: str):
    return lambda asked: asked.without(*names)


def _narrower_between(asked: Asked) -> Asked:
    low, _, high = asked.named.get("between_balance", "").partition(":")
    return asked.asking(between_balance=f"{float(low) + 0.001}:{high}") if high else asked


def _kept(keep):
    """A change of a list that keeps only some records, and adapts its totals."""

    def change(asked, content):
        before = len(content["data"])
        content["data"] = [each for each in content["data"] if keep(asked.named, each)]
        meta = content["meta"].get("pagination", content["meta"])
        meta["total"] -= before - len(content["data"])

    return change


def _case_matters(named, client):
    return "search" not in named or named["search"] in (client["company_name"] or "")


def _reversed_ties(key):
    def change(asked, content):
        if key in asked.named.get("sort", ""):
            ties = [list(group) for _, group in groupby(content["data"], lambda each: each[key])]
            content["data"] = [each for group in ties for each in reversed(group)]

    return change


asked_for("v1", FIND, "`gte` of a balance is `gt`", "gte_is_gt", "/clients", _operator("gte:", "gt:"))
asked_for("v1", FIND, "`lte` of a balance is `lt`", "lte_is_lt", "/clients", _operator("lte:", "lt:"))
asked_for("v1", FIND, "the lower end of a range is excluded", "range_without_its_end", "/clients", _narrower_between)
asked_for(
    "v1", FIND, "`created_at` of groups is ignored", "since_is_ignored", "/group_settings", _without("created_at")
)
asked_for("v1", FIND, "`custom_value4` is ignored", "custom_filter_is_ignored", "/clients", _without("custom_value4"))
asked_for("api", FIND, "`visibility` of notes is ignored", "visibility_is_ignored", "/notes", _without("visibility"))
asked_for(
    "api",
    "filters_combine",
    "one of two filters is ignored",
    "one_of_two_filters",
    "/clients",
    lambda asked: asked.without("tag") if {"tag", "search"} <= set(asked.named) or len(asked.named) > 3 else asked,
)
asked_for(
    "v1",
    "states_list_exactly",
    "`with_trashed` is ignored",
    "with_trashed_is_ignored",
    "/clients",
    _without("with_trashed"),
)
asked_for(
    "v1",
    "states_list_exactly",
    "`status` does not find archived records",
    "archived_are_active",
    "/clients",
    lambda asked: asked.asking(status="active") if asked.named.get("status") == "archived" else asked,
)
asked_for(
    "v1",
    "states_list_exactly",
    "`without_deleted_clients` is ignored",
    "hiding_is_ignored",
    "/clients",
    _without("without_deleted_clients"),
)
asked_for(
    "v1",
    SORTS,
    "a sort column is ignored",
    "sort_is_ignored",
    "/clients",
    lambda asked: asked.without("sort") if "postal_code" in asked.named.get("sort", "") else asked,
)
asked_for("api", SORTS, "the direction of a sort is ignored", "order_is_ignored", "/contacts", _without("order"))
asked_for(
    "v1",
    "sorts_have_levels",
    "the second level of a sort is ignored",
    "second_level_is_ignored",
    "/clients",
    lambda asked: asked.asking(sort=asked.named["sort"].partition(",")[0]) if "sort" in asked.named else asked,
)
asked_for(
    "api",
    PAGES,
    "pages after the second repeat the second one",
    "pages_repeat",
    "/clients",
    lambda asked: asked.asking(page="2") if asked.named.get("page", "1") not in ("1", "2") else asked,
)
asked_for(
    "api",
    "page_sizes",
    "the default page has 20 records",
    "another_default_size",
    "/contacts",
    lambda asked: asked if "limit" in asked.named else asked.asking(limit="20"),
)

listed(
    "api",
    FIND,
    "a search is case-sensitive",
    "search_regards_case",
    "/clients",
    _kept(lambda named, client: _case_matters(named, client)),
)
listed(
    "v1",
    FIND,
    "the last record of a filtered list is missing",
    "last_record_is_missing",
    "/clients",
    _kept(lambda named, client: "vat_number" not in named or client["number"] != "0001"),
)
listed(
    "v1",
    SORTS,
    "records that are equal in a sort are in no order",
    "ties_in_no_order",
    "/clients",
    _reversed_ties("city"),
)
listed(
    "v1",
    "default_order",
    "the default order is different",
    "another_default_order",
    "/documents",
    lambda asked, content: content["data"].reverse() if "sort" not in asked.named else None,
)
listed(
    "api",
    "default_order",
    "contacts are listed newest first",
    "contacts_newest_first",
    "/contacts",
    lambda asked, content: content["data"].reverse() if "sort" not in asked.named else None,
)
listed(
    "api",
    PAGES,
    "the total is too high by one",
    "total_is_off",
    "/notes",
    lambda asked, content: content["meta"].update(total=content["meta"]["total"] + 1),
)
listed(
    "api",
    PAGES,
    "the last page is rounded down",
    "last_page_is_rounded_down",
    "/categories",
    lambda asked, content: content["meta"].update(
        last_page=max(1, content["meta"]["total"] // content["meta"]["per_page"])
    ),
)
listed(
    "v1",
    PAGES,
    "`count` is the total",
    "count_is_total",
    "/clients",
    lambda asked, content: content["meta"]["pagination"].update(count=content["meta"]["pagination"]["total"]),
)


def _linking(name: str, about: str, change):
    async def fault(asked: Asked, ask: Ask) -> Answered:
        answer = await ask(asked)
        if (
            asked.method != "GET"
            or not is_below(asked, "v1", "/clients")
            or not answer.ok
            or b'"links"' not in answer.body
        ):
            return answer
        content = answer.json
        links = content.get("meta", {}).get("pagination", {}).get("links")
        if isinstance(links, dict):
            change(links)
        return answer.saying(content)

    fault.__name__ = name
    fault_of("v1", LINKS, about)(fault)


def _lose(*names: str):
    def change(links):
        for word, url in links.items():
            path, _, query = url.partition("?")
            links[word] = f"{path}?{Asked('GET', path, query, {}, b'').without(*names).query}"

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
async def numbers_sorted_as_text(asked: Asked, ask: Ask) -> Answered:
    answer = await ask(asked)
    if asked.path != "/api/v1/clients" or "number" not in asked.named.get("sort", "") or not answer.ok:
        return answer
    content = answer.json
    down = asked.named["sort"].lower().endswith("desc")
    content["data"].sort(key=lambda each: each["number"][::-1], reverse=down)
    return answer.saying(content)


@fault_of("v1", "unknown_parameters_change_nothing", "unknown parameters are not reported")
async def ignored_are_not_named(asked: Asked, ask: Ask) -> Answered:
    return (await ask(asked)).without_header("x-ignored-query")


@fault_of("api", "unknown_parameters_change_nothing", "an unknown parameter is accepted with Prefer: handling=strict")
async def strict_is_ignored(asked: Asked, ask: Ask) -> Answered:
    return await ask(replace(asked, headers={name: each for name, each in asked.headers.items() if name != "prefer"}))


@fault_of("v1", "filters_find_exactly", "the email filter is case-sensitive")
async def email_regards_case(asked: Asked, ask: Ask) -> Answered:
    email = asked.named.get("email", "")
    if asked.path == "/api/v1/clients" and email != email.lower():
        return await ask(get(asked, asked.path, "id_number=nobody-has-this"))
    return await ask(asked)
