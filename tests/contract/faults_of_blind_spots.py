"""Faults that earlier proofs did not see: nought, long lists, several members, what was deleted before a merge."""

from collections import defaultdict
from dataclasses import replace
from typing import Any

from tests.contract.faulty import Request, Response, Send
from tests.contract.meaning import body_fault, fault_of, get, list_fault, prefix, query_fault

FEEDS, MERGED, SURVIVOR = "feeds_list_changes", "merge_takes_what_is_missing", "merged_ids_name_the_survivor"
NOUGHT, LISTS, FORMS = "numbers_are_stored_as_text", "lists_are_written_any_way", "bodies_are_read_alike"
CODINGS, HEADERS, NAMED = "codings_change_nothing", "keys_have_their_headers", "unknown_parameters_are_named"
_JSON = {"content-type": "application/json"}


def _refused(dialect: str, status: int, said: str = "Refused") -> Response:
    errors = {"errors": {}} if dialect == "v1" or status == 422 else {}
    return Response(status, _JSON).with_json({"message": said} | errors)


_hidden: dict[str, set[str]] = defaultdict(set)


@fault_of("v1", MERGED, "contacts of a deleted client stay hidden after it was merged into a living one")
async def merged_contacts_stay_hidden(request: Request, send: Send) -> Response:
    caller = request.headers.get("x-api-token") or request.headers.get("authorization", "").removeprefix("Bearer ")
    if request.path.endswith("/merge"):
        other = await send(get(request, f"/api/v1/clients/{request.path.split('/')[5]}"))
        if other.ok and other.json["data"]["is_deleted"]:
            _hidden[caller] |= {each["email"] for each in other.json["data"]["contacts"]}
    answer = await send(request)
    if request.path != "/api/contacts" or request.method != "GET" or not answer.ok:
        return answer
    content = answer.json
    left = [each for each in content["data"] if each["email"] not in _hidden[caller]]
    return answer.with_json(content | {"data": left})


def _without_later_ends(_request: Request, content: dict[str, Any]) -> None:
    """Leave out what happens to a client after it was deleted."""
    deleted: set[Any] = set()
    left = []
    for each in content["data"]:
        if each["id"] not in deleted or each["type"] not in ("purged", "merged"):
            left.append(each)
        if each["type"] == "deleted":
            deleted.add(each["id"])
    content["data"] = left


list_fault(
    *("v1", FEEDS, "the removal of a client that was deleted before is not listed", "later_ends_are_not_listed"),
    *("/changes", _without_later_ends),
)


def _always_more(request: Request, content: dict[str, Any]) -> None:
    content["meta"]["has_more"] = len(content["data"]) == int(request.params.get("limit", "100"))


list_fault(
    *("api", FEEDS, "a full page of the feed says that there is more, even if it is the last", "full_pages_have_more"),
    *("/changes", _always_more),
)


@fault_of("v1", SURVIVOR, "a merged client is no longer said to be merged once the other one is deleted")
async def deleted_survivors_are_not_named(request: Request, send: Send) -> Response:
    answer = await send(request)
    said = answer.json["message"] if answer.status == 404 else ""
    if "merged into " not in said:
        return answer
    survivor = await send(get(request, f"/api/v1/clients/{said.rstrip('.').split()[-1]}"))
    is_deleted = survivor.ok and survivor.json["data"]["is_deleted"]
    return answer.with_json(answer.json | {"message": "Client not found."}) if is_deleted else answer


def _nothing_for_nought(body: dict[str, Any]) -> None:
    body.update({key: None for key, value in body.items() if value == 0 and not isinstance(value, bool)})


body_fault("api", NOUGHT, "nought counts as nothing", "nought_is_nothing", "/", _nothing_for_nought)
body_fault("v1", NOUGHT, "nought counts as nothing", "nought_is_nothing_in_v1", "/clients/", _nothing_for_nought)


def _in_order_of_texts(body: dict[str, Any]) -> None:
    if isinstance(body.get("tags"), dict):
        body["tags"] = [body["tags"][key] for key in sorted(body["tags"])]


body_fault("api", LISTS, "positions are sorted as texts: 11 before 3", "positions_are_texts", "/", _in_order_of_texts)
body_fault(
    *("v1", LISTS, "positions are sorted as texts: 11 before 3", "positions_are_texts_in_v1"),
    *("/clients", _in_order_of_texts),
)


def _without_cases(body: dict[str, Any]) -> None:
    if isinstance(body.get("tags"), list):
        body["tags"] = list({str(each).lower(): each for each in reversed(body["tags"])}.values())[::-1]


body_fault("api", "tags_are_shown", "tags that differ only in case are one tag", "cases_are_one", "/", _without_cases)
body_fault("v1", "tags_are_shown", "tags that differ only in case are one", "cases_are_one_in_v1", "/", _without_cases)


@fault_of("api", FORMS, "`_method` is not recognised in lower case")
async def methods_have_capitals(request: Request, send: Send) -> Response:
    return _refused("api", 405) if b"_method=patch" in request.body + request.query.encode() else await send(request)


@fault_of("v1", FORMS, "`_method` is not read in a form of parts")
async def parts_have_no_method(request: Request, send: Send) -> Response:
    is_form = request.headers.get("content-type", "").startswith("multipart/")
    return _refused("v1", 405) if is_form and b'name="_method"' in request.body else await send(request)


@fault_of("api", FORMS, "an empty body of the type JSON is refused as malformed")
async def empty_json_is_malformed(request: Request, send: Send) -> Response:
    is_json = request.headers.get("content-type", "").startswith("application/json")
    is_empty = request.method in ("POST", "PUT", "PATCH") and not request.body
    return _refused("api", 400) if is_json and is_empty else await send(request)


