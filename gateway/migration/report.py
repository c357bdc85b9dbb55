"""The report of an import or a dry run: for people, and as JSON."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from core.importing.incoming import FieldError, Incoming, Outcome
from core.text.plural import counted
from gateway.migration import preview
from gateway.migration.source import ParsedClient
from gateway.migration.tally import Shortfall

_EXAMPLES = 3
_CHILDREN = ("contact", "document", "gateway_token", "note", "tag")
_MAX_REFUSALS = 1000
_MAX_ROWS = 100
_SHORT = 60


@dataclass
class InvalidValues:
    """Values of one key that cannot be stored for one reason: how many, and a few examples with their client's id.

    `rows` are the rows of a spreadsheet that contain them.
    """

    key: str
    why: str
    count: int = 0
    examples: list[dict[str, Any]] = field(default_factory=list)
    rows: list[int] = field(default_factory=list)


Reason = tuple[str, str, str]
"""The key, the reason, and what can be done about it."""


@dataclass
class Refusals:
    """Clients that were refused for the same reasons: how many, and the first of them with the values.

    `rows` are their rows in a spreadsheet.
    """

    reasons: tuple[Reason, ...]
    count: int = 0
    examples: list[str] = field(default_factory=list)
    rows: list[int] = field(default_factory=list)
    first: str = ""

    def add(self, client_id: int | None, row: int | None, why: Sequence[Mapping[str, Any]]) -> None:
        """Count a client, which is named by its row if it has one."""
        self.count += 1
        who = f"row {row}" if row else f"client {client_id}" if client_id else "a client"
        if row and len(self.rows) < _MAX_ROWS:
            self.rows.append(row)
        if self.count == 1:
            self.first = f"{who}: " + "; ".join(f"{each['key']} {each['value']!r}: {each['why']}" for each in why)
        if len(self.examples) < _EXAMPLES:
            self.examples.append(f"{who}: " + "; ".join(f"{each['key']} {each['value']!r}" for each in why))

    def lines(self) -> Iterator[str]:
        """Yield the lines about these refusals for people."""
        if self.count == 1:
            yield f"  {self.first}"
        else:
            why = "; ".join(f"{key}: {why}" for key, why, _ in self.reasons)
            examples = ", ".join(self.examples) + _more_rows(self.rows, self.count)
            yield f"  {counted(self.count, 'client')}: {why.rstrip('.')}. For example {examples}."
        yield from (f"    {remedy}" for remedy in dict.fromkeys(remedy for *_, remedy in self.reasons) if remedy)


@dataclass
class Report:
    """The counts of a running import. `keys` are the source's own names of attributes."""

    keys: dict[str, str]
    dry_run: bool = False
    counts: Counter[str] = field(default_factory=Counter)
    refused: list[dict[str, Any]] = field(default_factory=list)
    invalid_values: dict[tuple[str, str], InvalidValues] = field(default_factory=dict)
    documents: int = 0
    document_bytes: int = 0
    remarks: list[str] = field(default_factory=list)
    shortfalls: list[Shortfall] = field(default_factory=list)
    taken_again: int = 0
    brought: Counter[str] = field(default_factory=Counter)
    left_out: int = 0
    preview: Sequence[dict[str, Any]] = ()
    _refusals: dict[tuple[Reason, ...], Refusals] = field(default_factory=dict)

    @property
    def is_whole(self) -> bool:
        """Whether every client of the source was seen and imported."""
        return not self.shortfalls and not self.counts["refused"]

    def count_children(self, client: Incoming) -> None:
        """Count the children of an imported client."""
        for kind in _CHILDREN:
            self.brought[kind.replace("_", " ")] += len(getattr(client, f"{kind}s") or ())

    def add_field_error(self, owner_id: int | None, field_error: FieldError) -> None:
        """Count a value that is not a client's."""
        self._count(owner_id, field_error, None)

    def add_again(self, outcome: Outcome, field_errors: Sequence[FieldError], row: int | None = None) -> None:
        """Count the outcome of a client that was imported a second time, because it has changed at the source."""
        if outcome.what == "refused":
            self.add(outcome, field_errors, row)
        elif outcome.what == "updated":
            self.taken_again += 1

    @property
    def is_complete(self) -> bool:
        """Whether everything of the source was imported."""
        return not (self.counts["refused"] or self.invalid_values or self.left_out)

    def add(self, outcome: Outcome, field_errors: Sequence[FieldError], row: int | None = None) -> None:
        """Count the outcome of a client; `field_errors` are values that the source's parser left out."""
        self.counts[outcome.what] += 1
        for field_error in field_errors:
            self._count(outcome.id, field_error, row)
        if outcome.what != "refused":
            for field_error in outcome.field_errors:
                self._count(outcome.id, field_error, row)
        else:
            self._add_refusal(outcome, row)

    def _add_refusal(self, outcome: Outcome, row: int | None) -> None:
        why = [
            {"key": self._key(each.path), "value": _shown(each.value), "why": each.why} for each in outcome.field_errors
        ]
        if len(self.refused) < _MAX_REFUSALS:
            self.refused.append({"id": outcome.id, "why": why} | ({"row": row} if row else {}))
        reasons = tuple((self._key(each.path), each.why, each.remedy) for each in outcome.field_errors)
        if reasons in self._refusals or len(self._refusals) < _MAX_REFUSALS:
            self._refusals.setdefault(reasons, Refusals(reasons)).add(outcome.id, row, why)

    def refuse(self, parsed: ParsedClient) -> None:
        """Count a client whose id cannot be read, or that is refused for another reason."""
        reasons = [*parsed.field_errors, FieldError("id", parsed.name, "it has no readable id")]
        self.add(Outcome("refused", None, [parsed.refusal] if parsed.refusal else reasons), (), parsed.row)

    def as_json(self) -> dict[str, Any]:
        """Return the report as one JSON object."""
        return {
            "dry_run": self.dry_run,
            **{what: self.counts[what] for what in ("created", "updated", "unchanged", "refused")},
            "documents": self.documents,
            "document_bytes": self.document_bytes,
            "refusals": self.refused,
            "misfits": [asdict(each) for each in self.invalid_values.values()],
            "with_them": {_key(kind): count for kind, count in self.brought.items() if count},
            "taken_again": self.taken_again,
            "incomplete": [asdict(each) | {"text": str(each)} for each in self.shortfalls],
            "remarks": self.remarks,
            **({"preview": self.preview} if self.preview else {}),
        }

    def lines(self) -> Iterator[str]:
        """Yield the report for people."""
        yield from (f"Incomplete: {each}" for each in self.shortfalls)
        would = "would be " if self.dry_run else ""
        counts = self.counts
        changed = f"{counted(counts['created'], 'client')} {would}created, {counts['updated']} {would}updated"
        yield f"{changed}, {counts['unchanged']} unchanged."
        if self.documents:
            yield f"{counted(self.documents, 'document')} {would}copied, {counted(self.document_bytes, 'byte')}."
        with_them = ", ".join(counted(count, kind) for kind, count in self.brought.items() if count)
        if with_them:
            yield f"Imported with the clients: {with_them}."
        if self.taken_again:
            yield f"{counted(self.taken_again, 'client')} changed at the source meanwhile and {would}imported again."
        yield from self.remarks
        if counts["refused"]:
            yield f"{counted(counts['refused'], 'client')} {would}refused:"
            for refusals in sorted(self._refusals.values(), key=lambda each: -each.count):
                yield from refusals.lines()
        if self.invalid_values:
            yield "Values that cannot be stored and are left out:"
            for entry in sorted(self.invalid_values.values(), key=lambda each: -each.count):
                examples = ", ".join(f"{each['value']!r} of client {each['id']}" for each in entry.examples)
                if entry.rows:
                    examples = ", ".join(f"{each['value']!r} in row {each['row']}" for each in entry.examples)
                    examples += _more_rows(entry.rows, entry.count)
                yield f"  {entry.key}: {counted(entry.count, 'time')}, {entry.why.rstrip('.')}. For example {examples}."
        yield from preview.lines(self.preview)

    def _count(self, client_id: int | None, field_error: FieldError, row: int | None) -> None:
        key = self._key(field_error.path)
        entry = self.invalid_values.setdefault((key, field_error.why), InvalidValues(key, field_error.why))
        entry.count += 1
        if len(entry.examples) < _EXAMPLES:
            example = {"id": client_id, "value": _shown(field_error.value)}
            entry.examples.append(example | ({"row": row} if row else {}))
        if row and len(entry.rows) < _MAX_ROWS:
            entry.rows.append(row)

    def _key(self, path: str) -> str:
        return self.keys.get(path, path)


def _key(noun: str) -> str:
    """Return the key of a count in the JSON report."""
    return counted(2, noun).removeprefix("2 ").replace(" ", "_").replace("-", "_")


def _more_rows(rows: Sequence[int], count: int) -> str:
    """Return the rows beyond the examples; `count` includes rows that were not recorded."""
    rest = rows[_EXAMPLES:]
    if not rest:
        return ""
    more = count - len(rows)
    return f"; also in rows {', '.join(map(str, rest))}" + (f" and {more} more" if more else "")


def _shown(value: Any) -> Any:
    """Return a value as a report may contain it: short, and without control characters of a terminal."""
    if value is None or isinstance(value, bool | int | float):
        return value
    text = "".join(character if character.isprintable() else " " for character in str(value)[: _SHORT + 1])
    return text if len(text) <= _SHORT else text[:_SHORT] + "…"
