"""Faults of the protocol: methods, conditions, retries, headers, downloads, and who may see and change what."""

from collections import Counter, defaultdict
from dataclasses import replace

from tests.contract.faulty import Request, Response, Send
from tests.contract.meaning import fault_of, get, is_below

_keys: dict[str, set[str]] = defaultdict(set)
_counts: Counter[str] = Counter()


@fault_of("v1", "methods_are_those_documented", "HEAD has another length than GET")
async def head_differs(request: Request, send: Send) -> Response:
    answer = await send(request)
    return answer.with_header("content-length", "1") if request.method == "HEAD" and answer.ok else answer


@fault_of("api", "methods_are_those_documented", "OPTIONS does not list DELETE")
async def options_leave_out(request: Request, send: Send) -> Response:
    answer = await send(request)
    allow = answer.headers.get("allow", "").replace("DELETE, ", "").replace(", DELETE", "")
    return answer.with_header("allow", allow) if request.method == "OPTIONS" else answer


@fault_of("api", "other_methods_are_refused", "a POST to a record is treated as a read")
async def post_is_taken(request: Request, send: Send) -> Response:
    answer = await send(request)
    return await send(get(request, request.path)) if request.method == "POST" and answer.status == 405 else answer


@fault_of("v1", "caching_is_declared", "`Vary` does not name the header of the key")
async def vary_lacks_the_key_header(request: Request, send: Send) -> Response:
    return (await send(request)).with_header("vary", "Prefer")


@fault_of("api", "caching_is_declared", "answers may be stored by shared caches")
async def answers_are_public(request: Request, send: Send) -> Response:
    return (await send(request)).with_header("cache-control", "public, max-age=60")


@fault_of("v1", "paths_are_told_apart", "a slash at the end names another resource")
async def slash_is_unknown(request: Request, send: Send) -> Response:
    return await send(replace(request, path=request.path + "nothing") if request.path.endswith("/") else request)


@fault_of("v1", "known_etags_are_answered_304", "a read with the current ETag is answered in full")
async def current_etags_are_answered_in_full(request: Request, send: Send) -> Response:
    return await send(request.without_header("if-none-match"))


@fault_of("api", "known_etags_are_answered_304", "any ETag is treated as current")
async def any_etag_is_answered_304(request: Request, send: Send) -> Response:
    answer = await send(request)
    spares = "if-none-match" in request.headers and answer.ok and "etag" in answer.headers
    return replace(answer, status=304, body=b"").without_header("content-length") if spares else answer


@fault_of("v1", "etags_follow_changes", "the ETag never changes")
async def tag_never_changes(request: Request, send: Send) -> Response:
    answer = await send(request)
    return answer.with_header("etag", '"1-1"') if "etag" in answer.headers else answer


@fault_of("api", "etags_follow_changes", "a write that changes nothing changes the ETag")
async def tag_always_changes(request: Request, send: Send) -> Response:
    answer = await send(request)
    _counts[request.path] += request.method in ("PATCH", "PUT")
    tag = f'{answer.headers.get("etag", "")[:-1]}-{_counts[request.path]:x}"'
    return answer.with_header("etag", tag) if "etag" in answer.headers else answer


@fault_of("api", "versions_guard_writes", "`If-Match` is ignored")
async def match_is_ignored(request: Request, send: Send) -> Response:
    return await send(request.without_header("if-match"))


@fault_of("v1", "versions_guard_writes", "`If-Match` is ignored by DELETE")
async def match_is_ignored_by_delete(request: Request, send: Send) -> Response:
    return await send(request.without_header("if-match") if request.method == "DELETE" else request)


@fault_of("v1", "versions_guard_writes", "a refused write is carried out nevertheless")
async def refused_and_made(request: Request, send: Send) -> Response:
    answer = await send(request)
    if answer.status == 412 and "if-match" in request.headers:
        await send(request.without_header("if-match"))
    return answer


@fault_of("v1", "retries_are_done_once", "a request with a used Idempotency-Key is repeated")
async def done_twice(request: Request, send: Send) -> Response:
    return await send(request.without_header("idempotency-key"))


@fault_of("api", "retries_are_done_once", "another request with a used Idempotency-Key is answered as the first one")
async def any_body_is_replayed(request: Request, send: Send) -> Response:
    answer = await send(request)
    if answer.status == 422 and b"Idempotency-Key" in answer.body:
        return Response(201, {"content-type": "application/json"}, b'{"data": {}, "message": "x"}')
    return answer


@fault_of("v1", "retry_keys_belong_to_callers", "an empty Idempotency-Key is accepted")
async def empty_key_is_taken(request: Request, send: Send) -> Response:
    empty = request.headers.get("idempotency-key") == ""
    return await send(request.without_header("idempotency-key") if empty else request)


@fault_of("api", "unknown_keys_are_named", "unknown keys of a body are not reported")
async def unknown_keys_pass(request: Request, send: Send) -> Response:
    return (await send(request)).without_header("x-ignored-body")


@fault_of("v1", "unknown_keys_are_named", "unknown keys of a body are accepted with Prefer: handling=strict")
async def strict_bodies_pass(request: Request, send: Send) -> Response:
    return await send(request.without_header("prefer"))


@fault_of("v1", "bad_bodies_are_refused", "a body of any media type is read as JSON")
async def any_type_is_json(request: Request, send: Send) -> Response:
    plain = request.headers.get("content-type") == "text/plain"
    return await send(request.with_headers(content_type="application/json") if plain else request)


