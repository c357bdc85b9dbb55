"""What an import did, or would do: for people, and as JSON."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from core.importing.incoming import FieldError, Outcome
from core.text.plural import counted
from gateway.migration.tally import Shortfall

_EXAMPLES = 3
_MAX_REFUSALS = 1000
_SHORT = 60


@dataclass
class Unfit:
    """Values of one key that do not fit for one reason: how many, and a few of them with their client's id."""

    key: str
    why: str
    count: int = 0
    examples: list[dict[str, Any]] = field(default_factory=list)


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
    shortfalls: list[Shortfall] = field(default_factory=list)
    taken_again: int = 0

    @property
    def is_whole(self) -> bool:
        """Whether every client of the source was seen and taken."""
        return not self.shortfalls and not self.counts["refused"]

    def add_again(self, outcome: Outcome, field_errors: Sequence[FieldError]) -> None:
        """Count what became of a client that changed at the source since this run took it."""
        if outcome.what == "refused":
            self.add(outcome, field_errors)
        elif outcome.what == "updated":
            self.taken_again += 1

    def add(self, outcome: Outcome, field_errors: Sequence[FieldError]) -> None:
        """Count what became of a client; `misfits` are what the source's reader left out."""
        self.counts[outcome.what] += 1
        for field_error in field_errors:
            self._count(outcome.id, field_error)
        if outcome.what != "refused":
            for field_error in outcome.field_errors:
                self._count(outcome.id, field_error)
        elif len(self.refused) < _MAX_REFUSALS:
            why = [
                {"key": self._key(each.path), "value": _shown(each.value), "why": each.why}
                for each in outcome.field_errors
            ]
            self.refused.append({"id": outcome.id, "why": why})

    def refuse(self, name: str, field_errors: Sequence[FieldError]) -> None:
        """Count a client of which not even the id can be read."""
        self.add(Outcome("refused", None, [*field_errors, FieldError("id", name, "it has no id that can be read")]), ())

    def as_json(self) -> dict[str, Any]:
        """The report as one JSON object."""
        return {
            "dry_run": self.dry_run,
            **{what: self.counts[what] for what in ("created", "updated", "unchanged", "refused")},
            "documents": self.documents,
            "document_bytes": self.document_bytes,
            "refusals": self.refused,
            "misfits": [asdict(each) for each in self.unfit.values()],
            "taken_again": self.taken_again,
            "incomplete": [asdict(each) | {"text": str(each)} for each in self.shortfalls],
            "remarks": self.remarks,
        }

    def lines(self) -> Iterator[str]:
        """The report for people."""
        yield from (f"Incomplete: {each}" for each in self.shortfalls)
        would = "would be " if self.dry_run else ""
        counts = self.counts
        changed = f"{counted(counts['created'], 'client')} {would}created, {counts['updated']} {would}updated"
        yield f"{changed}, {counts['unchanged']} unchanged."
        if self.documents:
            yield f"{counted(self.documents, 'document')} {would}copied, {counted(self.document_bytes, 'byte')}."
        if self.taken_again:
            yield f"{counted(self.taken_again, 'client')} changed at the source meanwhile and {would}taken again."
        yield from self.remarks
        if counts["refused"]:
            yield f"{counted(counts['refused'], 'client')} {would}refused:"
            for each in self.refused:
                why = "; ".join(f"{reason['key']} {reason['value']!r}: {reason['why']}" for reason in each["why"])
                yield f"  {'client ' + str(each['id']) if each['id'] else 'a client'}: {why}"
        if self.unfit:
            yield "Values that cannot be stored and are left out:"
            for unfit in sorted(self.unfit.values(), key=lambda each: -each.count):
                examples = ", ".join(f"{each['value']!r} of client {each['id']}" for each in unfit.examples)
                yield f"  {unfit.key}: {counted(unfit.count, 'time')}, {unfit.why.rstrip('.')}. For example {examples}."

    def _count(self, client_id: int | None, field_error: FieldError) -> None:
        key = self._key(field_error.path)
        unfit = self.unfit.setdefault((key, field_error.why), Unfit(key, field_error.why))
        unfit.count += 1
        if len(unfit.examples) < _EXAMPLES:
            unfit.examples.append({"id": client_id, "value": _shown(field_error.value)})

    def _key(self, path: str) -> str:
        return self.keys.get(path, path)


def _shown(value: Any) -> Any:
    """A value as a report may hold it: short, and nothing in it that steers a terminal."""
    if value is None or isinstance(value, bool | int | float):
        return value
    text = "".join(character if character.isprintable() else " " for character in str(value)[: _SHORT + 1])
    return text if len(text) <= _SHORT else text[:_SHORT] + "…"
