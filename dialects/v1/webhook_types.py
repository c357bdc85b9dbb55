"""Conversions of webhooks: the vendor's numbers of events, URLs, headers, and words in any case."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from core.errors import Rejected
from core.events.targets import Targets
from core.events.webhooks import MAX_URL, Event, check_url
from schemas.echo import cut
from schemas.errors import BrokenRule
from schemas.lists import POSITION_PATTERN, as_list
from schemas.types import NOTHING, SPACES, Choice, JsonObject, Schema, Text, Type, is_blank, trimmed, whole

# The vendor's numbers with our events. In the vendor's terms a merge updates the receiving client, and a purge deletes
# the client.
EVENTS: Mapping[int, tuple[str, tuple[Event, ...]]] = {
    1: ("client created", (Event.CREATED,)),
    10: ("client updated", (Event.UPDATED, Event.MERGED)),
    11: ("client deleted", (Event.DELETED, Event.PURGED)),
    37: ("client archived", (Event.ARCHIVED,)),
    45: ("client restored", (Event.RESTORED,)),
}
ABOUT_EVENTS = ", ".join(f"{number} ({words})" for number, (words, _) in EVENTS.items())
_EVENTS_OF = {number: ",".join(events) for number, (_, events) in EVENTS.items()}
_NUMBER_OF = {events: str(number) for number, events in _EVENTS_OF.items()}

MAX_HEADERS = 20
_MAX_NAME, _MAX_VALUE = 100, 2000
_TOKEN = rf"[!#$%&'*+.^_`|~0-9A-Za-z-]{{1,{_MAX_NAME}}}"  # RFC 9110, section 5.6.2
_VALUE = rf"[\t -~]{{0,{_MAX_VALUE}}}"
# Headers that the delivery sets itself, and headers that would change the meaning of the request.
_RESERVED = (
    *("connection", "content-encoding", "content-length", "expect", "host", "keep-alive", "te", "trailer"),
    *("transfer-encoding", "upgrade"),
)
_RESERVED_BEGINNINGS = ("proxy-", "webhook-")
_LABEL = "[0-9A-Za-z]([0-9A-Za-z-]{0,30}[0-9A-Za-z])?"
_TOP = "[A-Za-z]{2,20}"


@dataclass(frozen=True)
class EventId(Type):
    """The vendor's number of an event, sent as text or as a number, and shown as text. It denotes one or two events."""

    def parse(self, value: Any) -> str:
        value = whole(value)
        text = str(value) if isinstance(value, str | int) and not isinstance(value, bool) else ""
        number = int(text) if re.fullmatch("[1-9][0-9]{0,3}", text) else 0
        if number not in _EVENTS_OF:
            raise BrokenRule("webhook_event", {"events": ABOUT_EVENTS})
        return _EVENTS_OF[number]

    def format(self, value: str) -> str:
        return _NUMBER_OF.get(value, "")

    def schema(self) -> Schema:
        return {"type": "string", "enum": [*map(str, EVENTS), ""]}

    def input_schema(self) -> Schema:
        return {"anyOf": [self.text_schema(), {"type": "integer", "enum": [*EVENTS]}]}

    def text_schema(self, needed: bool = False) -> Schema:
        return {"type": "string", "enum": [*map(str, EVENTS)]}


@dataclass(frozen=True)
class EventIdToFind(EventId):
    """The number of an event in a filter. An unknown number finds nothing."""

    def parse(self, value: Any) -> str:
        try:
            return super().parse(value)
        except BrokenRule:
            return "none"

    def text_schema(self, needed: bool = False) -> Schema:
        return {"type": "string"}


@dataclass(frozen=True)
class TargetUrl(Type):
    """The URL of a webhook: http or https, and not obviously on this machine or in a private network."""

    targets: Targets = field(default_factory=Targets)

    def parse(self, value: Any) -> str:
        if is_blank(value):
            raise BrokenRule("required")
        url = trimmed(Text(max=MAX_URL).parse(value))
        try:
            check_url(url)
        except Rejected as rejected:
            raise BrokenRule(rejected.problems[0].rule, rejected.problems[0].params) from None
        if not self.targets.may_name(urlsplit(url).hostname or ""):
            raise BrokenRule("private_url")
        return url

    def schema(self) -> Schema:
        return {"type": "string"}

    def input_schema(self) -> Schema:
        # A public IP address is accepted too, but a pattern cannot say which addresses are public.
        where = rf"[hH][tT][tT][pP][sS]?://({_LABEL}\.){{1,4}}{_TOP}(:[1-9][0-9]{{0,3}})?"
        pattern = rf"^{SPACES}{where}([/?][!$-;=?-\[\]_a-z~]*)?{SPACES}$"
        return {"type": "string", "maxLength": MAX_URL, "pattern": pattern}


