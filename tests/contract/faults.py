"""The deliberate faults of shape: of what an answer looks like, how a request is processed, and who may see what."""

from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import replace
from urllib.parse import parse_qs, urlencode
from uuid import uuid4

from tests.contract.faulty import Fault, Request, Response, Send
from tests.contract.mutants import MUTANTS, STATEFUL, mutant


def _is_client(request: Request) -> bool:
    return request.path.rpartition("/")[0].endswith("/clients") and not request.path.endswith("/bulk")


def _is_record(request: Request) -> bool:
    return _is_client(request) or request.path.rpartition("/")[0].endswith("/group_settings")


def _changed(answer: Response, change: Callable[[dict], object]) -> Response:
    """The answer after `change` was applied to its client, or to each client of its list."""
    if not answer.ok or not answer.body.startswith(b"{"):
        return answer
    content = answer.json
    data = content["data"]
    for client in data if isinstance(data, list) else [data]:
        change(client)
    return answer.with_json(content)


# -- what an answer looks like ---------------------------------------------------------------------------------------


@mutant("a documented key is missing", "response_schema_conformance", "v1", "listClients")
async def missing_key(request: Request, send: Send) -> Response:
    return _changed(await send(request), lambda client: client.pop("display_name"))


@mutant("a null where none is allowed", "response_schema_conformance", "v1", "listClients")
async def null_for_text(request: Request, send: Send) -> Response:
    return _changed(await send(request), lambda client: client.update(public_notes=None))


@mutant("a number answered as text", "response_schema_conformance", "v1", "listClients")
async def wrong_type(request: Request, send: Send) -> Response:
    return _changed(await send(request), lambda client: client.update(balance="0.00"))


@mutant("a key that is not documented", "response_schema_conformance", "api", "listClients")
async def extra_key(request: Request, send: Send) -> Response:
    return _changed(await send(request), lambda client: client.update(internal_id=7))


@mutant("a created client answered with 200", "status_code_conformance", "api", "createClient", phases="examples")
async def wrong_success_status(request: Request, send: Send) -> Response:
    answer = await send(request)
    return replace(answer, status=200) if answer.status == 201 else answer


@mutant("a refusal with a status that is not documented", "status_code_conformance", "api", "getClient")
async def undeclared_refusal(request: Request, send: Send) -> Response:
    answer = await send(request)
    return replace(answer, status=410) if answer.status == 404 else answer


@mutant("JSON sent as text/html", "content_type_conformance", "v1", "listClients")
async def wrong_content_type(request: Request, send: Send) -> Response:
    answer = await send(request)
    return replace(answer, headers={**answer.headers, "content-type": "text/html; charset=utf-8"})


@mutant("an error page in HTML", "content_type_conformance", "api", "listClients", phases="coverage")
async def html_error(request: Request, send: Send) -> Response:
    answer = await send(request)
    page = Response(answer.status, {"content-type": "text/html"}, b"<h1>Whoops</h1>")
    return page if answer.status == 422 else answer


@mutant(
    "a promised header is missing", "response_headers_conformance", "v1", "listClients", "downloadDocument", **STATEFUL
)
async def missing_header(request: Request, send: Send) -> Response:
    return (await send(request)).without_header("content-disposition")


@mutant("405 without Allow", "unsupported_method", "api", "setClientStatus", phases="coverage")
async def missing_allow(request: Request, send: Send) -> Response:
    return (await send(request)).without_header("allow")


@mutant("Allow names another method", "allow_header_conformance", "api", "setClientTags", phases="coverage")
async def wrong_allow(request: Request, send: Send) -> Response:
    answer = await send(request)
    allow = {"allow": answer.headers["allow"] + ", DELETE"} if "allow" in answer.headers else {}
    return replace(answer, headers={**answer.headers, **allow})


# -- how a request is processed --------------------------------------------------------------------------------------


