"""JSON as lines of text, each knowing which key it is and what that is linked to."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from gateway.pages.bridge.speakers import Link


@dataclass(frozen=True)
class Line:
    """One line: an indented key with the text of its value, or with the bracket that opens it; or the closing one.

    `link` stands on the line of the key; `group` on every line of its value too.
    """

    indent: str
    key: str
    value: str
    kind: str
    comma: str
    link: Link | None = None
    group: int | None = None


def lines(tree: Any, links: Mapping[str, Link]) -> list[Line]:
    """The lines of a whole document."""
    return list(_lines(tree, _Place("", "", links, "")))


@dataclass(frozen=True)
class _Place:
    indent: str
    key: str
    links: Mapping[str, Link]
    path: str
    comma: str = ""
    group: int | None = None

    def line(self, value: str, kind: str) -> Line:
        link = self.links.get(self.path)
        return Line(self.indent, self.key, value, kind, self.comma, link, link.group if link else self.group)

    def inside(self, key: str, path: str, comma: str) -> "_Place":
        link = self.links.get(self.path)
        group = link.group if link else self.group
        return _Place(self.indent + "  ", key, self.links, path, comma, group)

    def end(self, bracket: str) -> Line:
        link = self.links.get(self.path)
        return Line(self.indent, "", bracket, "bracket", self.comma, None, link.group if link else self.group)


def _lines(value: Any, place: _Place) -> Iterator[Line]:
    if isinstance(value, dict) and value:
        yield from _nested("{}", [(key, _inner(place.path, key), each) for key, each in value.items()], place)
    elif isinstance(value, list) and value:
        # What is in an array has no key of its own in the tables, so nothing in there is linked by itself.
        yield from _nested("[]", [("", "[]", each) for each in value], place)
    else:
        yield place.line(json.dumps(value, ensure_ascii=False), _kind(value))


def _nested(brackets: str, items: list[tuple[str, str, Any]], place: _Place) -> Iterator[Line]:
    opening = place.line(brackets[0], "bracket")
    yield Line(opening.indent, opening.key, opening.value, "bracket", "", opening.link, opening.group)
    for position, (key, path, each) in enumerate(items, 1):
        yield from _lines(each, place.inside(key, path, "," if position < len(items) else ""))
    yield place.end(brackets[1])


def _inner(path: str, key: str) -> str:
    return f"{path}.{key}" if path else key


def _kind(value: Any) -> str:
    if isinstance(value, str):
        return "string"
    return "literal" if value is None or isinstance(value, bool) else "number"
