"""Faults of the conversation around requests: codings, chunks, where keys are read, what is refused first, versions."""

from collections import defaultdict
from dataclasses import replace

from tests.contract.faulty import Request, Response, Send
from tests.contract.meaning import CHANGES, fault_of, get, key_of, prefix

CODINGS, FIRST, IDS = "codings_change_nothing", "keys_are_checked_first", "ids_come_before_values"
HEADERS, VERSIONS, SAME = "keys_have_their_headers", "versions_allow_actions", "headers_change_nothing"
_JSON = {"content-type": "application/json"}


def _refused(dialect: str, status: int, said: str = "Refused") -> Response:
    errors = {"errors": {}} if dialect == "v1" or status == 422 else {}
    return Response(status, _JSON).with_json({"message": said} | errors)


def _coding_as(name: str, dialect: str, about: str, written: str, other: str = "br") -> None:
    """Add a fault of a coding that is not recognised when it is written in this way."""

    async def fault(request: Request, send: Send) -> Response:
        is_so = request.headers.get("content-encoding") == written
        return await send(request.with_headers(content_encoding=other) if is_so else request)

    fault.__name__ = name
    fault_of(dialect, CODINGS, about)(fault)


_coding_as("identity_is_unknown", "api", "the coding `identity` is not recognised", "identity")
_coding_as("codings_have_no_capitals", "v1", "the coding `GZIP` is not recognised in upper case", "GZIP")
_coding_as("older_codings_are_unknown", "api", "the coding `x-gzip` is not recognised", "x-gzip")


@fault_of("api", CODINGS, "deflate is read without the header of zlib only")
async def deflate_is_raw(request: Request, send: Send) -> Response:
    is_zlib = request.headers.get("content-encoding") == "deflate" and request.body[:1] == b"\x78"
    return _refused("api", 400) if is_zlib else await send(request)


@fault_of("v1", CODINGS, "a body in chunks counts as no body")
async def chunks_are_lost(request: Request, send: Send) -> Response:
    return await send(replace(request, body=b"") if "transfer-encoding" in request.headers else request)


@fault_of("v1", CODINGS, "a form with files is not decoded")
async def forms_stay_compressed(request: Request, send: Send) -> Response:
    is_form = request.headers.get("content-type", "").startswith("multipart/")
    return await send(request.without_header("content-encoding") if is_form else request)


@fault_of("api", CODINGS, "the refusal of a coding does not name the known ones")
async def codings_are_not_named(request: Request, send: Send) -> Response:
    return (await send(request)).without_header("accept-encoding")


@fault_of("v1", CODINGS, "a compressed body that ends too soon is accepted as far as it goes")
async def cut_bodies_pass(request: Request, send: Send) -> Response:
    answer = await send(request)
    is_cut = answer.status == 400 and request.headers.get("content-encoding") == "gzip"
    return await send(get(request, request.path)) if is_cut else answer


@fault_of("api", FIRST, "an invalid query is refused before the key is looked up")
async def queries_come_before_keys(request: Request, send: Send) -> Response:
    answer = await send(request)
    return _refused("api", 422) if answer.status == 401 and request.params.get("page") == "0" else answer


@fault_of("v1", FIRST, "a malformed body is refused before the key is looked up")
async def bodies_come_before_keys(request: Request, send: Send) -> Response:
    answer = await send(request)
    is_cut = request.method in CHANGES and request.body == b'{"a": '
    return _refused("v1", 400) if answer.status == 403 and is_cut else answer


@fault_of("v1", FIRST, "an unknown relation is refused before the key is looked up")
async def relations_come_before_keys(request: Request, send: Send) -> Response:
    answer = await send(request)
    is_wrong = request.method == "GET" and request.params.get("include") == "invoices"
    return _refused("v1", 400) if answer.status == 403 and is_wrong else answer


def _values_first(name: str, dialect: str, about: str, paths: tuple[str, ...]) -> None:
    """Add a fault that looks at the values of a body before the id in the path, below these paths."""

    async def fault(request: Request, send: Send) -> Response:
        answer = await send(request)
        is_wrong = any(isinstance(each, dict) for each in request.json.values())
        is_below = request.path.startswith(tuple(prefix(dialect) + path for path in paths))
        return _refused(dialect, 422) if answer.status == 404 and is_wrong and is_below else answer

    fault.__name__ = name
    fault_of(dialect, IDS, about)(fault)


_values_first(
    *("values_come_before_ids", "api", "invalid values of a body are refused before an unknown id"),
    ("/categories", "/contacts", "/notes"),
)
_values_first(
    *("values_of_groups_come_first", "v1", "invalid values of a group are refused before an unknown id"),
    ("/group_settings",),
)


@fault_of("v1", HEADERS, "the older header X-Ninja-Token is not read")
async def older_header_is_unread(request: Request, send: Send) -> Response:
    return await send(request.without_header("x-ninja-token"))


@fault_of("v1", HEADERS, "/api/v1 also reads a key in Authorization")
async def any_header_is_read(request: Request, send: Send) -> Response:
    key = request.headers.get("authorization", "").removeprefix("Bearer ")
    return await send(
        request.with_headers(x_api_token=key) if key and "x-api-token" not in request.headers else request
    )


@fault_of("api", HEADERS, "a key in the wrong header is refused without a word about the right one")
async def refusals_name_no_header(request: Request, send: Send) -> Response:
    answer = await send(request)
    return (
        answer.with_json({"message": "Unauthorized. A valid API key is required."}) if answer.status == 401 else answer
    )


