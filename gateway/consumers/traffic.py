"""Recorded traffic: HARs, this gateway's JSON log, and common or combined logs."""

import hashlib
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from gateway.consumers.archives import Exchange, as_json, exchanges
from gateway.consumers.caller import KEY_HEADERS
from gateway.consumers.files import Content, is_har

NO_KEY = "without a key"
_NOT_RECORDED = "key not recorded"
# Apache's and nginx's format: address, identity, user, [time], "request line", status.
_LINE = re.compile(
    r'^\S+ \S+ (?P<user>\S+) \[[^]]*\] "(?P<method>[A-Z]+) (?P<target>\S+) HTTP/[0-9.]+" (?P<status>\d{3})\b'
)


@dataclass(frozen=True)
class Request:
    """A request as far as it was recorded.

    `caller` identifies its key without showing it; `status` is 0 if it is not known. `body` is the JSON value, or the
    names in a form; `with_body` says that it was recorded, if there was any.
    """

    caller: str
    method: str
    target: str
    status: int = 0
    with_body: bool = False
    media_type: str = ""
    body: Any = None
    answered_type: str = ""
    answer: Any = None


def name_of(key: str) -> str:
    """Return the name of a key in a report: the beginning of its digest."""
    return f"key {digest_of(key)[:8]}" if key else NO_KEY


def digest_of(key: str) -> str:
    """Return the stored digest of a key."""
    return hashlib.sha256(key.encode()).hexdigest()


def key_in(headers: Any) -> str:
    """Return the key of a request, in either dialect's header; names are in lower case."""
    for name in KEY_HEADERS:
        if value := headers.get(name):
            return str(value).removeprefix("Bearer ").strip()
    return ""


def of_archive(content: Content) -> Iterator[tuple[Request, str]]:
    """Yield the requests of a HAR, each with its key."""
    for exchange in exchanges(content):
        key = key_in(exchange.headers)
        yield (
            Request(
                name_of(key),
                exchange.method,
                exchange.target,
                exchange.status,
                True,
                exchange.content_type,
                sent(exchange),
                exchange.media_type,
                as_json(exchange.response),
            ),
            key,
        )


def sent(exchange: Exchange) -> Any:
    """Return the body's JSON value, or the names in a form; None for no body or another kind."""
    if exchange.content_type == "application/x-www-form-urlencoded":
        return [name for name, _ in parse_qsl(exchange.body.decode("latin-1"), keep_blank_values=True)]
    if exchange.content_type == "multipart/form-data":
        return [found.decode("latin-1") for found in re.findall(rb'form-data; name="([^"\r\n]*)"', exchange.body)]
    return as_json(exchange.body)


def of_line(line: str) -> Request | None:
    """Return the request of a line of a log; None if it records none."""
    if (match := _LINE.match(line)) is not None:
        user = _NOT_RECORDED if match["user"] == "-" else f"user {match['user']}"
        return Request(user, match["method"], _target(match["target"]), int(match["status"]))
    logged = as_json(line.encode())
    if not isinstance(logged, dict) or not all(isinstance(logged.get(each), str) for each in ("method", "path")):
        return None
    key = f"{logged['key']} (company {logged.get('company')})" if logged.get("key") else NO_KEY
    status = logged.get("status")
    return Request(key, logged["method"], logged["path"], status if isinstance(status, int) else 0)


def is_archive(text: str) -> Content | None:
    """Return the HAR in a text; None if it is not one."""
    if not text.lstrip().startswith("{"):
        return None
    try:
        content = json.loads(text)
    except ValueError:
        return None
    return content if isinstance(content, dict) and is_har(content) else None


def _target(target: str) -> str:
    parts = urlsplit(target)
    return parts.path + (f"?{parts.query}" if parts.query else "")
