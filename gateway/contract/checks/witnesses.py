"""Filters find existing records: a record that a list has shown is searched by each of its values in turn."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import count
from typing import Any
from urllib.parse import urlencode, urlsplit, urlunsplit

import requests
import schemathesis
from schemathesis import CheckContext, Response

from gateway.contract.checks.reading import (
    AnyCase,
    body_of,
    counts_unreadable_answers,
    is_negative,
    operation_id,
    succeeded,
)

Shown = Mapping[str, Any]
Value = Callable[[Shown], str]
_TIMEOUT = 30  # seconds
_SESSION = requests.Session()  # keeps its connection
_turns = count()


def _of(key: str) -> Value:
    return lambda shown: str(shown[key])


def _words(client: Shown) -> str:
    """Return the last word of the name and the first email of a contact, which must be found together."""
    emails = [contact["email"] for contact in client["contacts"] if contact["email"]]
    return " ".join([*client["name"].split()[-1:], *emails[:1]])


def _classes(document: Shown) -> str:
    return "public" if document["is_public"] else "private"


_VALUES = ("vat_number", "phone", "country_id", "industry_id", "size_id", "assigned_user_id", "group_settings_id")
_CUSTOM = tuple(f"custom_value{n}" for n in range(1, 5))
# By list: the parameters by which a record must be found, each with the value of the record.
WITNESSES: dict[str, dict[str, Value]] = {
    "api listClients": {
        "client_id": _of("id"),
        "category_id": lambda client: str(client["category"]["id"]),
        "tag": lambda client: next(iter(client["tags"]), ""),
        "search": lambda client: (client["company_name"] or "")[:50],
    },
    "v1 listClients": {
        "filter": _words,
        "group": _of("group_settings_id"),
        "client_id": _of("id"),
        **{name: _of(name) for name in ("name", "number", "id_number", *_VALUES, *_CUSTOM)},
    },
    "v1 listDocuments": {
        "client_id": _of("client_id"),
        "type": _classes,
        "filter": lambda document: " ".join(reversed(document["name"].split())),
    },
    "v1 listGroupSettings": {"name": _of("name"), "filter": _of("name")},
    "v1 listWebhooks": {"event_id": _of("event_id"), "target_url": _of("target_url"), "filter": _of("target_url")},
}
_HIDING = ("v1 listClients", "v1 listGroupSettings", "v1 listWebhooks")
_MOST = {"api": ("limit", 100), "v1": ("per_page", 5000)}


_UNUSED_WORD = "no-record-has-this-word"


@schemathesis.check
@counts_unreadable_answers
def filters_find_what_is_there(_ctx: CheckContext, response: Response, case: AnyCase) -> None:
    """A record of this list is found by filters for its own values, even if deleted, and by no word that it lacks."""
    named = operation_id(case)
    if named not in WITNESSES or is_negative(case) or not succeeded(response):
        return
    # Deleted records first: there are few of them, and most lists show none.
    for shown in sorted(body_of(response)["data"], key=lambda each: not each.get("is_deleted"))[:1]:
        turn = next(_turns)
        for name, value in _some_filters(WITNESSES[named], shown, turn):
            lost = _is_lost(response, named, shown, (name, value))
            assert not lost, f"{shown['id']} is not found by `{name}={value}`, which it has"
        if "filter" in WITNESSES[named]:
            words = f"{WITNESSES[named]['filter'](shown)[:200]} {_UNUSED_WORD}"
            assert not _listed(response, named, {"filter": words}), (
                f"`filter={words}` finds a record that lacks one of the words"
            )


def _some_filters(filters: Mapping[str, Value], shown: Shown, turn: int) -> Iterator[tuple[str, str]]:
    """Yield three of the filters for which this record has values, different ones in each turn."""
    values = [(name, value(shown)) for name, value in filters.items()]
    known = [(name, value) for name, value in values if value.strip() and len(value) <= 255]
    for position in range(min(3, len(known))):
        yield known[(3 * turn + position) % len(known)]


def _is_lost(response: Response, named: str, shown: Shown, condition: tuple[str, str]) -> bool:
    # Others may change the record meanwhile: it is a failure only if the unchanged record is still not found.
    if _finds(response, named, shown, condition):
        return False
    url = urlsplit(str(response.request.url))
    now = _sent(response, urlunsplit(url._replace(path=f"{url.path.rstrip('/')}/{shown['id']}", query="")))
    same = now.get("data") and WITNESSES[named][condition[0]](now["data"]) == condition[1]
    return bool(same) and not _finds(response, named, shown, condition)


def _finds(response: Response, named: str, shown: Shown, condition: tuple[str, str]) -> bool:
    listed = _listed(response, named, dict([condition]))
    return len(listed) >= _MOST[named.partition(" ")[0]][1] or any(each["id"] == shown["id"] for each in listed)


def _listed(response: Response, named: str, filters: Mapping[str, str]) -> Sequence[Shown]:
    name, most = _MOST[named.partition(" ")[0]]
    states = {"with_trashed": "true"} if named in _HIDING else {}
    query = urlencode({**filters, **states, name: str(most)})
    url = urlunsplit(urlsplit(str(response.request.url))._replace(query=query))
    listed: Sequence[Shown] = _sent(response, url)["data"]
    return listed


def _sent(response: Response, url: str) -> Shown:
    """Return the answer to the same caller at another URL."""
    answer: Shown = _SESSION.get(url, headers=dict(response.request.headers), timeout=_TIMEOUT).json()
    return answer
