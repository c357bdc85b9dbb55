"""Faults of how the queries of lists are read: where filters look, pages beyond the last, defaults of a sort."""

from tests.contract.faulty import Request, Response, Send
from tests.contract.meaning import fault_of, list_fault, query_fault

ELSEWHERE, BEYOND, ORDER = "filters_look_nowhere_else", "pages_end", "order_has_a_default"


async def _with_more(request: Request, send: Send, name: str, keys: tuple[str, ...], whole: bool = False) -> Response:
    """A filtered list, with the records added that have the text in other keys."""
    answer = await send(request)
    text = request.params.get(name, "").lower()
    if request.method != "GET" or not text or not answer.ok:
        return answer
    found, content = {each["id"] for each in answer.json["data"]}, answer.json
    size = {"limit": "100"} if request.path.startswith("/api/clients") else {"per_page": "5000"}
    everything = (await send(request.without_params(name, "limit", "page").with_params(**size))).json["data"]
    matches = (lambda value: value == text) if whole else (lambda value: text in value)
    more = [
        each
        for each in everything
        if each["id"] not in found and any(matches(str(each[key]).lower()) for key in keys if each[key])
    ]
    content["data"] += more
    meta = content["meta"].get("pagination", content["meta"])
    meta["total"] += len(more)
    return answer.with_json(content)


@fault_of("api", ELSEWHERE, "a search also finds the description")
async def search_looks_at_description(request: Request, send: Send) -> Response:
    is_list = request.path == "/api/clients"
    return await (_with_more(request, send, "search", ("description",)) if is_list else send(request))


@fault_of("v1", ELSEWHERE, "the filter `name` also finds the notes")
async def name_looks_at_notes(request: Request, send: Send) -> Response:
    is_list = request.path == "/api/v1/clients"
    return await (_with_more(request, send, "name", ("private_notes", "city")) if is_list else send(request))


@fault_of("v1", ELSEWHERE, "`filter` also finds the VAT number")
async def filter_looks_at_vat(request: Request, send: Send) -> Response:
    is_list = request.path == "/api/v1/clients"
    return await (_with_more(request, send, "filter", ("vat_number",)) if is_list else send(request))


@fault_of("v1", ELSEWHERE, "a part of an id_number finds it")
async def parts_of_references_find(request: Request, send: Send) -> Response:
    is_list = request.path == "/api/v1/clients"
    return await (_with_more(request, send, "id_number", ("id_number",)) if is_list else send(request))


@fault_of("v1", ELSEWHERE, "a part of an email finds it")
async def parts_of_emails_find(request: Request, send: Send) -> Response:
    email = request.params.get("email", "")
    is_part = request.path == "/api/v1/clients" and email and "@" in email and not email.lower().endswith(".example")
    return await send(request.without_params("email").with_params(filter=email) if is_part else request)


list_fault(
    *("v1", BEYOND, "a page beyond the last one has no total", "no_total_beyond", "/clients"),
    lambda _request, content: content["meta"]["pagination"].update(total=0) if not content["data"] else None,
)
list_fault(
    *("api", BEYOND, "a page beyond the last one states that it is the last", "last_page_beyond", "/contacts"),
    lambda _request, content: content["meta"].update(last_page=1) if not content["data"] else None,
)
list_fault(
    *("v1", BEYOND, "a page beyond the last one has no link back", "no_way_back_beyond", "/clients"),
    lambda _request, content: content["meta"]["pagination"].update(links=[]) if not content["data"] else None,
)
query_fault(
    *("api", ORDER, "a sort is ascending by default", "sorts_go_up", "/clients"),
    lambda request: (
        request.with_params(order="asc") if "sort" in request.params and "order" not in request.params else request
    ),
)
query_fault(
    *("api", ORDER, "an order without a column is ignored", "order_needs_a_column", "/notes"),
    lambda request: request.without_params("order") if "sort" not in request.params else request,
)
query_fault(
    *("v1", ORDER, "a column without a direction is descending", "columns_go_down", "/documents"),
    lambda request: (
        request.with_params(sort=f"{request.params['sort']}|desc")
        if "|" not in request.params.get("sort", "|")
        else request
    ),
)
