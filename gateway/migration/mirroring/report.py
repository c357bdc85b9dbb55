"""The report of a ledger for people."""

import time
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from core.text.plural import counted
from gateway.migration.mirroring.ledger import Ledger

_MISSED = {
    "dropped": "dropped, because the gateway or the comparison was too slow",
    "too_old": "dropped, because they had waited too long",
    "unanswered": "not answered by the gateway",
    "old_system_failed": "failed at the old system (429, 5xx)",
    "too_large": "too large to be compared",
    "conditional": "conditional or partial (304, 206, 412)",
    "coding_unknown": "in an unknown content coding",
    "key_unknown": "with a key that --keys does not have",
    "broken_off": "broken off before their answer was complete",
}
_OTHER = {
    "unreachable": "connections were answered with 502, because the old system refused them",
    "unobserved": "connections were passed on without being observed",
    "writes_lost": "writes were not applied: the scratch register is behind",
    "writes_unanswered": "writes were not answered by the scratch gateway",
    "restarts": "restarts of the comparison",
}


def lines(ledger: Ledger) -> Iterator[str]:
    """Yield the lines of the report, without the table of differences."""
    yield f"{ledger.old_url} mirrored, compared with {ledger.url}, since {timestamp(ledger.began)}."
    yield f"{ledger.same_in_a_row:,} answers, 0 differences for {duration(ledger.clean_seconds)}."
    counts = ledger.counts
    compared = sum(counts[kind] for kind in ("same", "different", "unsettled"))
    yield (
        f"{compared:,} answers compared: {counts['same']:,} the same, {counts['different']:,} different, "
        f"{counts['unsettled']:,} unsettled because of a concurrent write."
    )
    missed = [f"  {counts[name]:,} {words}" for name, words in _MISSED.items() if counts[name]]
    yield from ["Not compared:", *missed] if missed else []
    yield from (f"{counts[name]:,} {words}." for name, words in _OTHER.items() if counts[name])
    for line, count in ledger.accepted.most_common():
        yield f"{counted(count, 'difference')} accepted by: {line}"
    if ledger.reached:
        yield f"The goal was reached at {timestamp(ledger.reached)}."


def rows(ledger: Ledger) -> list[dict[str, Any]]:
    """Return the differences, the most frequent first."""
    return [
        {
            "route": row.route,
            "field": row.field,
            "key": row.key,
            "times": row.times,
            "last": timestamp(row.last),
            "there": row.there,
            "here": row.here,
            "example": row.example,
        }
        for row in sorted(ledger.rows.values(), key=lambda row: (-row.times, row.route, row.field, row.key))
    ]


def table(ledger: Ledger) -> Iterator[str]:
    """Yield the lines of the differences, under a heading."""
    found = rows(ledger)
    if not found:
        return
    texts = [[*found[0]], *([str(value) for value in row.values()] for row in found)]
    widths = [max(map(len, column)) for column in zip(*texts, strict=True)]
    yield ""
    for line in texts:
        yield "  ".join(text.ljust(width) for text, width in zip(line, widths, strict=True)).rstrip()


def as_json(ledger: Ledger) -> dict[str, Any]:
    """Return the report for programs: times as ISO 8601, durations in seconds."""
    return {
        "old_url": ledger.old_url,
        "url": ledger.url,
        "since": timestamp(ledger.began),
        "answers": ledger.same_in_a_row,
        "clean_seconds": round(ledger.clean_seconds),
        "last_difference": timestamp(ledger.last_difference) if ledger.last_difference else None,
        "reached": timestamp(ledger.reached) if ledger.reached else None,
        "counts": {name: ledger.counts[name] for name in ("same", "different", "unsettled", *_MISSED, *_OTHER)},
        "routes": {name: dict(counts) for name, counts in sorted(ledger.routes.items())},
        "keys": {name: dict(counts) for name, counts in sorted(ledger.keys.items())},
        "differences": rows(ledger),
        "accepted": dict(ledger.accepted),
        "written": timestamp(time.time()),
    }


def timestamp(seconds: float) -> str:
    """Return a time in ISO 8601 in UTC, to the second."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def duration(seconds: float) -> str:
    """Return hours and minutes, or seconds below a minute."""
    minutes = int(seconds // 60)
    if not minutes:
        return f"{int(seconds)} s"
    return f"{minutes // 60} h {minutes % 60} min" if minutes >= 60 else f"{minutes} min"
