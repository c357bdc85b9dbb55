"""Which faults a run tries: all of the part in `GATEWAY_FAULTS` (such as `2/4`), or else a sample."""

import os
from collections.abc import Iterable

EVERY = 8  # the sample has one in eight faults


def chosen(names: Iterable[str]) -> list[str]:
    """The names of the part, or of the sample."""
    known, part = list(names), os.environ.get("GATEWAY_FAULTS")
    if part is None:
        return known[::EVERY]
    number, _, of = part.partition("/")
    return known[int(number) - 1 :: int(of or 1)]