@fault_of("api", "actions_are_done_once", "a used Idempotency-Key with another query counts as the same request")
async def retries_ignore_the_query_in_api(request: Request, send: Send) -> Response:
    return await send(replace(request, query="") if "idempotency-key" in request.headers else request)


@fault_of("api", CODINGS, "only the first member of a gzip file is read")
async def further_members_are_refused(request: Request, send: Send) -> Response:
    is_several = request.headers.get("content-encoding") == "gzip" and request.body.count(b"\x1f\x8b\x08") > 1
    return _refused("api", 400) if is_several else await send(request)


@fault_of("v1", "versions_guard_every_write", "only the suffix -gzip of a proxy is ignored in a tag")
async def other_suffixes_are_compared(request: Request, send: Send) -> Response:
    is_other = request.headers.get("if-none-match", "").endswith(('-br"', ';gzip"'))
    return await send(request.without_header("if-none-match") if is_other else request)


@fault_of("api", HEADERS, "the refusal of a key in another header has no WWW-Authenticate")
async def misplaced_keys_have_no_scheme(request: Request, send: Send) -> Response:
    answer = await send(request)
    is_misplaced = answer.status == 401 and "authorization" not in request.headers
    return answer.without_header("www-authenticate") if is_misplaced else answer


def _other_error(name: str, check: str, about: str, error: str) -> None:
    """Add a fault that names another error in `WWW-Authenticate`."""

    async def fault(request: Request, send: Send) -> Response:
        answer = await send(request)
        given = answer.headers.get("www-authenticate", "")
        is_so = f'error="{error}"' in given
        return answer.with_header("www-authenticate", 'Bearer error="invalid_request"') if is_so else answer

    fault.__name__ = name
    fault_of("api", check, about)(fault)


_other_error(
    *("missing_scopes_have_another_error", "scopes_are_kept", "a key without the scope is told another error code"),
    "insufficient_scope",
)
_other_error(
    *("limited_keys_have_another_error", "limits_of_keys_are_kept", "a key beyond its limits is told another error"),
    "invalid_token",
)


@fault_of("api", "streets_are_written_back", "a street that /api shows may be longer than one that it accepts")
async def long_streets_are_refused(request: Request, send: Send) -> Response:
    is_long = len(str(request.json.get("client_billing_street", ""))) > 255
    return _refused("api", 422) if is_long else await send(request)


@fault_of("v1", NAMED, "the number of the further unknown names is one too low")
async def further_names_are_miscounted(request: Request, send: Send) -> Response:
    answer = await send(request)
    listed, found, more = answer.headers.get("x-ignored-query", "").removesuffix(" more").partition(" and ")
    return answer.with_header("x-ignored-query", f"{listed} and {int(more) - 1} more") if found else answer


query_fault(
    *("api", "filters_find_exactly", "quotes in a search are left out", "quotes_are_left_out", "/clients"),
    lambda request: (
        request.with_params(search=request.params["search"].replace('"', "")) if "search" in request.params else request
    ),
)


@fault_of("v1", "guesses_must_wait", "wrong passwords are refused as quickly as ever")
async def guesses_do_not_wait(request: Request, send: Send) -> Response:
    answer = await send(request)
    return _refused("v1", 412, "Invalid Password") if answer.status == 429 else answer


@fault_of("api", "methods_are_those_documented", "OPTIONS needs a key")
async def options_need_a_key(request: Request, send: Send) -> Response:
    is_refused = request.method == "OPTIONS" and "authorization" not in request.headers
    return _refused("api", 401) if is_refused and request.path.startswith(prefix("api")) else await send(request)


@fault_of("api", FEEDS, "more changes than an answer can have are refused instead of limited")
async def many_changes_are_refused(request: Request, send: Send) -> Response:
    is_many = request.path.endswith("/changes") and int(request.params.get("limit", "1")) > 100
    return _refused("api", 422) if is_many else await send(request)


@fault_of("api", "edges_are_read", "an empty id of a category is refused instead of ignored")
async def empty_ids_are_refused(request: Request, send: Send) -> Response:
    is_empty = request.json.get("client_categoryid", 0) in ("", None)
    return _refused("api", 422) if is_empty else await send(request)


def _without_doubt(body: dict[str, Any]) -> None:
    if body.get("send_email") not in ("yes", "no"):
        body.pop("send_email", None)


body_fault(
    *("api", "refusals_name_invalid_fields", "a word that is neither true nor false counts as false"),
    *("any_word_is_false", "/clients", _without_doubt),
)


@fault_of("api", FORMS, "a slash at the end of a path is accepted when reading only")
async def slashes_are_for_readers(request: Request, send: Send) -> Response:
    is_refused = request.method in ("POST", "PUT", "PATCH") and request.path.endswith("/")
    return _refused("api", 404) if is_refused else await send(request)


@fault_of("v1", "writes_read_the_query", "an empty value of a body does not override the query")
async def blanks_do_not_override(request: Request, send: Send) -> Response:
    kept = {name: value for name, value in request.json.items() if value not in ("", None)}
    is_json = request.method in ("POST", "PUT", "PATCH") and request.query and request.json
    return await send(request.with_json(kept) if is_json else request)


@fault_of("api", NAMED, "a comma in an unknown name is not encoded")
async def commas_are_not_encoded(request: Request, send: Send) -> Response:
    answer = await send(request)
    named = answer.headers.get("x-ignored-query", "")
    return answer.with_header("x-ignored-query", named.replace("%2C", ",")) if named else answer


@fault_of("v1", "upload_fields_have_many_names", "a file of an unknown name is ignored without a word")
async def other_files_are_not_named(request: Request, send: Send) -> Response:
    answer = await send(request)
    return answer.without_header("x-ignored-body") if request.path.endswith("/upload") else answer
