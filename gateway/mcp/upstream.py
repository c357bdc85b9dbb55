"""The gateway whose operations are offered: its documents, the keys it accepts, and calls of its operations."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import httpx

from core.text.secrets import digest
from gateway.mcp.tools import BODY, Tool, tools_of

PREFIXES = {"api": "/api", "v1": "/api/v1"}
_TIMEOUT = httpx.Timeout(60.0, connect=5.0)  # a call may wait half a minute for changes
_VALID_SECONDS = 30.0  # how long a valid key is not checked again
_MAX_VALID = 1000


class Unreachable(Exception):
    """No gateway answers at the URL; the text is for the user."""


@dataclass(frozen=True)
class Refusal:
    """Why a key is valid for no dialect."""

    reason: str


class Upstream:
    """A running gateway, reached over HTTP, so that its keys, scopes, limits and logs apply as usual."""

    def __init__(self, url: str, dialects: Sequence[str], write: bool, password: str | None = None) -> None:
        self.url = url.rstrip("/")
        self._dialects = dialects
        self._write = write
        self._password = password
        self._client = httpx.AsyncClient(base_url=self.url, timeout=_TIMEOUT)
        self._tools: dict[str, Tool] = {}
        self._valid_keys: dict[str, tuple[float, frozenset[str]]] = {}

    async def load(self) -> None:
        """Load the OpenAPI documents. Raises `Unreachable`."""
        for dialect in self._dialects:
            document = await self._document(PREFIXES[dialect] + "/openapi.json")
            offered = [each for each in tools_of(document, dialect) if self._write or each.is_reading]
            self._tools |= {each.name: each for each in offered}

    async def dialects_of(self, key: str) -> frozenset[str] | Refusal:
        """Return the dialects for which a key is valid, or why there are none. Raises `Unreachable`."""
        if (known := self._valid_keys.get(digest(key))) and known[0] > time.monotonic():
            return known[1]
        answers = {dialect: await self._probe(dialect, key) for dialect in self._dialects}
        found = frozenset(dialect for dialect, answer in answers.items() if answer.status_code not in (401, 403))
        if not found:
            return Refusal(str(_json(next(iter(answers.values()))).get("message", "The key is refused.")))
        if len(self._valid_keys) >= _MAX_VALID:
            self._valid_keys.clear()
        self._valid_keys[digest(key)] = (time.monotonic() + _VALID_SECONDS, found)
        return found

    def tools(self, dialects: frozenset[str]) -> list[Tool]:
        """Return the offered tools of these dialects."""
        return [each for each in self._tools.values() if each.dialect in dialects]

    def tool(self, name: str) -> Tool | None:
        """Return the tool of that name; None if it is not offered."""
        return self._tools.get(name)

    async def call(self, tool: Tool, arguments: Mapping[str, Any], key: str) -> httpx.Response:
        """Return the gateway's answer. Raises `InvalidArguments`, `Unreachable`."""
        path, query = tool.target(arguments)
        headers = _key_headers(tool.dialect, key)
        if self._password and tool.dialect == "v1" and not tool.is_reading:
            headers["X-API-PASSWORD"] = self._password
        body = {"json": arguments[BODY]} if BODY in arguments else {}
        return await self._send(tool.method, path, params=query, headers=headers, **body)

    async def _document(self, path: str) -> dict[str, Any]:
        answer = await self._send("GET", path)
        document = _json(answer)
        if answer.status_code != 200 or "paths" not in document:
            raise Unreachable(f"{self.url}{path} answers {answer.status_code}; this is not a gateway")
        return document

    async def _probe(self, dialect: str, key: str) -> httpx.Response:
        path = f"{PREFIXES[dialect]}/clients?limit=1&per_page=1"
        return await self._send("GET", path, headers=_key_headers(dialect, key))

    async def _send(self, method: str, path: str, **request: Any) -> httpx.Response:
        try:
            return await self._client.request(method, path, **request)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            reason = str(error) or type(error).__name__
            raise Unreachable(f"No gateway answers at {self.url} ({reason}); `gateway serve` starts one") from error
        except UnicodeEncodeError as error:  # a key that no header can carry
            raise Unreachable("The key is invalid: it contains characters that a header cannot contain") from error


def _key_headers(dialect: str, key: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {key}"} if dialect == "api" else {"X-API-TOKEN": key}


def _json(answer: httpx.Response) -> dict[str, Any]:
    try:
        found = answer.json()
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
