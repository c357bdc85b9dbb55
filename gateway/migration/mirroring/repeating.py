"""Repeats an exchange on a gateway, and compares both answers."""

import asyncio
import socket
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import httpx

from gateway.migration.mirroring.exchanges import Exchange
from gateway.migration.shadowing.differences import SideAnswer

_SECONDS = 10.0  # of a silent gateway
_MAX_SECONDS = 30.0  # for a whole answer, even if it trickles steadily
_MAX_ANSWER = 16 * 1024 * 1024
# The caller's headers that a repeated request has. Keys are mapped, conditions are left out, and a header that changes
# the method must never turn a read into a write.
_READ_HEADERS = frozenset({"accept", "accept-language", "x-requested-with"})
_WRITE_HEADERS = _READ_HEADERS | {"content-type", "content-encoding", "x-api-password", "x-api-password-base64"}
_CONDITIONAL = frozenset({206, 304, 412, 416})  # answers to a condition on the old system's versions


class Unanswered(Exception):
    """The gateway gives no answer that can be compared."""


class NotComparable(Exception):
    """The old system's answer cannot be compared; the text is the name of the count."""


@dataclass
class Gateway:
    """A gateway on which requests are repeated. Redirects are not followed, because they would receive the key."""

    url: str
    _http: httpx.AsyncClient = field(
        default_factory=lambda: httpx.AsyncClient(
            timeout=_SECONDS, follow_redirects=False, trust_env=False, headers={"User-Agent": "gateway-mirror"}
        )
    )

    async def repeat(self, exchange: Exchange, key_headers: Mapping[str, str]) -> SideAnswer:
        """Return its answer to this request. Raises `Unanswered`."""
        try:
            async with asyncio.timeout(_MAX_SECONDS):
                answer = await self._http.send(self._request(exchange, key_headers), stream=True)
                try:
                    return SideAnswer(self.url, answer.status_code, _media_type(answer.headers), await _bounded(answer))
                finally:
                    await answer.aclose()
        except (httpx.HTTPError, httpx.InvalidURL, ValueError, TimeoutError) as error:
            raise Unanswered(str(error)) from error

    def _request(self, exchange: Exchange, key_headers: Mapping[str, str]) -> httpx.Request:
        wanted = _READ_HEADERS if exchange.is_read else _WRITE_HEADERS
        given = [*((name, value) for name, value in exchange.headers if name in wanted), *key_headers.items()]
        headers = [(name.encode(), value.encode("latin-1")) for name, value in given]
        body = exchange.sent or (None if exchange.is_read else b"")
        return self._http.build_request(exchange.method, self.url + exchange.target, headers=headers, content=body)

    async def close(self) -> None:
        """Close its connections."""
        await self._http.aclose()


def answer_of(exchange: Exchange, old_url: str) -> SideAnswer:
    """Return the old system's answer. Raises `NotComparable`."""
    if not exchange.is_whole:
        raise NotComparable("too_large")
    if exchange.status >= 500 or exchange.status == 429:
        raise NotComparable("old_system_failed")
    if exchange.status in _CONDITIONAL:
        raise NotComparable("conditional")
    headers = httpx.Headers(exchange.answer_headers)
    host = next((value for name, value in exchange.headers if name == "host"), "")
    origins = tuple(f"{scheme}://{host}" for scheme in ("http", "https") if host)
    body = _decoded(exchange.received, headers.get("content-encoding", ""))
    return SideAnswer(old_url, exchange.status, _media_type(headers), body, origins)


def _media_type(headers: httpx.Headers) -> str:
    return str(headers.get("content-type", "")).partition(";")[0].strip().lower()


async def _bounded(answer: httpx.Response) -> bytes:
    found = bytearray()
    async for chunk in answer.aiter_bytes():
        found += chunk
        if len(found) > _MAX_ANSWER:
            raise Unanswered("the answer is too large")
    return bytes(found)


def _decoded(body: bytes, coding: str) -> bytes:
    """Return a body without its coding (RFC 9110, section 8.4.1). Raises `NotComparable`."""
    coding = coding.strip().lower()
    if coding in ("", "identity") or not body:
        return body
    if coding not in ("gzip", "x-gzip", "deflate"):
        raise NotComparable("coding_unknown")
    # Deflate has a header, but some servers omit it.
    for window in (zlib.MAX_WBITS | 32, *([-zlib.MAX_WBITS] if coding == "deflate" else ())):
        reader = zlib.decompressobj(window)
        try:
            found = reader.decompress(body, _MAX_ANSWER)
        except zlib.error:
            continue
        if reader.unconsumed_tail:
            raise NotComparable("too_large")
        if reader.eof:
            return found
    raise NotComparable("coding_unknown")


def same_place(url: str, other: str) -> bool:
    """Return whether two URLs lead to the same address and port, as far as their names can be resolved."""
    return bool(_addresses(url) & _addresses(other))


def _addresses(url: str) -> set[tuple[str, int]]:
    parts = urlsplit(url)
    host, port = parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80)
    try:
        return {(str(each[4][0]), port) for each in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)}
    except OSError:
        return {(host.lower(), port)}