@mutant("500 on letters beyond ASCII", "not_a_server_error", "api", "listClients")
async def crash_on_odd_input(request: Request, send: Send) -> Response:
    odd = any(not text.isascii() for text in parse_qs(request.query).get("search", []))
    broken = Response(500, {"content-type": "application/json"}, b'{"message": "Server error."}')
    return broken if odd else await send(request)


@mutant("an invalid body is accepted", "negative_data_rejection", "api", "createCategory", phases="coverage")
async def accepts_invalid_body(request: Request, send: Send) -> Response:
    answer = await send(request)
    if answer.status != 422:
        return answer
    body = b'{"category_name": "%s"}' % uuid4().hex.encode()
    length = str(len(body))
    return await send(replace(request, body=body).with_headers(content_type="application/json", content_length=length))


@mutant("a valid query is refused", "positive_data_acceptance", "v1", "listClients", mode="positive")
async def refuses_valid_query(request: Request, send: Send) -> Response:
    if "is_deleted" not in parse_qs(request.query):
        return await send(request)
    return Response(422, {"content-type": "application/json"}, b'{"message": "No.", "errors": {"is_deleted": ["No."]}}')


@mutant(
    "a valid body is refused", "refused_for_a_business_rule", "api", "createClient", phases="coverage", mode="positive"
)
async def refuses_valid_body(request: Request, send: Send) -> Response:
    answer = await send(request)
    if request.method != "POST" or not answer.ok or not answer.json["data"]["billing"]["city"]:
        return answer
    return Response(
        422, {"content-type": "application/json"}, b'{"message": "No.", "errors": {"client_billing_city": ["No."]}}'
    )


@mutant("a filter is ignored", "lists_obey_their_filters", "api", "listClients")
async def ignored_filter(request: Request, send: Send) -> Response:
    return await send(request.without_params("status"))


@mutant("deleted clients are listed", "lists_obey_their_filters", "v1", "listClients")
async def deleted_are_listed(request: Request, send: Send) -> Response:
    everyone = request.without_params("is_deleted", "status")
    return await send(replace(everyone, query=f"{everyone.query}&status=active,archived,deleted"))


_ONE_VALUE = ("vat_number", "phone", "country_id", "industry_id", "size_id", "custom_value1")


@mutant("a filter for one value is ignored", "lists_obey_their_filters", "v1", "listClients")
async def ignored_value(request: Request, send: Send) -> Response:
    return await send(request.without_params(*_ONE_VALUE))


@mutant("only the first word is searched for", "filters_find_what_is_there", "v1", "listClients")
async def first_word_only(request: Request, send: Send) -> Response:
    words = [each.split() for each in parse_qs(request.query).get("filter", [])]
    first = urlencode([("filter", each[0]) for each in words if each])
    return await send(replace(request, query=f"{request.without_params('filter').query}&{first}"))


@mutant("a filter for a type of documents is ignored", "lists_obey_their_filters", "v1", "listDocuments", examples=60)
async def ignored_class(request: Request, send: Send) -> Response:
    return await send(request.without_params("type"))


@mutant("a filter by tag is ignored", "lists_obey_their_filters", "api", "listClients")
async def ignored_tag(request: Request, send: Send) -> Response:
    return await send(request.without_params("tag"))


@mutant("a filter for one value finds nothing", "filters_find_what_is_there", "v1", "listClients")
async def value_finds_nothing(request: Request, send: Send) -> Response:
    if not set(_ONE_VALUE) & parse_qs(request.query).keys():
        return await send(request)
    return await send(replace(request, query=f"{request.query}&name=nobody-is-called-so"))


@mutant("contacts are not searched", "filters_find_what_is_there", "v1", "listClients")
async def unsearched_contacts(request: Request, send: Send) -> Response:
    if "@" not in "".join(parse_qs(request.query).get("filter", [])):
        return await send(request)
    return await send(replace(request, query=f"{request.query}&name=nobody-is-called-so"))


@mutant("the page size is ignored", "pages_add_up", "api", "listClients")
async def ignored_limit(request: Request, send: Send) -> Response:
    return await send(request.without_params("limit"))