@fault_of("api", HEADERS, "a key is also read from the query")
async def keys_in_queries_are_read(request: Request, send: Send) -> Response:
    key = request.params.get("api_token")
    is_read = key is not None and "authorization" not in request.headers
    return await send(request.with_headers(authorization=f"Bearer {key}") if is_read else request)


@fault_of("v1", VERSIONS, "If-Match of a merge is compared with the other client")
async def merges_compare_the_other(request: Request, send: Send) -> Response:
    if request.path.endswith("/merge") and "if-match" in request.headers:
        other = await send(get(request, f"/api/v1/clients/{request.path.split('/')[5]}"))
        if request.headers["if-match"] != other.headers.get("etag"):
            return _refused("v1", 412)
        return await send(request.without_header("if-match"))
    return await send(request)


@fault_of("api", VERSIONS, "a deletion with any If-Match is refused")
async def deletions_have_no_version(request: Request, send: Send) -> Response:
    is_guarded = request.method == "DELETE" and "if-match" in request.headers
    return _refused("api", 412) if is_guarded else await send(request)


@fault_of("v1", VERSIONS, "a bulk action with `If-Match: *` is refused")
async def bulk_takes_no_version(request: Request, send: Send) -> Response:
    is_guarded = request.path.endswith("/bulk") and "if-match" in request.headers
    return _refused("v1", 412) if is_guarded else await send(request)


@fault_of("api", "caching_is_declared", "`Vary` does not name Prefer")
async def vary_lacks_prefer(request: Request, send: Send) -> Response:
    answer = await send(request)
    names = [each.strip() for each in answer.headers.get("vary", "").split(",")]
    return answer.with_header("vary", ", ".join(each for each in names if each != "Prefer"))


@fault_of("api", "retry_keys_belong_to_callers", "an Idempotency-Key has at most 64 characters")
async def retry_keys_are_short(request: Request, send: Send) -> Response:
    return _refused("api", 400) if len(request.headers.get("idempotency-key", "")) > 64 else await send(request)


_inner: dict[str, dict[str, str]] = defaultdict(dict)


@fault_of(
    "v1", "feeds_list_changes", "changes of documents and gateway tokens are not listed as changes of their client"
)
async def changes_of_parts_are_not_listed(request: Request, send: Send) -> Response:
    caller = str(key_of(request))
    if request.path.endswith(("/upload", "/client_gateway_tokens")) and request.method in CHANGES:
        before = (await send(get(request, "/api/v1/changes", "after=latest"))).json["meta"]["next_cursor"]
        answer = await send(request)
        for each in (await send(get(request, "/api/v1/changes", f"after={before}"))).json["data"]:
            _inner[caller][each["cursor"]] = each["type"]
        return answer
    answer = await send(request)
    if not request.path.endswith("/changes") or not answer.ok:
        return answer
    content = answer.json
    left = [each for each in content["data"] if each["cursor"] not in _inner[caller]]
    return answer.with_json(content | {"data": left})


@fault_of("api", SAME, "a caller that prefers HTML gets HTML")
async def html_is_preferred(request: Request, send: Send) -> Response:
    answer = await send(request)
    is_html = request.headers.get("accept", "").startswith("text/html") and answer.ok
    return answer.with_header("content-type", "text/html") if is_html else answer


@fault_of("v1", SAME, "If-Modified-Since is obeyed though no answer has Last-Modified")
async def dates_are_compared(request: Request, send: Send) -> Response:
    answer = await send(request)
    is_later = request.method == "GET" and answer.ok and "if-modified-since" in request.headers
    return replace(answer, status=304, body=b"").without_header("content-length") if is_later else answer


@fault_of("v1", SAME, "a read with a malformed If-None-Match is refused")
async def malformed_tags_are_refused(request: Request, send: Send) -> Response:
    is_malformed = request.headers.get("if-none-match") == "unquoted" and request.method == "GET"
    return _refused("v1", 400) if is_malformed else await send(request)


@fault_of("api", SAME, "If-Match of a list is compared with nothing and refused")
async def lists_have_versions(request: Request, send: Send) -> Response:
    answer = await send(request)
    is_refused = request.method == "GET" and "if-match" in request.headers and "etag" not in answer.headers
    return _refused("api", 412) if is_refused else answer


@fault_of("api", SAME, "the header X-HTTP-Method-Override is obeyed")
async def methods_in_headers_are_obeyed(request: Request, send: Send) -> Response:
    return await send(replace(request, method=request.headers.get("x-http-method-override", request.method)))


@fault_of("v1", SAME, "a doubled slash in a path names another resource")
async def doubled_slashes_are_unknown(request: Request, send: Send) -> Response:
    return _refused("v1", 404) if "//" in request.path else await send(request)


@fault_of("api", VERSIONS, "a create with If-None-Match is refused")
async def creates_exclude_versions(request: Request, send: Send) -> Response:
    is_new = request.method == "POST" and "if-none-match" in request.headers
    return _refused("api", 412) if is_new else await send(request)


@fault_of("v1", FIRST, "the scope of a key is looked at after the body")
async def scopes_come_after_bodies(request: Request, send: Send) -> Response:
    answer = await send(request)
    is_late = answer.status == 403 and b"scope" in answer.body and request.body == b'{"a": '
    return _refused("v1", 400) if is_late else answer
