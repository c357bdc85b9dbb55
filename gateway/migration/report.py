"""What an import did, or would do: for people, and as JSON."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from core.importing.incoming import FieldError, Outcome
from core.text.plural import counted
from gateway.migration import preview
from gateway.migration.source import ParsedClient

_EXAMPLES = 3
_MAX_REFUSALS = 1000
_MAX_ROWS = 100
_SHORT = 60


@dataclass
class Unfit:
    """Values of one key that do not fit for one reason: how many, and a few of them with their client's id.

    `rows` are those of a spreadsheet that have them.
    """

    key: str
    why: str
    count: int = 0
    examples: list[dict[str, Any]] = field(default_factory=list)
    rows: list[int] = field(default_factory=list)


@dataclass
class Report:
    """Counted up while an import runs. `keys` are the source's own names of attributes."""

    keys: dict[str, str]
    dry_run: bool = False
    counts: Counter[str] = field(default_factory=Counter)
    refused: list[dict[str, Any]] = field(default_factory=list)
    unfit: dict[tuple[str, str], Unfit] = field(default_factory=dict)
    documents: int = 0
    document_bytes: int = 0
    remarks: list[str] = field(default_factory=list)
    left_out: int = 0
    preview: Sequence[dict[str, Any]] = ()

    @property
    def is_complete(self) -> bool:
        """Whether all that the source has was taken."""
        return not (self.counts["refused"] or self.unfit or self.left_out)

    def add(self, outcome: Outcome, field_errors: Sequence[FieldError], row: int | None = None) -> None:
        """Count what became of a client; `field_errors` are what the source's reader left out."""
        self.counts[outcome.what] += 1
        for field_error in field_errors:
            self._count(outcome.id, field_error, row)
        if outcome.what != "refused":
            for field_error in outcome.field_errors:
                self._count(outcome.id, field_error, row)
        elif len(self.refused) < _MAX_REFUSALS:
            why = [
                {"key": self._key(each.path), "value": _shown(each.value), "why": each.why}
                for each in outcome.field_errors
            ]
            self.refused.append({"id": outcome.id, "why": why} | ({"row": row} if row else {}))

    def refuse(self, parsed: ParsedClient) -> None:
        """Count a client of which not even the id can be read, or that is refused for another reason."""
        reasons = [*parsed.field_errors, FieldError("id", parsed.name, "it has no id that can be read")]
        self.add(Outcome("refused", None, [parsed.refusal] if parsed.refusal else reasons), (), parsed.row)

    def as_json(self) -> dict[str, Any]:
        """The report as one JSON object."""
        return {
            "dry_run": self.dry_run,
            **{what: self.counts[what] for what in ("created", "updated", "unchanged", "refused")},
            "documents": self.documents,
            "document_bytes": self.document_bytes,
            "refusals": self.refused,
            "misfits": [asdict(each) for each in self.unfit.values()],
            "remarks": self.remarks,
            **({"preview": self.preview} if self.preview else {}),
        }

    def lines(self) -> Iterator[str]:
        """The report for people."""
        would = "would be " if self.dry_run else ""
        counts = self.counts
        changed = f"{counted(counts['created'], 'client')} {would}created, {counts['updated']} {would}updated"
        yield f"{changed}, {counts['unchanged']} unchanged."
        if self.documents:
            yield f"{counted(self.documents, 'document')} {would}copied, {counted(self.document_bytes, 'byte')}."
        yield from self.remarks
        if counts["refused"]:
            yield f"{counted(counts['refused'], 'client')} {would}refused:"
            for each in self.refused:
                why = "; ".join(f"{reason['key']} {reason['value']!r}: {reason['why']}" for reason in each["why"])
                yield f"  {_named(each)}: {why}"
        if self.unfit:
            yield "Values that cannot be stored and are left out:"
            for unfit in sorted(self.unfit.values(), key=lambda each: -each.count):
                examples = ", ".join(f"{each['value']!r} of client {each['id']}" for each in unfit.examples)
                if unfit.rows:
                    examples = ", ".join(f"{each['value']!r} in row {each['row']}" for each in unfit.examples)
                    examples += _more_rows(unfit)
                yield f"  {unfit.key}: {counted(unfit.count, 'time')}, {unfit.why.rstrip('.')}. For example {examples}."
        yield from preview.lines(self.preview)

    def _count(self, client_id: int | None, field_error: FieldError, row: int | None) -> None:
        key = self._key(field_error.path)
        unfit = self.unfit.setdefault((key, field_error.why), Unfit(key, field_error.why))
        unfit.count += 1
        if len(unfit.examples) < _EXAMPLES:
            example = {"id": client_id, "value": _shown(field_error.value)}
            unfit.examples.append(example | ({"row": row} if row else {}))
        if row and len(unfit.rows) < _MAX_ROWS:
            unfit.rows.append(row)

    def _key(self, path: str) -> str:
        return self.keys.get(path, path)


def _named(refused: dict[str, Any]) -> str:
    if "row" in refused:
        return f"row {refused['row']}"
    return f"client {refused['id']}" if refused["id"] else "a client"


def _more_rows(unfit: Unfit) -> str:
    """The rows that have a value like the examples."""
    rest = unfit.rows[_EXAMPLES:]
    if not rest:
        return ""
    more = unfit.count - len(unfit.rows)
    return f"; also in rows {', '.join(map(str, rest))}" + (f" and {more} more" if more else "")


def _shown(value: Any) -> Any:
    """A value as a report may hold it: short, and nothing in it that steers a terminal."""
    if value is None or isinstance(value, bool | int | float):
        return value
    text = "".join(character if character.isprintable() else " " for character in str(value)[: _SHORT + 1])
    return text if len(text) <= _SHORT else text[:_SHORT] + "…"
