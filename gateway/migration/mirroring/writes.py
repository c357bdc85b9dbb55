"""Which reads a write may have changed: a read that differs for that reason is unsettled, and no difference."""

import time
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, field

_MAX_WRITES = 10_000


@dataclass(frozen=True)
class Record:
    """What a path names below a dialect: `clients` and the id `5`; without an id the whole collection."""

    prefix: str
    collection: str
    record: str

    def may_change(self, other: "Record") -> bool:
        """Whether a write of this may be seen in a read of the other: not in another record of the same collection."""
        if (self.prefix, self.collection) != (other.prefix, other.collection):
            return True
        return not (self.record and other.record) or self.record == other.record


def record_of(target: str, prefixes: Sequence[str]) -> Record:
    """Return what a target is about. The first of the prefixes that fits counts."""
    path = target.partition("?")[0]
    prefix = next((each for each in prefixes if f"{path}/".startswith(f"{each}/")), "")
    collection, record, *_ = [*path.removeprefix(prefix).strip("/").split("/"), "", ""]
    # `bulk`, `create` and the like name no record: only what has a digit or a capital letter is taken for an id.
    is_id = any(each.isdigit() or each.isupper() for each in record)
    return Record(prefix, collection, record if is_id else "")


@dataclass
class _Write:
    record: Record
    began: float
    ended: float | None = None


@dataclass
class Writes:
    """The writes of callers, by number, as long as reads may differ because of them: `window` seconds behind each."""

    prefixes: Sequence[str]
    window: float
    _writes: OrderedDict[int, _Write] = field(default_factory=OrderedDict)

    def begin(self, number: int, target: str, began: float) -> None:
        """A write was sent to the old system."""
        self._writes[number] = _Write(record_of(target, self.prefixes), began)
        while len(self._writes) > _MAX_WRITES:
            self._writes.popitem(last=False)

    def end(self, number: int) -> None:
        """It was answered, and applied if it is applied at all."""
        if number in self._writes:
            self._writes[number].ended = time.monotonic()

    def may_have_changed(self, target: str, began: float, ended: float) -> bool:
        """Return whether a write was under way while something was read, or had ended less than the window before."""
        read = record_of(target, self.prefixes)
        self._forget(time.monotonic() - self.window - 3600)
        return any(
            each.began <= ended
            and (each.ended is None or each.ended + self.window >= began)
            and each.record.may_change(read)
            for each in self._writes.values()
        )

    def _forget(self, before: float) -> None:
        while self._writes:
            number, oldest = next(iter(self._writes.items()))
            if oldest.ended is None or oldest.ended >= before:
                return
            del self._writes[number]