@dataclass(frozen=True)
class Word(Choice):
    """One of a few words in any case; an empty one counts as not sent."""

    optional: bool = True

    def parse(self, value: Any) -> Any:
        return super().parse(next((word for word in self.words if word.lower() == str(value).lower()), value))


@dataclass(frozen=True)
class Headers(JsonObject):
    """Headers of a request: an object, JSON as text, or a list of objects `{"name", "value"}`."""

    def parse(self, value: Any) -> dict[str, str]:
        is_empty_or_text = isinstance(value, str) or value in (None, [])
        pairs = list(_pairs(super().parse(value) if is_empty_or_text else value))
        if len(pairs) > MAX_HEADERS:
            raise BrokenRule("max_items", {"max": MAX_HEADERS})
        headers = {_name(name): _content(name, content) for name, content in pairs}
        if len({name.lower() for name in headers}) < len(pairs):
            raise BrokenRule("distinct")
        return headers

    def schema(self) -> Schema:
        return {"type": "object", "additionalProperties": {"type": "string"}}

    def input_schema(self) -> Schema:
        reserved = [f"{''.join(map(_any_case, each))}$" for each in _RESERVED]
        reserved += ["".join(map(_any_case, each)) for each in _RESERVED_BEGINNINGS]
        name = {"pattern": f"^(?!{'|'.join(reserved)}){_TOKEN}$"}
        content = {"type": ["string", "number", "null"], "pattern": f"^{_VALUE}$"}
        by_name = {"propertyNames": name, "additionalProperties": content, "maxProperties": MAX_HEADERS}
        item = _item_schema(name, content, by_name)
        listed = {"type": "array", "items": item, "maxItems": MAX_HEADERS}
        numbered = {"propertyNames": {"pattern": POSITION_PATTERN}, "additionalProperties": item}
        return {
            "anyOf": [
                {"type": ["object", "null"]} | by_name,
                listed,
                {"type": "object", "maxProperties": MAX_HEADERS} | numbered,
                NOTHING,
            ]
        }


def _item_schema(name: Schema, content: Schema, by_name: Schema) -> Schema:
    """Return the schema of an item in a list of headers: `name` (or `key`) and `value`, else headers by their names."""
    pair, keyed = ({key: name, "value": content} for key in ("name", "key"))
    texts = {"type": "string"}
    other = {
        "if": {"required": ["key", "value"], "properties": {"name": False, "key": texts}},
        "then": {"properties": keyed},
        "else": by_name,
    }
    is_pair = {"required": ["name", "value"], "properties": {"name": texts}}
    return {"type": "object", "if": is_pair, "then": {"properties": pair}, "else": other}


def _pairs(sent: Any) -> Iterable[tuple[str, Any]]:
    items = as_list(sent) if isinstance(sent, dict) and all(isinstance(each, dict) for each in sent.values()) else sent
    for each in items if isinstance(items, list) else [items]:
        if not isinstance(each, dict):
            raise BrokenRule("array")
        name = each.get("name", each.get("key"))
        is_pair = isinstance(items, list) and isinstance(name, str) and "value" in each
        yield from [(str(name), each["value"])] if is_pair else each.items()


def _name(name: str) -> str:
    lower = name.lower()
    if not re.fullmatch(_TOKEN, name) or lower in _RESERVED or lower.startswith(_RESERVED_BEGINNINGS):
        raise BrokenRule("header_name", {"header": cut(name)})
    return name


def _content(name: str, content: Any) -> str:
    text = "" if content is None else str(content).strip()
    if isinstance(content, bool | list | dict) or not re.fullmatch(_VALUE, text):
        raise BrokenRule("header_value", {"header": cut(name)})
    return text


def _any_case(letter: str) -> str:
    return f"[{letter}{letter.upper()}]" if letter.isalpha() else letter