def _download(name: str, about: str, change) -> None:
    async def fault(request: Request, send: Send) -> Response:
        answer = await send(request)
        return change(answer) if request.path.endswith("/download") and answer.ok else answer

    fault.__name__ = name
    fault_of("v1", "downloads_are_attachments", about)(fault)


_download("download_is_kept", "a download may be cached", lambda answer: answer.with_header("cache-control", "private"))
_download(
    "download_is_inline",
    "a download is rendered by the browser",
    lambda answer: answer.with_header("content-disposition", "inline"),
)
_download(
    "download_is_sniffed",
    "browsers may guess the type of a download",
    lambda answer: answer.without_header("x-content-type-options"),
)
_download(
    "download_is_decoded",
    "the bytes of a download are decoded as text",
    lambda answer: replace(answer, body=answer.body.replace(b"\r", b"")).without_header("content-length"),
)


@fault_of("v1", "uploads_are_shown", "uploads are public by default")
async def uploads_are_public(request: Request, send: Send) -> Response:
    return await send(replace(request, query="is_public=1") if request.path.endswith("/upload") else request)


async def _as_the_other(name: str, request: Request, send: Send) -> Response:
    """The answer that the company gets to which the record belongs."""
    key = "authorization" if request.path.startswith("/api/") and "authorization" in request.headers else "x-api-token"
    answer = await send(request)
    if answer.ok and key in request.headers:
        _keys[name].add(request.headers[key])
    if answer.status == 404:
        for other in _keys[name] - {request.headers.get(key)}:
            found = await send(request.with_headers(**{key.replace("-", "_"): other}))
            answer = found if found.ok else answer
    return answer


@fault_of("v1", "other_companies_read_nothing", "another company's document can be downloaded")
async def foreign_download(request: Request, send: Send) -> Response:
    if is_below(request, "v1", "/documents") or request.path == "/api/v1/clients":
        return await _as_the_other("foreign_download", request, send)
    return await send(request)


@fault_of("api", "other_companies_write_nothing", "another company's notes can be changed")
async def foreign_notes_are_changed(request: Request, send: Send) -> Response:
    if is_below(request, "api", "/notes"):
        return await _as_the_other("foreign_notes_are_changed", request, send)
    return await send(request)


@fault_of("v1", "other_companies_write_nothing", "another company's groups are archived in bulk")
async def foreign_bulk(request: Request, send: Send) -> Response:
    if is_below(request, "v1", "/group_settings"):
        return await _as_the_other("foreign_bulk", request, send)
    return await send(request)


@fault_of("v1", "keys_are_needed", "a key without its last letter is accepted")
async def shorter_key_opens(request: Request, send: Send) -> Response:
    key = request.headers.get("x-api-token", "")
    answer = await send(request)
    if answer.ok:
        _keys["shorter"].add(key)
    if answer.status == 403:
        for known in _keys["shorter"]:
            if key[:-1] and key[:-1] == known[:-1]:
                return await send(request.with_headers(x_api_token=known))
    return answer


@fault_of("api", "keys_are_needed", "one operation requires no key")
async def notes_ask_for_no_key(request: Request, send: Send) -> Response:
    answer = await send(request)
    if answer.ok and "authorization" in request.headers:
        _keys["notes"].add(request.headers["authorization"])
    if answer.status == 401 and request.path == "/api/notes" and _keys["notes"]:
        return await send(request.with_headers(authorization=next(iter(_keys["notes"]))))
    return answer


@fault_of("v1", "scopes_are_kept", "a key that may only read can change documents")
async def readers_write(request: Request, send: Send) -> Response:
    return await _as_unlimited_key("v1", request, send, is_below(request, "v1", "/documents"))


@fault_of("api", "scopes_are_kept", "a key that may only create can remove notes")
async def append_keys_delete_notes(request: Request, send: Send) -> Response:
    return await _as_unlimited_key("api", request, send, request.method == "DELETE")


@fault_of("v1", "scopes_are_kept", "every key that may not purge is refused everywhere")
async def scopes_refuse_too_much(request: Request, send: Send) -> Response:
    answer = await send(request)
    if answer.status == 403 and b"scope" in answer.body:
        _keys["refused"].add(request.headers["x-api-token"])
    refused = request.headers.get("x-api-token") in _keys["refused"] and request.method == "POST"
    return await send(replace(request, path="/api/v1/clients/VolejRejNm/purge")) if refused else answer


async def _as_unlimited_key(dialect: str, request: Request, send: Send, faulty: bool) -> Response:
    """The answer that a key without limits gets where this one is refused."""
    name = "authorization" if dialect == "api" else "x-api-token"
    answer = await send(request)
    if answer.ok and request.method == "POST" and name in request.headers:
        _keys[f"{dialect} may"].add(request.headers[name])
    for known in _keys[f"{dialect} may"] if faulty and answer.status in (401, 403) else ():
        tried = await send(request.with_headers(**{name.replace("-", "_"): known}))
        answer = tried if tried.status not in (401, 403, 404) else answer
    return answer


@fault_of("v1", "passwords_are_needed", "a purge requires no password")
async def purge_without_password(request: Request, send: Send) -> Response:
    if not request.path.endswith("/purge"):
        return await send(request)
    return await send(request.with_headers(x_api_password="Secret123"))
