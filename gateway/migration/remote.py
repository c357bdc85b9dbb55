"""GET requests to a system that is not ours: politely, patiently, and trusting nothing that comes back."""

import asyncio
import random
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import IO, Any

import httpx
import orjson

_TIMEOUT = httpx.Timeout(60, connect=10)
_MAX_ANSWER = 64 * 1024 * 1024  # bytes of a page
_AGAIN = frozenset({408, 425, 429, 500, 502, 503, 504})
_FIRST_PAUSE, _MAX_PAUSE = 0.2, 30.0  # seconds between two tries, doubled each time
_MAX_WAIT = 3600.0  # seconds for which a source may ask


class SourceFailed(Exception):
    """The source cannot be read, in words for the user."""


class TooLarge(SourceFailed):
    """An answer is larger than it may be."""


class Remote:
    """A base URL and the headers that open it. Use it as an async context manager.

    At most `rate` requests begin in a second, 0 for any number; what fails in passing is tried `retries` times more.
    A `Retry-After` and an `X-RateLimit-Remaining` of 0 with its reset are waited for. Redirects are not followed,
    because the key would go along. `waited` hears of every pause that the source asks for, in seconds.
    """

    def __init__(self, url: str, headers: Mapping[str, str], rate: float = 0, retries: int = 6) -> None:
        self.url = url.rstrip("/")
        try:
            self._client = httpx.AsyncClient(headers=dict(headers), timeout=_TIMEOUT, follow_redirects=False)
        except (ValueError, UnicodeError) as error:
            raise SourceFailed("The key cannot be sent in a header.") from error
        self._pause = 1 / rate if rate else 0.0
        self._retries = retries
        self._next_at = 0.0

    async def __aenter__(self) -> "Remote":
        return self

    async def __aexit__(self, *_exception: object) -> None:
        await self._client.aclose()

    async def json(self, path: str, query: Mapping[str, Any], optional: bool = False) -> Any:
        """The JSON at a path; None if there is nothing and that is `optional`. Raises `SourceFailed`."""
        async with self._answer(path, query, (404,) if optional else ()) as answer:
            if answer.status_code == 404:
                return None
            body = bytearray()
            async for chunk in _bounded(answer, _MAX_ANSWER):
                body += chunk
        try:
            return orjson.loads(body)
        except orjson.JSONDecodeError as error:
            raise SourceFailed(f"The system at {self.url}{path} does not answer JSON.") from error

    async def look(self, target: str, limit: int) -> tuple[int, str, bytes]:
        """Status, media type and bytes of whatever answers at a path with its query. Raises `SourceFailed`."""
        answer = await self._patient(target, {})
        try:
            body = b"".join([chunk async for chunk in _bounded(answer, limit)])
        except httpx.HTTPError as error:
            raise SourceFailed(
                f"The system at {self.url}{target} breaks off: {error or type(error).__name__}."
            ) from error
        finally:
            await answer.aclose()
        return answer.status_code, answer.headers.get("content-type", "").partition(";")[0].strip().lower(), body

    async def download(self, path: str, file: IO[bytes], limit: int) -> bool:
        """Write the bytes at a path into a file; whether there are any. Raises `SourceFailed`, `TooLarge`."""
        async with self._answer(path, {}, (404, 410)) as answer:
            if answer.status_code != 200:
                return False
            async for chunk in _bounded(answer, limit):
                file.write(chunk)
        return True

    @asynccontextmanager
    async def _answer(
        self, path: str, query: Mapping[str, Any], expected: tuple[int, ...]
    ) -> AsyncIterator[httpx.Response]:
        answer = await self._patient(path, query)
        try:
            if answer.status_code != 200 and answer.status_code not in expected:
                raise SourceFailed(_complaint(self.url + path, answer))
            yield answer
        except httpx.HTTPError as error:
            raise SourceFailed(
                f"The system at {self.url}{path} breaks off: {error or type(error).__name__}."
            ) from error
        finally:
            await answer.aclose()

    async def _patient(self, path: str, query: Mapping[str, Any]) -> httpx.Response:
        for attempt in range(self._retries + 1):
            await self._turn()
            asked = None
            try:
                answer = await self._client.send(
                    self._client.build_request("GET", self.url + path, params=query or None), stream=True
                )
            except (httpx.InvalidURL, httpx.UnsupportedProtocol) as error:
                raise SourceFailed(f"The system at {self.url} is no URL of a system to read from.") from error
            except httpx.TransportError as error:
                if attempt == self._retries:
                    raise SourceFailed(
                        f"The system at {self.url} does not answer: {error or type(error).__name__}."
                    ) from error
            else:
                if answer.status_code not in _AGAIN or attempt == self._retries:
                    self._heed(answer.headers)
                    return answer
                await answer.aclose()
                asked = _asked_to_wait(answer.headers)
            await asyncio.sleep(_backoff(attempt) if asked is None else asked)
        raise AssertionError("unreachable")

    async def _turn(self) -> None:
        now = time.monotonic()
        wait = self._next_at - now
        self._next_at = max(now, self._next_at) + self._pause
        if wait > 0:
            await asyncio.sleep(wait)

    def _heed(self, headers: httpx.Headers) -> None:
        if headers.get("x-ratelimit-remaining", "").strip() == "0" and "x-ratelimit-reset" in headers:
            wait = _seconds_until(headers["x-ratelimit-reset"])
            if wait is not None:
                self._next_at = max(self._next_at, time.monotonic() + wait)


async def _bounded(answer: httpx.Response, limit: int) -> AsyncIterator[bytes]:
    size = 0
    async for chunk in answer.aiter_bytes():
        size += len(chunk)
        if size > limit:
            raise TooLarge(f"The system at {answer.url.copy_with(query=None)} answers more than {limit} bytes.")
        yield chunk


def _backoff(attempt: int) -> float:
    return min(_MAX_PAUSE, _FIRST_PAUSE * float(2**attempt)) * random.uniform(0.5, 1)  # noqa: S311 (jitter, no secret)


def _asked_to_wait(headers: httpx.Headers) -> float | None:
    """The seconds of a `Retry-After`, a number or a date (RFC 9110, section 10.2.3)."""
    given = headers.get("retry-after", "").strip()
    if given.isdecimal():
        return min(_MAX_WAIT, float(given))
    try:
        timestamp = parsedate_to_datetime(given)
    except ValueError:
        return None
    left = (timestamp if timestamp.tzinfo else timestamp.replace(tzinfo=UTC)) - datetime.now(UTC)
    return min(_MAX_WAIT, max(0.0, left.total_seconds()))


def _seconds_until(reset: str) -> float | None:
    """The seconds of an `X-RateLimit-Reset`: Unix time, or a number of seconds where it is small."""
    if not reset.strip().isdecimal():
        return None
    given = float(reset)
    return min(_MAX_WAIT, max(0.0, given - time.time() if given > _MAX_WAIT else given))


def _complaint(url: str, answer: httpx.Response) -> str:
    if answer.status_code in (401, 403):
        return f"The system at {url} refuses the key ({answer.status_code})."
    if answer.is_redirect:
        where = answer.headers.get("location", "nowhere")
        return f"The system at {url} redirects to {where}; name the URL where it really is."
    return f"The system at {url} answers {answer.status_code}."
