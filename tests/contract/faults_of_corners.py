"""Faults in what few requests need: links of contacts, several errors at once, old numbers, chains of merges."""

import re
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qsl, urlencode

from tests.contract.faulty import Request, Response, Send
from tests.contract.meaning import body_fault, changed, fault_of, get, is_below, list_fault, query_fault, record_fault

LINKS, TOGETHER, MERGED = "contact_links_open", "errors_are_named_together", "merged_ids_name_the_survivor"
_JSON = {"content-type": "application/json"}
_REFUSED = Response(422, _JSON, b'{"message": "The given data was invalid.", "errors": {}}')
Body = dict[str, Any]


def _remembered(name: str, about: str, part: str, *statuses: int) -> None:
    """Add a fault that answers for a contact's page what was answered first, instead of one of these statuses."""
    first: dict[str, Response] = {}

    async def fault(request: Request, send: Send) -> Response:
        answer = await send(request)
        if not request.path.startswith("/client/key_login/") or part not in request.path:
            return answer
        if answer.ok:
            first.setdefault(request.path, answer)
        return first.get(request.path, answer) if answer.status in statuses else answer

    fault.__name__ = name
    fault_of("v1", LINKS, about)(fault)


_remembered("links_stay_open", "the link of a locked contact, or of an archived client, still opens", "/", 403)
_remembered("links_of_deleted_open", "the link of a contact of a deleted client still opens", "/", 404)
_remembered(
    *("private_again_and_served", "a contact's link serves a document that is private again", "/documents/"), 404
)


@fault_of("v1", LINKS, "a contact's page shows the private notes of its client")
async def contacts_read_private_notes(request: Request, send: Send) -> Response:
    notes = request.json.get("private_notes", "") if request.method == "POST" else ""
    _notes.extend([str(notes)] if notes else [])
    answer = await send(request)
    if not request.path.startswith("/client/") or not answer.ok:
        return answer
    body = answer.body + " ".join(_notes).encode()
    return Response(answer.status, answer.headers | {"content-length": str(len(body))}, body)


_notes: list[str] = []


def _never(client: Body) -> None:
    for each in (client, *client["contacts"]):
        each["last_login"] = 0


record_fault("v1", LINKS, "a visit of a contact's page is no login", "visits_are_no_logins", "/clients", _never)
record_fault(
    *("v1", LINKS, "the last login of a client is that of its primary contact", "login_of_the_primary", "/clients"),
    lambda client: client.update(last_login=client["contacts"][0]["last_login"]),
)


def _errors(dialect: str, about: str, name: str, change: Callable[[Body], Body]) -> None:
    """Add a fault that changes the errors of a refusal."""

    async def fault(request: Request, send: Send) -> Response:
        answer = await send(request)
        if answer.status != 422 or not is_below(request, dialect, "/"):
            return answer
        content = answer.json
        return answer.with_json(content | {"errors": change(content["errors"])})

    fault.__name__ = name
    fault_of(dialect, TOGETHER, about)(fault)


def _form_first(errors: Body) -> Body:
    """The errors without those that only the register can find, if there are others."""
    own = {key: texts for key, texts in errors.items() if "already" not in texts[0]}
    return own or errors


_errors("api", "an email that is taken is not named beside missing names", "taken_is_named_alone", _form_first)
_errors("v1", "a number that is taken is not named beside an unknown country", "taken_number_alone", _form_first)
_errors(
    *("api", "an unknown client of a note is named under another key than the one that was sent", "keys_of_the_table"),
    lambda errors: {"noteresource_id" if key == "resource_id" else key: texts for key, texts in errors.items()},
)
_errors(
    *("v1", "errors inside a list count its items from 1", "items_from_one"),
    lambda errors: {re.sub(r"\d+", lambda n: str(int(n[0]) + 1), key): texts for key, texts in errors.items()},
)


@fault_of("api", MERGED, "a merged client names the first client that received it, although that was merged too")
async def first_receiver_is_named(request: Request, send: Send) -> Response:
    return _first_answer(request, await send(request))


@fault_of("v1", MERGED, "a merged client names the client that received it, although that was merged too")
async def first_receiver_is_stated(request: Request, send: Send) -> Response:
    return _first_answer(request, await send(request))


def _first_answer(request: Request, answer: Response) -> Response:
    return _lost.setdefault(request.path, answer) if answer.status == 404 and b"merged" in answer.body else answer


_lost: dict[str, Response] = {}


@fault_of(
    "v1", "given_numbers_are_never_reused", "a number that was sent is assigned again after its client gave it up"
)
async def numbers_by_hand_are_forgotten(request: Request, send: Send) -> Response:
    number = str(request.json.get("number") or "")
    if request.path == "/api/v1/clients" and request.method == "POST" and not number and _given_up:
        return await send(request.with_json(request.json | {"number": _given_up.pop()}))
    is_renumbered = number and request.method == "PUT" and request.path.startswith("/api/v1/clients/")
    was = (await send(get(request, request.path))).json["data"]["number"] if is_renumbered else ""
    answer = await send(request)
    if was in _by_hand and answer.ok:
        _given_up.append(was)
    if number.isdigit() and request.method == "POST":
        _by_hand.add(number)
    return answer


_by_hand: set[str] = set()
_given_up: list[str] = []


@fault_of("api", "searches_find_new_values", "a contact is not found by a new telephone number")
async def new_phones_are_not_found(request: Request, send: Send) -> Response:
    if request.method == "PATCH" and request.json.get("phone"):
        _phones.add(str(request.json["phone"]))
    is_search = request.path == "/api/contacts" and request.params.get("search") in _phones
    return await send(request.with_params(search="nobody-has-this") if is_search else request)


_phones: set[str] = set()

