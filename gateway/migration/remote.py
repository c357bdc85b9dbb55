"""GET requests to another system: limited in rate, retried after failures, and without trust in the answers."""

import asyncio
import random
import re
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Container, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import IO, Any, TypeVar

import httpx
import orjson

T = TypeVar("T")

SILENCE = 30.0
"""Seconds without a byte after which a request is repeated; a whole answer may take longer."""
_CONNECT_SECONDS = 10.0
_MAX_SECONDS = 3600  # for a whole answer, even if it trickles steadily
_MAX_ANSWER = 64 * 1024 * 1024  # bytes of a page
_TEMPORARY = frozenset({408, 425, 429, 500, 502, 503, 504})
_TRUNCATED_JSON = (b"", b"{", b"[")  # the beginnings of JSON that may be incomplete
_FIRST_PAUSE, _MAX_PAUSE = 0.2, 30.0  # seconds between two tries, doubled each time
_MAX_WAIT = 3600.0  # seconds: the longest wait that a source may demand


class SourceFailed(Exception):
    """The source cannot be read; the text is for the user."""


class TooLarge(SourceFailed):
    """An answer is larger than allowed."""


class _TemporaryFailure(Exception):
    """A failure that may be temporary: the request is retried, perhaps after `wait` seconds."""

    def __init__(self, message: str, wait: float | None = None) -> None:
        super().__init__(message)
        self.wait = wait


class _Truncated(_TemporaryFailure):
    """JSON that ends too early: the connection was closed, and no length was given."""


# Users often copy the address of the API itself, or of its clients.
_PATH_OF_API = re.compile(r"(?:/+api(?:/+v1)?(?:/+clients)?)?/*$", re.IGNORECASE)


