"""HTTP Archives (HAR 1.2): requests and responses as browsers and proxies record them."""

import base64
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from gateway.consumers.files import Content

# Headers of the recorded connection; the new one has its own.
_OF_CONNECTION = ("host", "content-length", "connection", "accept-encoding", "transfer-encoding", "cookie")


@dataclass(frozen=True)
class Exchange:
    """A request and its response. `target` is the path with its query; `response` is None if it was not recorded."""

    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes
    status: int
    media_type: str
    response: bytes | None

    @property
    def path(self) -> str:
        """The path without the query."""
        return self.target.partition("?")[0]

    @property
    def content_type(self) -> str:
        """The media type of the request's body."""
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()


def exchanges(content: Content) -> Iterator[Exchange]:
    """Return the exchanges of an archive in the order in which they began; entries that are not HTTP are ignored."""
    entries = [entry for entry in content["log"]["entries"] if isinstance(entry, dict)]
    for entry in sorted(entries, key=lambda each: str(each.get("startedDateTime", ""))):
        request, response = entry.get("request"), entry.get("response")
        if isinstance(request, dict) and isinstance(response, dict) and str(request.get("url", "")).startswith("http"):
            yield _exchange(request, response)


def _exchange(request: Content, response: Content) -> Exchange:
    url, shown = urlsplit(str(request["url"])), response.get("content") or {}
    headers = {str(each["name"]).lower(): str(each["value"]) for each in request.get("headers", []) if "name" in each}
    return Exchange(
        str(request.get("method", "GET")).upper(),
        url.path + (f"?{url.query}" if url.query else ""),
        {name: value for name, value in headers.items() if name not in _OF_CONNECTION and not name.startswith(":")},
        _body_of(request.get("postData") or {}),
        int(response.get("status") or 0),
        str(shown.get("mimeType", "")).partition(";")[0].strip().lower(),
        _bytes(shown),
    )


def _body_of(post_data: Content) -> bytes:
    if "text" in post_data:
        return _bytes(post_data) or b""
    from urllib.parse import urlencode

    params = post_data.get("params") or []
    return urlencode([(str(each.get("name", "")), str(each.get("value", ""))) for each in params]).encode()


def _bytes(content: Content) -> bytes | None:
    text = content.get("text")
    if text is None:
        return None
    if content.get("encoding") == "base64":
        return base64.b64decode(str(text))
    return str(text).encode()


def as_json(content: bytes | None) -> Any:
    """Return the JSON value; None if it is invalid."""
    try:
        return json.loads(content) if content else None
    except ValueError:
        return None
