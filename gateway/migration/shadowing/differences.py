"""Compares two answers: status, then JSON value by value, or else the bytes."""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

import orjson

ABSENT = "(absent)"


@dataclass(frozen=True)
class SideAnswer:
    """The answer of one side.

    `url` is its own base URL, with which links in its answers may begin. `also` are its other base URLs.
    """

    url: str
    status: int
    media_type: str
    body: bytes
    also: Sequence[str] = ()


@dataclass(frozen=True)
class Difference:
    """A difference of two answers: `status`, `body`, or the path of a JSON value as in `data.contacts.0.email`."""

    path: str
    there: Any
    here: Any


def differences(there: SideAnswer, here: SideAnswer, ignored: Sequence[str]) -> list[Difference]:
    """Return the differences of the answers, without paths that match a pattern (`*` stands for anything)."""
    found = _differences(there, here)
    return [each for each in found if not any(fnmatchcase(each.path, pattern) for pattern in ignored)]


def _differences(there: SideAnswer, here: SideAnswer) -> Iterator[Difference]:
    if there.status != here.status:
        yield Difference("status", there.status, here.status)
    trees = [_tree(side) for side in (there, here)]
    if None not in trees:
        yield from _compared("", trees[0], trees[1])
    elif there.body != here.body:
        yield Difference("body", _described(there), _described(here))


def _compared(path: str, there: Any, here: Any) -> Iterator[Difference]:
    if isinstance(there, dict) and isinstance(here, dict):
        for key in [*there, *(key for key in here if key not in there)]:
            yield from _compared(f"{path}.{key}" if path else key, there.get(key, ABSENT), here.get(key, ABSENT))
    elif isinstance(there, list) and isinstance(here, list):
        for position in range(max(len(there), len(here))):
            sides = (side[position] if position < len(side) else ABSENT for side in (there, here))
            yield from _compared(f"{path}.{position}" if path else str(position), *sides)
    elif there != here or isinstance(there, bool) is not isinstance(here, bool):
        yield Difference(path, there, here)


def _tree(seen: SideAnswer) -> Any:
    """Return the answer's JSON, with links to the side itself as paths; None if it is not JSON."""
    try:
        return _without_origin(orjson.loads(seen.body), tuple(f"{url}/" for url in (seen.url, *seen.also)))
    except orjson.JSONDecodeError:
        return None


def _without_origin(value: Any, origins: tuple[str, ...]) -> Any:
    if isinstance(value, dict):
        return {key: _without_origin(each, origins) for key, each in value.items()}
    if isinstance(value, list):
        return [_without_origin(each, origins) for each in value]
    if isinstance(value, str) and value.startswith(origins):
        origin = next(each for each in origins if value.startswith(each))
        return value[len(origin) - 1 :]
    return value


def _described(seen: SideAnswer) -> str:
    digest = hashlib.sha256(seen.body).hexdigest()[:16]
    return f"{len(seen.body)} bytes of {seen.media_type or 'no type'}, SHA-256 {digest}…"
