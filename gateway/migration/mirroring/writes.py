"""Finds the reads that a write may have changed: their differences are unsettled."""

import time
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, field

_MAX_WRITES = 10_000


@dataclass(frozen=True)
class Record:
    """The subject of a path below a dialect: `clients` and the id `5`; without an id the whole collection."""

    prefix: str
    collection: str
    record: str

    def may_change(self, other: "Record") -> bool:
        """Return whether a write of this may change a read of the other.

        It does not change another record of the same collection.
        """
        if (self.prefix, self.collection) != (other.prefix, other.collection):
            return True
        return not (self.record and other.record) or self.record == other.record


def record_of(target: str, prefixes: Sequence[str]) -> Record:
    """Return the subject of a target. The first matching prefix counts."""
    path = target.partition("?")[0]
    prefix = next((each for each in prefixes if f"{path}/".startswith(f"{each}/")), "")
    collection, record, *_ = [*path.removeprefix(prefix).strip("/").split("/"), "", ""]
    # `bulk`, `create` and the like are not records: only a segment with a digit or a capital letter counts as an id.
    is_id = any(each.isdigit() or each.isupper() for each in record)
    return Record(prefix, collection, record if is_id else "")


@dataclass
class _Write:
    record: Record
    began: float
    ended: float | None = None


@dataclass
class Writes:
    """The writes of callers, by number, for as long as they may change reads: `window` seconds after their end."""

    prefixes: Sequence[str]
    window: float
    _writes: OrderedDict[int, _Write] = field(default_factory=OrderedDict)

    def begin(self, number: int, target: str, began: float) -> None:
        """Note a write that was sent to the old system."""
        self._writes[number] = _Write(record_of(target, self.prefixes), began)
        while len(self._writes) > _MAX_WRITES:
            self._writes.popitem(last=False)

    def end(self, number: int) -> None:
        """Note that a write was answered, and applied if writes are applied."""
        if number in self._writes:
            self._writes[number].ended = time.monotonic()

    def may_have_changed(self, target: str, began: float, ended: float) -> bool:
        """Return whether a write was in progress during a read, or had ended within the window before."""
        read = record_of(target, self.prefixes)
        self._discard_older(time.monotonic() - self.window - 3600)
        return any(
            each.began <= ended
            and (each.ended is None or each.ended + self.window >= began)
            and each.record.may_change(read)
            for each in self._writes.values()
        )

    def _discard_older(self, before: float) -> None:
        while self._writes:
            number, oldest = next(iter(self._writes.items()))
            if oldest.ended is None or oldest.ended >= before:
                return
            del self._writes[number]
