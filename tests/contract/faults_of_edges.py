"""Faults at the edges of values and lists: blanks, zeros, names, empty filters, long texts, second pages, order."""

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from tests.contract.faulty import Request, Response, Send
from tests.contract.meaning import body_fault, changed, fault_of, get, is_below, query_fault, record_fault

EDGES, FOUND, PAGED = "edges_are_read", "filters_find_exactly", "filtered_lists_are_paged"
COUNTED, CODES = "categories_count", "codes_are_shown"
_REFUSED = Response(
    422, {"content-type": "application/json"}, b'{"message": "The given data was invalid.", "errors": {}}'
)
Body = dict[str, Any]


def _refused(dialect: str, check: str, about: str, name: str, is_refused: Callable[[Request], Any]) -> None:
    """Add a fault that refuses some requests."""

    async def fault(request: Request, send: Send) -> Response:
        return _REFUSED if is_refused(request) else await send(request)

    fault.__name__ = name
    fault_of(dialect, check, about)(fault)


def _text(key: str, change: Callable[[str], str | None]) -> Callable[[Body], None]:
    """Return a change of a text of a body; None removes it."""

    def change_body(body: Body) -> None:
        if isinstance(body.get(key), str):
            text = change(body.pop(key))
            body |= {} if text is None else {key: text}

    return change_body


def _param(key: str, change: Callable[[str], str]) -> Callable[[Request], Request]:
    """Return a change of a parameter of a list."""
    return lambda request: (
        request.with_params(**{key: change(request.params[key])}) if key in request.params else request
    )


def _is_doubled(request: Request) -> bool:
    tags = request.json.get("tags") if is_below(request, "api", "/notes/") else None
    return isinstance(tags, list) and len({str(each).strip() for each in tags}) < len(tags)


_refused(
    "api", EDGES, "tags of a note with a repetition are refused", "repeated_tags_of_notes_are_refused", _is_doubled
)
_refused(
    *("api", COUNTED, "a migration does not know `category_id` for `target_id`", "migrations_have_one_name"),
    lambda request: request.path.endswith("/migrate") and "category_id" in request.json,
)
_refused(
    *("api", EDGES, "a note is not accepted under the keys with which it is shown", "notes_have_one_name"),
    lambda request: request.path == "/api/notes" and "title" in request.json,
)
_refused(
    *("api", EDGES, "ids that are sent as text are refused", "ids_are_numbers"),
    lambda request: any(isinstance(request.json.get(key), str) for key in ("clientid", "client_categoryid", "owner")),
)
_refused(
    *("api", "emails_and_names_are_unique", "a category's own name in another case is taken"),
    "own_category_name_is_taken",
    lambda request: request.method == "PATCH" and request.json.get("category_name", "").isupper(),
)

body_fault(
    *("api", EDGES, "blanks around the name of a contact are kept", "blanks_around_names", "/contacts"),
    _text("first_name", lambda name: name if name == name.strip() else f"{name.strip()}\u00a0."),
)
body_fault(
    *("api", EDGES, "blanks around the name of a company are removed", "blanks_around_companies", "/clients"),
    _text("client_company_name", str.strip),
)
body_fault(
    *("v1", EDGES, "blanks around an id_number are kept", "blanks_around_references", "/clients"),
    _text("id_number", lambda number: number if number == number.strip() else f"{number.strip()} ."),
)
body_fault(
    *("api", EDGES, "an empty text of a create is stored as a blank", "empty_stays_empty", "/clients"),
    *(_text("client_phone", lambda phone: phone or " "), ("POST",)),
)
body_fault(
    *("v1", EDGES, "a country's number with leading zeros is lost", "numbers_of_countries_are_short", "/clients"),
    _text("country_id", lambda number: "" if number.startswith("0") else number),
)
body_fault(
    *("v1", CODES, "an empty country code does not clear the country", "empty_codes_clear_nothing", "/clients"),
    _text("country_code", lambda code: code or None),
)
body_fault(
    *("v1", CODES, "country codes in lower case are ignored", "small_codes_are_ignored", "/clients"),
    _text("country_code", lambda code: None if code.islower() else code),
)
body_fault(
    *("api", "sent_is_shown", "descriptions are cut to 32767 characters", "descriptions_are_cut", "/clients"),
    _text("client_description", lambda text: text[:32_767]),
)
body_fault(
    *("v1", "sent_is_shown", "private notes are cut to 16000 characters", "private_notes_are_cut", "/clients"),
    _text("private_notes", lambda text: text[:16_000]),
)


