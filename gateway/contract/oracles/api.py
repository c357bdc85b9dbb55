"""Requests of one caller to one dialect of a deployment."""

import json
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from types import MappingProxyType
from typing import Any
from urllib.parse import urlencode, urlsplit

import requests
from urllib3 import HTTPHeaderDict

from gateway.contract.operations import PREFIXES
from gateway.contract.pacing import Pace

TIMEOUT_SECONDS = 60
PAGE_SIZES = {"api": ("limit", 100), "v1": ("per_page", 5000)}
MAX_WALKED = 2000  # records of a deployment that are compared one by one

Query = Mapping[str, Any]
EVERYTHING: Query = MappingProxyType({})
Files = Sequence[tuple[str, tuple[str | None, bytes, str]]]  # key, name (None for a plain field), content, type
Observer = Callable[["Answer"], None]


class NotAnswered(Exception):
    """A request was not answered in a way that can be compared."""


@dataclass(frozen=True)
class Answer:
    """A request and its answer. `path` has no prefix, and names of headers are compared without case."""

    method: str
    path: str
    query: str
    sent: Any
    status: int
    headers: Mapping[str, str]
    content: bytes
    dialect: str
    sent_headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def ok(self) -> bool:
        """Whether it succeeded."""
        return 200 <= self.status < 300

    @cached_property
    def json(self) -> Any:
        """The JSON of the answer, which callers must not change. Raises `NotAnswered` if it is not JSON."""
        try:
            return json.loads(self.content)
        except ValueError:
            raise NotAnswered(f"{self} is no JSON") from None

    @property
    def data(self) -> Any:
        """The `data` of a successful answer. Raises `NotAnswered` for any other."""
        if not self.ok or not isinstance(self.json, dict) or "data" not in self.json:
            raise NotAnswered(f"{self}: {self.content[:300]!r}")
        return self.json["data"]

    @property
    def total(self) -> int:
        """The number of records in the list of which this is a page."""
        meta = self.json["meta"]
        return int(meta.get("pagination", meta)["total"])

    def __str__(self) -> str:
        query = f"?{self.query}" if self.query else ""
        return f"{self.method} {PREFIXES[self.dialect]}{self.path}{query} ({self.status})"


def session_of(url: str) -> requests.Session:
    """Return a session for requests to one host, which reads the environment (proxies, certificates) only once.

    It reads no .netrc, whose entry for the host would take the place of the key. It asks for uncompressed answers:
    proxies compress them, which makes an ETag a weak one and changes other headers (RFC 9110, section 8.8.1).
    """
    session = requests.Session()
    session.headers["Accept-Encoding"] = "identity"
    settings = session.merge_environment_settings(url, {}, None, None, None)
    session.proxies, session.verify, session.cert = settings["proxies"], settings["verify"], settings["cert"]
    session.trust_env = False
    return session


@dataclass(frozen=True)
class Api:
    """A dialect at a URL. `token` is the caller's key, None for a caller without one."""

    dialect: str
    url: str
    token: str | None
    password: str | None = None
    session: requests.Session = field(default_factory=requests.Session)
    pace: Pace = field(default_factory=Pace)
    observers: Sequence[Observer] = ()

    def with_key(self, token: str | None, password: str | None = None) -> "Api":
        """Return the same dialect with another key."""
        return replace(self, token=token, password=password)

    def send(
        self,
        method: str,
        path: str,
        query: Query | Sequence[tuple[str, Any]] = (),
        body: Any = None,
        headers: Mapping[str, str] | None = None,
        files: Files | None = None,
        content: bytes | Iterable[bytes] | None = None,
        paced: bool = True,
    ) -> Answer:
        """Send a `body` as JSON, `files` as a form, or raw `content`, if it is no bytes in chunks; obey rate limits."""
        query_string = urlencode(list(query.items()) if isinstance(query, Mapping) else list(query))
        url = f"{self.url}{PREFIXES[self.dialect]}{path}" + (f"?{query_string}" if query_string else "")
        data = content if content is not None else None if body is None else json.dumps(body).encode()
        all_headers = self._headers() | ({"Content-Type": "application/json"} if body is not None else {})
        all_headers |= dict(headers or {})
        while True:
            got = self.session.request(
                method,
                url,
                data=data,
                files=files,
                headers=all_headers,
                timeout=TIMEOUT_SECONDS,
                allow_redirects=False,
            )
            asked = (method, path, query_string, body)
            answer = Answer(*asked, got.status_code, got.headers, got.content, self.dialect, dict(headers or {}))
            for observe in self.observers:
                observe(answer)
            if not (paced and self.pace.waits(got.status_code, got.headers)):
                return answer

    def send_as_is(
        self, method: str, path: str, lines: Iterable[tuple[str, str]] = (), body: Mapping[str, Any] | None = None
    ) -> Answer:
        """Send the letters of a path and several lines of one header as they are, which `send` would change."""
        request = requests.Request(method, self.url, json=body, headers=self._headers())
        prepared = self.session.prepare_request(request)
        prepared.url = f"{self.url}{PREFIXES[self.dialect]}{path}"
        headers: Any = HTTPHeaderDict()
        for name, value in (*prepared.headers.items(), *lines):
            headers.add(name, str(value))
        prepared.headers = headers  # the library sends any mapping
        while True:
            got = self.session.send(prepared, timeout=TIMEOUT_SECONDS, allow_redirects=False)
            if not self.pace.waits(got.status_code, got.headers):
                return Answer(method, path, "", body, got.status_code, got.headers, got.content, self.dialect)

    def get(self, path: str, query: Query | Sequence[tuple[str, Any]] = (), **more: Any) -> Answer:
        """Return the answer to a GET."""
        return self.send("GET", path, query, **more)

    def one(self, path: str, query: Query = EVERYTHING) -> dict[str, Any]:
        """Return the record at a path. Raises `NotAnswered`."""
        return dict(self.get(path, query).data)

    def all(self, path: str, query: Query = EVERYTHING) -> list[dict[str, Any]]:
        """Return every record of a list, or the first ones of a long list. Raises `NotAnswered`."""
        return self.counted(path, query)[0]

    def counted(self, path: str, query: Query = EVERYTHING, most: int = MAX_WALKED) -> tuple[list[dict[str, Any]], int]:
        """Return the first `most` records of a list, and the total that it states. Raises `NotAnswered`."""
        name, largest = PAGE_SIZES[self.dialect]
        size = min(largest, most)
        listed: list[dict[str, Any]] = []
        page = 1
        while True:
            answer = self.get(path, {**query, name: size, "page": page})
            listed += answer.data
            if not answer.data or len(listed) >= min(answer.total, most):
                return listed, answer.total
            page += 1

    def _headers(self) -> dict[str, str]:
        if self.token is None:
            return {}
        if self.dialect == "api":
            return {"Authorization": f"Bearer {self.token}"}
        return {"X-API-TOKEN": self.token} | ({"X-API-PASSWORD": self.password} if self.password else {})


def path_of(url: str, dialect: str) -> tuple[str, str]:
    """Return the path without prefix and the query of an absolute URL in an answer of a dialect."""
    parts = urlsplit(url)
    return parts.path.partition(PREFIXES[dialect])[2], parts.query


def eventually(attempts: int, pause_seconds: float) -> Iterator[int]:
    """Yield the numbers of attempts, with pauses between them, because others may write to a deployment meanwhile."""
    for number in range(attempts):
        if number:
            time.sleep(pause_seconds)
        yield number
