"""Faults of how records refer to others: names, ids, creators, random names, URLs, records nested in a client."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from tests.contract.faulty import Request, Response, Send
from tests.contract.meaning import body_fault, changed, fault_of, is_below, list_fault, record_fault

NAMED, ANEW, INSIDE = "references_match_records", "renames_are_shown_everywhere", "nested_records_match_lists"
UNIQUE, URLS, CREATORS = "hashes_and_keys_are_unique", "urls_lead_to_their_records", "creators_are_shown"
TIMES, DEFAULTS = "records_have_their_times", "values_are_filled_in"
_first: dict[str, Any] = {}


def _inside(key: str, change: Callable[[dict[str, Any]], object]) -> Callable[[dict[str, Any]], None]:
    """A change of each record that is nested in a client."""

    def all_of(client: dict[str, Any]) -> None:
        for each in client.get(key) or ():
            change(each)

    return all_of


def _earlier(key: str) -> Callable[[dict[str, Any]], None]:
    return lambda record: record.update({key: record[key] - 3600}) if record.get(key) else None


record_fault(
    *("api", NAMED, "a contact shows its own name as that of its client", "client_is_called_as_contact", "/contacts"),
    lambda person: person["client"].update(company_name=person["name"]) if "client" in person else None,
)
record_fault(
    *(
        "api",
        NAMED,
        "the id of an owner is derived from that of its client",
        "owner_has_the_id_of_its_client",
        "/clients",
    ),
    lambda client: client["owner"].update(id=client["id"] + 100_000) if "owner" in client else None,
)
record_fault(
    *("api", NAMED, "the name of a category is shown in lower case", "category_in_small_letters", "/clients"),
    lambda client: client["category"].update(name=client["category"]["name"].lower()) if "category" in client else None,
)
record_fault(
    *("v1", INSIDE, "a gateway token inside a client is never the default", "no_default_inside", "/clients"),
    _inside("gateway_tokens", lambda token: token.update(is_default=False)),
)
record_fault(
    *("v1", INSIDE, "gateway tokens of a client are shown newest first", "tokens_newest_inside", "/clients"),
    lambda client: client.get("gateway_tokens", []).reverse(),
)
record_fault(
    *("v1", INSIDE, "a document inside a client has another type", "type_in_capitals_inside", "/clients"),
    _inside("documents", lambda document: document.update(type=document["type"].upper())),
)
record_fault(
    *("v1", UNIQUE, "every client has the same hash", "one_hash_for_all", "/clients"),
    lambda client: client.update(client_hash="A" * 40) if "client_hash" in client else None,
)
record_fault(
    *("v1", UNIQUE, "the link of a contact has no key", "link_without_its_key", "/clients"),
    _inside("contacts", lambda person: person.update(link=person["link"].rpartition("/")[0] + "/x")),
)
record_fault(
    *("v1", UNIQUE, "a document's hash is its size", "hash_is_size", "/documents"),
    lambda document: document.update(hash=str(document["size"])) if "hash" in document else None,
)
record_fault(
    *("v1", URLS, "the URL of a document leads to another server", "address_of_another_server", "/"),
    _inside("documents", lambda document: document.update(url=document["url"].replace("//", "//cdn."))),
)
record_fault(
    *("v1", CREATORS, "a client shows no creator", "made_by_nobody", "/clients"),
    lambda client: client.update(user_id="") if "user_id" in client else None,
)
record_fault(
    *("api", CREATORS, "a note shows another author", "written_by_somebody_else", "/notes"),
    lambda note: note.update(creator_id=note["creator_id"] + 1) if note.get("creator_id") else None,
)
record_fault(
    *("v1", CREATORS, "activities show an unknown team user", "changed_by_a_stranger", "/activities"),
    lambda activity: activity.update(user_id="nobodyhere") if "user_id" in activity else None,
)
record_fault(
    "v1", TIMES, "documents are shown as an hour older", "documents_are_older", "/documents", _earlier("created_at")
)
record_fault(
    "v1", TIMES, "activities are shown as an hour older", "activities_are_older", "/activities", _earlier("created_at")
)
record_fault(
    *("v1", TIMES, "a change of a webhook does not change its time", "webhooks_never_change", "/webhooks"),
    lambda webhook: webhook.update(updated_at=webhook["created_at"]) if "updated_at" in webhook else None,
)
record_fault(
    *("api", TIMES, "a change of a note does not change its time", "notes_never_change", "/notes"),
    lambda note: note["dates"].update(updated=note["dates"]["created"]) if "dates" in note else None,
)
record_fault(
    *("v1", TIMES, "a change of a contact does not change its time", "contacts_never_change", "/clients"),
    _inside("contacts", lambda person: person.update(updated_at=person["created_at"])),
)
list_fault(
    *("v1", TIMES, "changes are listed with times an hour early", "changes_an_hour_early", "/changes"),
    lambda _request, content: [each.update(timestamp=each["timestamp"] - 3600) for each in content["data"]],
)


@fault_of("api", ANEW, "clients show the old name of a renamed category")
async def old_name_of_category(request: Request, send: Send) -> Response:
    answer = await send(request)
    if not is_below(request, "api", "/clients"):
        return answer

    def old(client: dict[str, Any]) -> None:
        known = client.get("category")
        if known:
            known["name"] = _first.setdefault(f"{request.headers.get('authorization')} {known['id']}", known["name"])

    return changed(answer, old)


@fault_of("api", ANEW, "a renamed owner is shown under the old name")
async def old_name_of_owner(request: Request, send: Send) -> Response:
    answer = await send(request)
    if not is_below(request, "api", "/clients"):
        return answer

    def old(client: dict[str, Any]) -> None:
        known = client.get("owner")
        if known:
            known["name"] = _first.setdefault(f"{request.headers.get('authorization')} o{known['id']}", known["name"])

    return changed(answer, old)


body_fault(
    *("v1", DEFAULTS, "contacts receive no mail by default", "no_mail_by_default", "/clients"),
    lambda body: [
        each.setdefault("send_email", False) for each in body.get("contacts") or () if isinstance(each, dict)
    ],
    methods=("POST",),
)
body_fault(
    *("v1", DEFAULTS, "the default currency of clients is the pound", "pounds_by_default", "/clients"),
    lambda body: body.setdefault("settings", {"currency_id": "2"}),
    methods=("POST",),
)
body_fault(
    *("api", DEFAULTS, "a client without a company name is shown with the email", "called_by_email", "/clients"),
    lambda body: body.setdefault("client_company_name", body["email"]) if "email" in body else None,
    methods=("POST",),
)
body_fault(
    *("v1", DEFAULTS, "an empty number assigns a new one", "empty_number_is_new", "/clients"),
    lambda body: body.update(number=f"N{len(_first)}") if body.get("number") == "" else None,
    methods=("PUT",),
)
record_fault(
    *("v1", DEFAULTS, "settings name a company as their entity", "settings_of_a_company", "/clients"),
    lambda client: client["settings"].update(entity="App\\Models\\Company") if "settings" in client else None,
)


@fault_of("v1", DEFAULTS, "creating a client requires a body")
async def body_is_needed(request: Request, send: Send) -> Response:
    is_create = request.method == "POST" and request.path == "/api/v1/clients"
    return await send(
        replace(request, method="GET", path="/api/v1/clients/none") if is_create and not request.body else request
    )
