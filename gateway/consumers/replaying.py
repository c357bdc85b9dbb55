"""Replays a recorded session and compares the answers with the recorded ones: status, media type, keys and kinds.

Records have other ids here than in the recording. So each recorded id is mapped to the record that the same request
created here or, on a temporary gateway, to one of its fixtures.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import httpx

from gateway.consumers.archives import Exchange, as_json, exchanges
from gateway.consumers.caller import DIALECTS, KEY_HEADERS, PASSWORD_HEADER, Caller, dialect_of, refusal_of_keys
from gateway.consumers.files import Content
from gateway.consumers.shapes import missing
from gateway.consumers.verdicts import Outcome, Verdict
from gateway.contract.reading_only import READING

_ACTIONS = frozenset({"create", "bulk", "current", "entity"})  # path segments that are not ids


@dataclass
class Session:
    """A session that is replayed. `ids` maps the recorded ids to those of this gateway."""

    caller: Caller
    ids: dict[str, str] = field(default_factory=dict)
    unused_fixtures: dict[str, list[str]] = field(default_factory=dict)

    def replay(self, exchange: Exchange) -> Iterator[str]:
        """Send a request again; yield what is wrong with its answer. Raises `httpx.HTTPError`."""
        if exchange.status < 400:
            self._map_to_fixture(exchange)
        answer = self.caller.send(
            exchange.method,
            self._translated(exchange.target),
            content=self._translated(exchange.body.decode("latin-1")).encode("latin-1"),
            headers=self._headers(exchange),
        )
        if answer.status_code != exchange.status:
            yield f"expected status {exchange.status}, got {answer.status_code}: {answer.text[:200]}"
            return
        media_type = answer.headers.get("content-type", "").partition(";")[0]
        if exchange.response and exchange.media_type and media_type != exchange.media_type:
            yield f"expected type {exchange.media_type}, got {media_type}"
        there, here = as_json(exchange.response), as_json(answer.content)
        if there is not None:
            yield from missing(there, here)
            self._map_ids(there, here)

    def _headers(self, exchange: Exchange) -> dict[str, str]:
        headers = dict(exchange.headers)
        if exchange.status == refusal_of_keys(dialect_of(exchange.path)):
            return headers  # it is about an invalid key
        for name in KEY_HEADERS:
            headers.pop(name, None)
        if PASSWORD_HEADER in headers and self.caller.password:
            headers[PASSWORD_HEADER] = self.caller.password
        return headers

    def _translated(self, text: str) -> str:
        if not self.ids:
            return text
        return re.sub(r"\w+", lambda found: self.ids.get(found[0], found[0]), text)

    def _map_ids(self, there: Any, here: Any) -> None:
        if isinstance(there, dict) and isinstance(here, dict):
            if "id" in there and "id" in here and str(there["id"]) != str(here["id"]):
                self.ids.setdefault(str(there["id"]), str(here["id"]))
            for key in there.keys() & here.keys():
                self._map_ids(there[key], here[key])

    def _map_to_fixture(self, exchange: Exchange) -> None:
        dialect = dialect_of(exchange.path)
        noun, *rest = exchange.path.removeprefix(DIALECTS[dialect]).strip("/").split("/")
        if not self.caller.resets or not rest or rest[0] in _ACTIONS or rest[0] in self.ids:
            return
        base = f"{DIALECTS[dialect]}/{noun}"
        if self.caller.send("GET", f"{base}/{rest[0]}").status_code == 404:
            there = self.unused_fixtures.setdefault(base, self._records(base))
            if there:
                self.ids[rest[0]] = there.pop(0)

    def _records(self, base: str) -> list[str]:
        answer = self.caller.send("GET", base)
        data = as_json(answer.content).get("data") if answer.is_success else []
        return [str(each["id"]) for each in data if isinstance(each, dict) and "id" in each]


def verify_archive(content: Content, name: str, caller: Caller) -> Iterator[Verdict]:
    """Return a verdict for each recorded request of a dialect, in order, after resetting the register."""
    caller.reset()
    session = Session(caller)
    for number, exchange in enumerate(exchanges(content), start=1):
        if not dialect_of(exchange.path):
            continue
        request, about = f"{exchange.method} {exchange.path}", f"request {number}"
        if not caller.writes and exchange.method not in READING:
            yield Verdict(name, request, about, Outcome.LEFT_OUT, ["it may write, and --write is not given"])
            continue
        try:
            wrong = list(session.replay(exchange))
        except httpx.HTTPError as error:
            wrong = [str(error)]
        yield Verdict(name, request, about, Outcome.FAILED if wrong else Outcome.MET, wrong)
