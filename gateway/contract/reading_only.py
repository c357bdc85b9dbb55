"""Lets a process send only requests that cannot change the deployment."""

from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from typing import Any

# The safe methods of RFC 9110, section 9.2.1, without TRACE: its answer has the key in it.
READING = frozenset({"GET", "HEAD", "OPTIONS"})


class WriteRefused(Exception):
    """A request that could write was not sent."""


@contextmanager
def reading_only() -> Iterator[list[str]]:
    """Until the block ends, no request leaves this process whose method is not one of `READING`.

    requests, urllib3 and urllib all send by `http.client`, so this holds below every session, adapter, check, probe and
    phase of Schemathesis. Other requests raise `WriteRefused`; the yielded list has each of them as `DELETE
    /api/clients/1`, even if the sender ignores the exception.
    """
    refused: list[str] = []
    put_request = HTTPConnection.putrequest

    def checked(connection: HTTPConnection, method: str, url: str, *arguments: Any, **options: Any) -> None:
        if method not in READING:
            refused.append(f"{method} {url}")
            raise WriteRefused(f"{method} {url} was not sent: only --write allows to change the deployment.")
        put_request(connection, method, url, *arguments, **options)

    HTTPConnection.putrequest = checked  # type: ignore[method-assign, assignment]
    try:
        yield refused
    finally:
        HTTPConnection.putrequest = put_request  # type: ignore[method-assign]