record_fault(
    *("api", "names_fall_back", "a contact does not show the name of a client that has none of its own"),
    *("contacts_of_nameless_clients", "/contacts", lambda contact: _nameless(contact)),
)


def _nameless(contact: Body) -> None:
    if contact["client"]["company_name"] in (contact["name"], contact["email"]):
        contact["client"]["company_name"] = None


def _nameless_first(request: Request, content: Body) -> None:
    if request.params.get("sort", "").startswith("display_name"):
        content["data"].sort(key=lambda client: client["name"] != "")


list_fault(
    *("v1", "sorts_order", "clients without a name are sorted before all others", "nameless_come_first", "/clients"),
    _nameless_first,
)


def _in_milliseconds(record: Body) -> None:
    record["dates"] = {word: f"{at[:-4]}Z" for word, at in record["dates"].items()}


record_fault(
    *("api", "times_have_microseconds", "times have milliseconds", "times_have_milliseconds", "/"),
    lambda record: _in_milliseconds(record) if "dates" in record else None,
)


@fault_of("api", "filters_find_exactly", "a search for notes finds the end of a title before the beginning of a text")
async def searches_span_texts(request: Request, send: Send) -> Response:
    answer, text = await send(request), request.params.get("search", "").lower()
    if request.path != "/api/notes" or " " not in text or not answer.ok:
        return answer
    whole = (await send(get(request, "/api/notes", "limit=100"))).json["data"]
    found = [each for each in whole if text in f"{each['title']} {each['description']}".lower()]
    content = answer.json
    return answer.with_json(content | {"data": found, "meta": content["meta"] | {"total": len(found)}})


def _links_once(_request: Request, content: Body) -> None:
    links = content["meta"]["pagination"]["links"]
    for word, url in links.items() if isinstance(links, dict) else ():
        path, _, query = url.partition("?")
        links[word] = f"{path}?{urlencode(dict(parse_qsl(query)))}"


list_fault(
    *("v1", "links_keep_parameters", "a parameter that was sent several times is in links once", "links_say_it_once"),
    *("/clients", _links_once),
)


@fault_of("v1", "file_metadata_is_exact", "a document keeps the folders in a new name")
async def names_keep_folders(request: Request, send: Send) -> Response:
    answer, name = await send(request), str(request.json.get("name", ""))
    is_renamed = request.method == "PUT" and is_below(request, "v1", "/documents/") and "/" in name
    return changed(answer, lambda document: document.update(name=name)) if is_renamed else answer


@fault_of("v1", "states_list_exactly", "blanks between states are refused")
async def blanks_are_no_states(request: Request, send: Send) -> Response:
    return _REFUSED if " " in request.params.get("status", "") else await send(request)


def _first_of_each(request: Request) -> Request:
    return (
        request.with_params(**dict(reversed(parse_qsl(request.query))))
        if request.query.count("limit=") > 1
        else request
    )


query_fault(
    *("api", "page_sizes", "of a parameter that is sent twice the first one counts", "first_of_two_counts"),
    *("/contacts", _first_of_each),
)


def _with_records(request: Request, content: Body) -> None:
    for each in content["data"] if request.params.get("include") == "record" else ():
        each.setdefault("record", {"id": each["id"]})


list_fault(
    *("api", "feeds_list_changes", "the change feed shows clients that were deleted in /api/v1", "feeds_show_deleted"),
    *("/changes", _with_records),
)


@fault_of("api", "countries_are_understood", "a country is not recognised by a name with an accent")
async def accents_name_no_country(request: Request, send: Send) -> Response:
    answer = await send(request)

    def change(client: Body) -> None:
        client["country_id"] = "" if client["country_id"] == "40" else client["country_id"]

    return changed(answer, change) if request.path.startswith("/api/v1/clients/") else answer


@fault_of("v1", "edges_are_read", "the method of a webhook is refused in capitals")
async def capital_methods_are_refused(request: Request, send: Send) -> Response:
    method = str(request.json.get("rest_method", "")) if is_below(request, "v1", "/webhooks") else ""
    return _REFUSED if method != method.lower() else await send(request)


def _earlier(request: Request) -> Request:
    params = request.params
    if not {"created_at", "updated_at"} <= params.keys():
        return request
    at = min(params["created_at"], params["updated_at"])
    return request.with_params(created_at=at, updated_at=at)


query_fault(
    *("v1", "activities_are_listed", "of two times the earlier one counts", "earlier_time_counts", "/activities"),
    _earlier,
)


def _with_everything(client: Body) -> None:
    for each in client.get("activities", ()):
        was, became = (each[when].get("contacts", {}) for when in ("before", "after"))
        for contact in was.keys() & became.keys():
            was[contact]["first_name"] = became[contact]["first_name"] = "Same"


record_fault(
    *("api", "changes_are_recorded", "an activity lists values of a contact that did not change"),
    *("unchanged_values_are_listed", "/v1/clients", _with_everything),
)
body_fault(
    *("api", "categories_count", "`category_id` takes precedence over `target_id` in a migration"),
    *("second_name_comes_first", "/categories/"),
    lambda body: body.update(target_id=body["category_id"]) if {"target_id", "category_id"} <= body.keys() else None,
)


@fault_of("api", "etags_follow_changes", "a note changes the ETag of its client")
async def notes_change_their_client(request: Request, send: Send) -> Response:
    answer = await send(request)
    if request.path == "/api/notes" and answer.status == 201:
        _noted.add(str(answer.json["data"]["resource"]["id"]))
    is_noted = request.method == "GET" and request.path.rpartition("/")[2] in _noted
    return answer.with_header("etag", '"f-f-f"') if is_noted and "etag" in answer.headers else answer


_noted: set[str] = set()