def _words_are_true(client: Body) -> None:
    people = client.get("contacts")
    for each in people if isinstance(people, list) else ():
        each |= {key: True for key in ("is_locked", "send_email") if each.get(key) == "false"}


body_fault("v1", EDGES, "the text `false` in JSON is true", "false_text_is_true", "/clients", _words_are_true)

record_fault(
    *("api", EDGES, "the slug of a category is its id alone", "slugs_have_no_name", "/categories"),
    lambda category: category.update(slug=str(category["id"])),
)
record_fault(
    *("api", "views_agree", "a member of the team without a name is not called by the email", "nameless_members"),
    *("/team", lambda member: member.update(name=f"{member['first_name']} {member['last_name']}".strip())),
)
record_fault(
    *("api", EDGES, "payment terms that /api/v1 got as a number are not shown", "numbers_are_no_terms", "/clients"),
    lambda client: client["billing"].update(invoice_due_days=None) if _is_due(client, "14") else None,
)


def _is_due(client: Body, days: str) -> bool:
    return bool((client.get("billing") or {}).get("invoice_due_days") == days)


record_fault(
    *("v1", "activities_are_listed", "at most twenty activities are included", "few_activities", "/clients"),
    lambda client: client.update(activities=client["activities"][:20]) if "activities" in client else None,
)


@fault_of("v1", "uploads_are_shown", "the files of one upload are stored in reverse order")
async def files_are_stored_in_reverse(request: Request, send: Send) -> Response:
    several = request.body.count(b"filename=") if request.path.endswith("/upload") else 0

    def change(client: Body) -> None:
        client["documents"][-several:] = reversed(client["documents"][-several:])

    answer = await send(request)
    return changed(answer, change) if several > 1 else answer


@fault_of("api", COUNTED, "a migration leaves out suspended clients")
async def suspended_are_not_migrated(request: Request, send: Send) -> Response:
    number = request.path.split("/")[-2] if request.path.endswith("/migrate") else ""
    query = f"category_id={number}&status=suspended&limit=100"
    some = (await send(get(request, "/api/clients", query))).json["data"] if number else []
    answer = await send(request)
    for each in some:
        body = {"client_company_name": each["company_name"], "client_categoryid": int(number)}
        await send(replace(request, method="PATCH", path=f"/api/clients/{each['id']}").with_json(body))
    return answer


query_fault(
    *("v1", FOUND, "a time in milliseconds is converted instead of being refused", "milliseconds_are_read", "/clients"),
    _param("created_at", lambda at: at[:10] if re.fullmatch(r"\d{13}", at) else at),
)
query_fault(
    *("v1", FOUND, "a time with a blank between date and time is read as its date", "times_are_dates", "/clients"),
    _param("created_at", lambda at: at.partition(" ")[0]),
)
query_fault(
    *("v1", FOUND, "fractions of a second in a filter are ignored", "fractions_are_ignored", "/clients"),
    _param("created_at", lambda at: re.sub(r"[.]\d+", "", at)),
)
query_fault(
    *("api", FOUND, "an empty search finds nothing", "empty_search_finds_nothing", "/clients"),
    _param("search", lambda text: text or "nothing"),
)
query_fault(
    *("v1", FOUND, "an empty filter finds what is empty", "empty_filter_finds_nothing", "/clients"),
    _param("number", lambda text: text or "nothing"),
)
query_fault(
    *("api", FOUND, "only the first 64 characters of a search count", "searches_are_cut", "/clients"),
    _param("search", lambda text: text[:64]),
)
query_fault(
    *("api", FOUND, "blanks around a tag that is asked for count", "blanks_around_tags", "/clients"),
    _param("tag", lambda tag: tag.replace(" ", "_") if tag != tag.strip() else tag),
)
query_fault(
    *("v1", PAGED, "the second page of a search for groups is not filtered", "second_page_is_unfiltered"),
    *(
        "/group_settings",
        lambda request: request.without_params("filter") if request.params.get("page") == "2" else request,
    ),
)
query_fault(
    *("api", PAGED, "a list of contacts that is filtered is not sorted", "filtered_contacts_are_unsorted", "/contacts"),
    lambda request: request.without_params("sort", "order") if "status" in request.params else request,
)
query_fault(
    *("v1", PAGED, "a list that is filtered is sorted in one direction only", "filtered_lists_go_up", "/clients"),
    lambda request: (
        request.with_params(sort=request.params["sort"].replace("|desc", "|asc"))
        if "sort" in request.params and request.params.keys() & {"balance", "filter", "group", "name"}
        else request
    ),
)