@mutant("the page number is ignored", "pages_add_up", "v1", "listClients", phases="coverage", mode="positive")
async def ignored_page(request: Request, send: Send) -> Response:
    return await send(request.without_params("page"))


# -- who may see what ------------------------------------------------------------------------------------------------

_keys: dict[str, set[str]] = defaultdict(set)


@mutant("a route requires no key", "ignored_auth", "v1", "listClients")
async def unauthenticated_route(request: Request, send: Send) -> Response:
    key = request.headers.get("x-api-token", "")
    answer = await send(request)
    if answer.ok:
        _keys["unauthenticated_route"].add(key)
    known = next(iter(_keys["unauthenticated_route"]), None)
    return await send(request.with_headers(x_api_token=known)) if answer.status == 403 and known else answer


@mutant("another company's client can be read", "object_level_authorization", "v1", "listClients", "getClient")
async def other_company_readable(request: Request, send: Send) -> Response:
    answer = await send(request)
    if answer.ok:
        _keys["other_company_readable"].add(request.headers["x-api-token"])
    if answer.status == 404 and request.method == "GET" and _is_client(request):
        for key in _keys["other_company_readable"]:
            other = await send(request.with_headers(x_api_token=key))
            answer = other if other.ok else answer
    return answer


# -- reads after writes ---------------------------------------------------------------------------------------------

_GROUP = ("createGroupSetting", "getGroupSetting", "updateGroupSetting")
_REMOVAL = ("createClient", "getClient", "deleteClient")
_remembered: dict[tuple[str | None, ...], Response] = {}


async def _remembering(name: str, request: Request, send: Send) -> tuple[Response, Response | None]:
    """The real answer, and the first successful one to the same request of the same company."""
    answer = await send(request)
    whose = (name, request.headers.get("authorization"), request.headers.get("x-api-token"))
    before = _remembered.get((*whose, request.path))
    if request.method == "GET" and answer.ok and _is_record(request):
        _remembered.setdefault((*whose, request.path), answer)
    elif request.method == "POST" and answer.ok and request.path.endswith(("/clients", "/group_settings")):
        path = f"{request.path}/{answer.json['data']['id']}"
        _remembered.setdefault((*whose, path), replace(answer, status=200))
    return answer, before


@mutant("a deleted client can still be read", "use_after_free", "api", *_REMOVAL, **STATEFUL)
async def stale_read_after_delete(request: Request, send: Send) -> Response:
    answer, before = await _remembering("stale_read_after_delete", request, send)
    return before if before and request.method == "GET" and answer.status == 404 else answer


@mutant("a read shows the state before the last write", "reads_show_the_last_write", "v1", *_GROUP, **STATEFUL)
async def stale_read_after_update(request: Request, send: Send) -> Response:
    answer, before = await _remembering("stale_read_after_update", request, send)
    return before if before and request.method == "GET" and answer.ok else answer


@mutant("a deleted client is not shown as deleted", "deleted_is_hidden", "v1", *_REMOVAL, **STATEFUL)
async def deleted_is_not_shown_as_deleted(request: Request, send: Send) -> Response:
    answer = await send(request)
    return _changed(answer, lambda client: client.update(is_deleted=False)) if _is_client(request) else answer


@mutant(
    "a purged client can still be read", "purged_is_gone", "v1", "createClient", "getClient", "purgeClient", **STATEFUL
)
async def purged_but_there(request: Request, send: Send) -> Response:
    answer, before = await _remembering("purged_but_there", request, send)
    return before if before and request.method == "GET" and answer.status == 404 else answer


@mutant(
    "a created client cannot be found",
    "reads_show_the_last_write",
    "api",
    "createClient",
    "getClient",
    **STATEFUL,
)
async def created_but_lost(request: Request, send: Send) -> Response:
    lost = request.method == "GET" and _is_client(request)
    return await send(replace(request, path="/api/clients/none")) if lost else await send(request)


FAULTS: Mapping[str, Fault] = {name: each.fault for name, each in MUTANTS.items()}
