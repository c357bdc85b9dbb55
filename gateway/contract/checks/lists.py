"""A list shows the records that its query parameters select, and no others."""

from collections.abc import Mapping

import schemathesis
from schemathesis import CheckContext, Response

from gateway.contract.checks.list_parameters import FILTERS, Shown, is_true, state_of, whole
from gateway.contract.checks.reading import (
    AnyCase,
    body_of,
    counts_unreadable_answers,
    operation_id,
    sent_query,
    succeeded,
)

_MAX_PAGE = 10**15  # what `current_page` shows of any page beyond (docs/decisions.md)
_SIZES = {"api": ("limit", 25, 100), "v1": ("per_page", 20, 5000)}


@schemathesis.check
@counts_unreadable_answers
def lists_obey_their_filters(_ctx: CheckContext, response: Response, case: AnyCase) -> None:
    """Every record in a list meets each filter of the request."""
    filters = FILTERS.get(operation_id(case))
    if filters is None or not succeeded(response):
        return
    query, listed = sent_query(response), body_of(response)["data"]
    for name in filters.keys() & query.keys():
        wrong = [each["id"] for each in listed if not filters[name](each, query[name])]
        assert not wrong, f"`{name}={query[name]}` is ignored for {wrong}"
    if operation_id(case).startswith("v1 ") and operation_id(case) != "v1 listActivities":
        _check_states(query, listed)


def _check_states(query: Mapping[str, str], listed: list[Shown]) -> None:
    if sum(name in query for name in ("status", "is_deleted")) == 2:
        return
    hidden = any(is_true(query.get(name, "")) for name in ("filter_deleted_clients", "without_deleted_clients"))
    if hidden:
        expected = {"active", "archived"}
    elif "status" in query:
        expected = {word.strip() for word in query["status"].split(",")}
    elif "is_deleted" in query:
        expected = {"deleted"} if is_true(query["is_deleted"]) else {"active", "archived"}
    else:
        expected = {"active", "archived"} | ({"deleted"} if is_true(query.get("with_trashed", "")) else set())
    wrong = [each["id"] for each in listed if state_of(each) not in expected]
    assert not wrong, f"{wrong} are in none of the requested states ({', '.join(sorted(expected))})"


@schemathesis.check
@counts_unreadable_answers
def pages_add_up(_ctx: CheckContext, response: Response, case: AnyCase) -> None:
    """The page has the requested size, up to the cap, and its totals agree with it and with one another."""
    if operation_id(case) not in FILTERS or not succeeded(response):
        return
    name, default, cap = _SIZES[operation_id(case).partition(" ")[0]]
    query, body = sent_query(response), body_of(response)
    meta = body["meta"].get("pagination", body["meta"])
    size = min(whole(query.get(name, str(default))), cap)
    pages = max(1, -(-meta["total"] // size))
    assert meta["per_page"] == size, f"`{name}` is {meta['per_page']} instead of {size}"
    assert meta.get("last_page", meta.get("total_pages")) == pages, f"{meta['total']} records make {pages} pages"
    assert meta["current_page"] == min(whole(query.get("page", "1")), _MAX_PAGE), (
        "the answered page is not the requested page"
    )
    there = min(size, max(0, meta["total"] - (meta["current_page"] - 1) * size))
    ids = [each["id"] for each in body["data"]]
    assert len(ids) == len(set(ids)) == there, f"{len(ids)} records on a page that has {there}"
