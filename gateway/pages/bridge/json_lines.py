"""JSON as lines of text, each with its key, its link to the other dialect, and its change."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from gateway.pages.bridge.client_dialects import Link

NOT_COMPARED = object()
_ABSENT = object()


@dataclass(frozen=True)
class Line:
    """One line: an indented key with the text of its value or an opening bracket; or a closing bracket.

    `link` is set on the line of the key; `group` on every line of its value too. `change` is "new", "changed" (from
    what it `was`), "gone", or "" if the line does not differ.
    """

    indent: str
    key: str
    value: str
    kind: str
    comma: str
    link: Link | None = None
    group: int | None = None
    change: str = ""
    was: str = ""


def lines(tree: Any, links: Mapping[str, Link], was: Any = NOT_COMPARED) -> list[Line]:
    """Return the lines of a whole document, compared with what it `was` if that is given."""
    return list(_lines(tree, _Node("", "", links, "", was=was)))


@dataclass(frozen=True)
class _Node:
    indent: str
    key: str
    links: Mapping[str, Link]
    path: str
    comma: str = ""
    group: int | None = None
    was: Any = NOT_COMPARED

    def line(self, value: str, kind: str) -> Line:
        link = self.links.get(self.path)
        change = "new" if self.was is _ABSENT else ""
        return Line(self.indent, self.key, value, kind, self.comma, link, link.group if link else self.group, change)

    def inside(self, key: str, path: str, comma: str, was: Any) -> "_Node":
        link = self.links.get(self.path)
        group = link.group if link else self.group
        return _Node(self.indent + "  ", key, self.links, path, comma, group, was)

    def end(self, bracket: str) -> Line:
        link = self.links.get(self.path)
        change = "new" if self.was is _ABSENT else ""
        group = link.group if link else self.group
        return Line(self.indent, "", bracket, "bracket", self.comma, None, group, change)


def _lines(value: Any, node: _Node) -> Iterator[Line]:
    if isinstance(value, dict) and value:
        # A previous value that was not an object has no keys to compare with.
        yield from _nested("{}", [(key, _inner(node.path, key), each) for key, each in value.items()], node)
    elif isinstance(value, list) and value:
        # Items of arrays have no keys of their own in the tables, so nothing in them is linked.
        yield from _nested("[]", [("", "[]", each) for each in value], node)
    else:
        yield _leaf(value, node)


def _leaf(value: Any, node: _Node) -> Line:
    line = node.line(_text(value), _kind(value))
    if node.was in (NOT_COMPARED, _ABSENT) or _text(node.was) == line.value:
        return line
    return replace(line, change="changed", was=_text(node.was))


def _nested(brackets: str, items: list[tuple[str, str, Any]], node: _Node) -> Iterator[Line]:
    opening = node.line(brackets[0], "bracket")
    yield replace(opening, comma="")
    previous = _Previous(node.was)
    for position, (key, path, each) in enumerate(items, 1):
        was = previous.take(key, each)
        yield from _lines(each, node.inside(key, path, "," if position < len(items) else "", was))
    for key, gone in previous.rest():
        yield replace(node.inside(key, "", "", NOT_COMPARED).line(_text(gone), "gone"), change="gone", link=None)
    yield node.end(brackets[1])


class _Previous:
    """The previous value of an object or an array: its parts by their keys or, in an array, by ids or positions."""

    def __init__(self, was: Any) -> None:
        self._is_compared = was is not NOT_COMPARED
        pairs = was.items() if isinstance(was, dict) else enumerate(was) if isinstance(was, list) else ()
        self._parts = {_name(key, each): (str(key) if isinstance(was, dict) else "", each) for key, each in pairs}
        self._taken = 0

    def take(self, key: str, value: Any) -> Any:
        """Return the previous value of a part."""
        if not self._is_compared:
            return NOT_COMPARED
        name = _name(key or self._taken, value)
        self._taken += 1
        return self._parts.pop(name, ("", _ABSENT))[1]

    def rest(self) -> list[tuple[str, Any]]:
        """Return the parts that have no counterpart any more, each with its key."""
        return list(self._parts.values())


def _name(key: str | int, value: Any) -> Any:
    return value["id"] if isinstance(key, int) and isinstance(value, dict) and "id" in value else key


def _inner(path: str, key: str) -> str:
    return f"{path}.{key}" if path else key


def _text(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def _kind(value: Any) -> str:
    if isinstance(value, str):
        return "string"
    return "literal" if value is None or isinstance(value, bool) else "number"
