"""Servers are compared only if they give the same answers."""

import json
import re
from pathlib import Path
from typing import Any

from tests.bench import limit
from tests.bench.generator import Broken
from tests.bench.servers import Server
from tests.bench.traffic import DIALECTS, UNIQUE, Dialect

_SHOWN_CLIENT, _SHOWN_PAGE = 15, 2
_BY_CHANCE = re.compile(r"\b(id|number|client_hash|contact_key|link|created|updated|created_at|updated_at)$")


def store_answers(ours: Server, folder: Path) -> None:
    """Store the gateway's answers, so that LIMIT can give the same."""
    folder.mkdir(parents=True, exist_ok=True)
    for dialect in DIALECTS:
        for kind, path in _compared(dialect).items():
            (folder / limit.answer_of(dialect.prefix, kind)).write_bytes(ours.get(path))


def check_limit(ours: Server, bare: Server) -> None:
    """Raise `Broken` unless LIMIT answers exactly these bytes."""
    for dialect in DIALECTS:
        for path in _compared(dialect).values():
            if ours.get(path) != bare.get(path):
                raise Broken(f"LIMIT answers {path} with other bytes")


def check_reads(ours: Server, other: Server) -> None:
    """Raise `Broken` unless another server answers the same JSON."""
    for dialect in DIALECTS:
        for path in _compared(dialect).values():
            _check(other, path, ours.get(path), other.get(path))


def check_creates(ours: Server, other: Server, number: int) -> None:
    """Raise `Broken` unless this many creates are answered alike, except for ids, times and random names."""
    for dialect in DIALECTS:
        body = dialect.post().partition(b"\r\n\r\n")[2].replace(UNIQUE.encode(), b"%0*d" % (len(UNIQUE), number))
        path = f"{dialect.prefix}/clients"
        _check(other, path, ours.send(path, body), other.send(path, body), by_chance=True)


def check_total(server: Server, live: int) -> None:
    """Raise `Broken` unless the last page of a list is where this number of clients that are not deleted puts it."""
    for dialect in DIALECTS:
        last = -(-live // 25)
        answer = json.loads(server.get(dialect.page(last)))
        meta = answer["meta"].get("pagination", answer["meta"])
        if meta["total"] != live or len(answer["data"]) != (live - 1) % 25 + 1:
            raise Broken(
                f"{server.name} finds {meta['total']} clients instead of {live}, {len(answer['data'])} at last"
            )


def _compared(dialect: Dialect) -> dict[str, str]:
    return {limit.ONE: dialect.one(_SHOWN_CLIENT), limit.PAGE: dialect.page(_SHOWN_PAGE)}


def _check(other: Server, path: str, ours: bytes, others: bytes, by_chance: bool = False) -> None:
    for at, value, theirs in _differences("", json.loads(ours), json.loads(others)):
        if not (by_chance and _BY_CHANCE.search(at)):
            raise Broken(f"{other.name} answers {path} with another {at}: {theirs!r} instead of {value!r}")


def _differences(at: str, ours: Any, others: Any) -> list[tuple[str, Any, Any]]:
    if isinstance(ours, dict) and isinstance(others, dict) and ours.keys() == others.keys():
        return [each for key in ours for each in _differences(f"{at}.{key}", ours[key], others[key])]
    if isinstance(ours, list) and isinstance(others, list) and len(ours) == len(others):
        pairs = enumerate(zip(ours, others, strict=True))
        return [each for number, pair in pairs for each in _differences(f"{at}.{number}", *pair)]
    return [] if ours == others else [(at, ours, others)]
