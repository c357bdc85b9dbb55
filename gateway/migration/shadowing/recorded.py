"""Finds reads in logs: this gateway's JSON log, a common or combined log, or a HAR file."""

import re
from collections import Counter
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import orjson

# The request line of a common or combined log, as Apache and nginx write it.
_LINE = re.compile(r'"GET (?P<target>\S+) HTTP/[0-9.]+"')


class NothingRecorded(Exception):
    """No read is recorded in a file."""


def reads(content: bytes, prefixes: tuple[str, ...]) -> Counter[str]:
    """Return every path with its query that was read below one of these prefixes, in order, and how often.

    Other entries, above all writes, are ignored. Raises `NothingRecorded`.
    """
    found: Counter[str] = Counter()
    for url in _urls(content):
        parts = urlsplit(url)
        if any(parts.path == prefix or parts.path.startswith(f"{prefix}/") for prefix in prefixes):
            found[parts.path + (f"?{parts.query}" if parts.query else "")] += 1
    if not found:
        raise NothingRecorded(f"The file records no reads below {' or '.join(prefixes)}.")
    return found


def _urls(content: bytes) -> Iterator[str]:
    har = _har(content)
    if har is not None:
        yield from har
        return
    for line in content.decode(errors="replace").splitlines():
        logged = _json(line)
        if logged is not None:
            if logged.get("method") == "GET" and isinstance(logged.get("path"), str):
                yield logged["path"]
        elif (match := _LINE.search(line)) is not None:
            yield match["target"]


def _har(content: bytes) -> list[str] | None:
    """Return the URLs that a HAR file has read (HTTP Archive 1.2); None if it is not a HAR file."""
    archive = _json(content)
    log = archive.get("log") if archive is not None else None
    entries = log.get("entries") if isinstance(log, dict) else None
    if not isinstance(entries, list):
        return None
    requests = [entry.get("request") for entry in entries if isinstance(entry, dict)]
    return [
        each["url"]
        for each in requests
        if isinstance(each, dict) and each.get("method") == "GET" and isinstance(each.get("url"), str)
    ]


def _json(text: str | bytes) -> dict[str, Any] | None:
    try:
        found = orjson.loads(text)
    except orjson.JSONDecodeError:
        return None
    return found if isinstance(found, dict) else None