class Remote:
    """A base URL, with or without the path of the API, and the headers for access; an async context manager.

    At most `rate` requests begin in a second, 0 for no limit; a request with a temporary failure is retried `retries`
    times. A `Retry-After`, and an `X-RateLimit-Remaining` of 0 with its reset, are respected. Redirects are not
    followed, because they would receive the key. A request is repeated if its answer breaks off or is silent for
    `silence` seconds.
    """

    def __init__(
        self, url: str, headers: Mapping[str, str], rate: float = 0, retries: int = 6, silence: float = SILENCE
    ) -> None:
        self.url = _PATH_OF_API.sub("", url)
        self._silence = silence
        timeout = httpx.Timeout(silence, connect=min(silence, _CONNECT_SECONDS))
        try:
            self._client = httpx.AsyncClient(headers=dict(headers), timeout=timeout, follow_redirects=False)
        except (ValueError, UnicodeError) as error:
            raise SourceFailed("The key cannot be sent in a header.") from error
        self._pause = 1 / rate if rate else 0.0
        self._retries = retries
        self._next_at = 0.0

    async def __aenter__(self) -> "Remote":
        return self

    async def __aexit__(self, *_exception: object) -> None:
        await self._client.aclose()

    async def json(self, path: str, query: Mapping[str, Any], absent: Container[int] = ()) -> Any:
        """Return the JSON at a path; None if the status is one of `absent`. Raises `SourceFailed`."""

        async def read(answer: httpx.Response) -> Any:
            if answer.status_code in absent:
                return None
            self._check(answer, path)
            body = b"".join([chunk async for chunk in _bounded(answer, _MAX_ANSWER)])
            try:
                return orjson.loads(body)
            except orjson.JSONDecodeError as error:
                kind = _Truncated if body[:1] in _TRUNCATED_JSON else SourceFailed
                raise kind(f"The system at {self.url}{path} does not answer with JSON.") from error

        return await self._request(path, query, read)

    async def raw_answer(self, target: str, limit: int) -> tuple[int, str, bytes]:
        """Return status, media type and bytes of any answer at a path with its query. Raises `SourceFailed`."""

        async def read(answer: httpx.Response) -> tuple[int, str, bytes]:
            body = b"".join([chunk async for chunk in _bounded(answer, limit)])
            media_type = answer.headers.get("content-type", "").partition(";")[0].strip().lower()
            return answer.status_code, media_type, body

        return await self._request(target, {}, read)

    async def download(self, path: str, file: IO[bytes], limit: int) -> bool:
        """Write the bytes at a path into a file. Return whether there are any. Raises `SourceFailed`, `TooLarge`."""

        async def read(answer: httpx.Response) -> bool:
            if answer.status_code in (404, 410):
                return False
            self._check(answer, path)
            file.seek(0)
            file.truncate()  # remove what an interrupted attempt has written
            async for chunk in _bounded(answer, limit):
                file.write(chunk)
            return True

        return await self._request(path, {}, read)

    def _check(self, answer: httpx.Response, path: str) -> None:
        if answer.status_code != 200:
            raise SourceFailed(_complaint(self.url + path, answer))

    async def _request(self, path: str, query: Mapping[str, Any], read: Callable[[httpx.Response], Awaitable[T]]) -> T:
        """Send a request and read its answer; retry both after a temporary failure."""
        for attempt in range(self._retries + 1):
            await self._wait_for_turn()
            try:
                return await self._request_once(path, query, read, is_last=attempt == self._retries)
            except _TemporaryFailure as passing:
                if attempt == self._retries:
                    raise SourceFailed(str(passing)) from passing.__cause__
                wait = passing.wait
            await asyncio.sleep(_backoff(attempt) if wait is None else wait)
        raise AssertionError("unreachable")

    async def _request_once(
        self, path: str, query: Mapping[str, Any], read: Callable[[httpx.Response], Awaitable[T]], is_last: bool
    ) -> T:
        phase = "does not answer"
        try:
            request = self._client.build_request("GET", self.url + path, params=query or None)
            async with asyncio.timeout(_MAX_SECONDS):
                answer = await self._client.send(request, stream=True)
                phase = "breaks off"
                try:
                    if answer.status_code in _TEMPORARY and not is_last:
                        raise _TemporaryFailure(_complaint(self.url + path, answer), _retry_after(answer.headers))
                    self._respect_rate_limit(answer.headers)
                    return await read(answer)
                finally:
                    await answer.aclose()
        except (httpx.InvalidURL, httpx.UnsupportedProtocol) as error:
            raise SourceFailed(f"{self.url} is not the URL of a system to import from.") from error
        except (httpx.RequestError, TimeoutError) as error:
            raise _TemporaryFailure(f"The system at {self.url}{path} {phase}: {self._in_words(error)}.") from error

    def _in_words(self, error: Exception) -> str:
        if isinstance(error, httpx.ReadTimeout):
            return f"it sent nothing for {self._silence:g} seconds"
        if isinstance(error, TimeoutError):
            return f"the answer took longer than {_MAX_SECONDS} seconds"
        return str(error) or type(error).__name__

    async def _wait_for_turn(self) -> None:
        now = time.monotonic()
        wait = self._next_at - now
        self._next_at = max(now, self._next_at) + self._pause
        if wait > 0:
            await asyncio.sleep(wait)

    def _respect_rate_limit(self, headers: httpx.Headers) -> None:
        if headers.get("x-ratelimit-remaining", "").strip() == "0" and "x-ratelimit-reset" in headers:
            wait = _seconds_until(headers["x-ratelimit-reset"])
            if wait is not None:
                self._next_at = max(self._next_at, time.monotonic() + wait)


async def _bounded(answer: httpx.Response, limit: int) -> AsyncIterator[bytes]:
    size = 0
    async for chunk in answer.aiter_bytes():
        size += len(chunk)
        if size > limit:
            raise TooLarge(f"The system at {answer.url.copy_with(query=None)} answers with more than {limit} bytes.")
        yield chunk


def _backoff(attempt: int) -> float:
    return min(_MAX_PAUSE, _FIRST_PAUSE * float(2**attempt)) * random.uniform(0.5, 1)  # noqa: S311 (jitter, no secret)


def _retry_after(headers: httpx.Headers) -> float | None:
    """Return the seconds of a `Retry-After`, a number or a date (RFC 9110, section 10.2.3)."""
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
    """Return the seconds of an `X-RateLimit-Reset`: Unix time, or a number of seconds where it is small."""
    if not reset.strip().isdecimal():
        return None
    given = float(reset)
    return min(_MAX_WAIT, max(0.0, given - time.time() if given > _MAX_WAIT else given))


def _complaint(url: str, answer: httpx.Response) -> str:
    if answer.status_code in (401, 403):
        return f"The system at {url} refuses the key ({answer.status_code})."
    if answer.is_redirect:
        where = answer.headers.get("location", "nowhere")
        return f"The system at {url} redirects to {where}; use that URL."
    return f"The system at {url} answers {answer.status_code}."
