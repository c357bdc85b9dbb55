"""Repeats recorded reads on both sides, a few at a time."""

import asyncio
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from dialects.shared.dialect import Dialect
from gateway.migration.remote import Remote
from gateway.migration.shadowing.accepted import Declared
from gateway.migration.shadowing.differences import Difference, SideAnswer, differences

_MAX_BYTES = 64 * 1024 * 1024


@dataclass
class Outcome:
    """The outcome of all reads: those that differ, and by route how many were made and how many differ."""

    differing: list[tuple[str, Sequence[Difference]]] = field(default_factory=list)
    made: Counter[str] = field(default_factory=Counter)
    different: Counter[str] = field(default_factory=Counter)

    def routes(self) -> list[dict[str, Any]]:
        """Return a row for each route."""
        return [
            {"route": route, "reads": count, "same": count - self.different[route], "different": self.different[route]}
            for route, count in sorted(self.made.items())
        ]


async def replay(
    reads: Sequence[str],
    there: Remote,
    here: Remote,
    dialects: Sequence[Dialect],
    ignored: Sequence[str],
    declared: Declared,
    at_once: int,
    done: Callable[[int], None],
) -> Outcome:
    """Make every read on both sides and compare them, except for ignored or declared differences.

    `done` is called after each. Raises `SourceFailed`.
    """
    outcome, turns = Outcome(), asyncio.Semaphore(at_once)
    results: dict[str, list[Difference]] = {}

    async def one(target: str) -> None:
        async with turns:
            sides = await asyncio.gather(*(_answer_of(remote, target) for remote in (there, here)))
            found = differences(sides[0], sides[1], ignored)
            results[target] = declared.without(route_of(target, dialects), found)
        done(len(results))

    try:
        async with asyncio.TaskGroup() as group:
            for target in reads:
                group.create_task(one(target))
    except ExceptionGroup as failures:
        raise failures.exceptions[0] from None
    for target in reads:
        route = route_of(target, dialects)
        outcome.made[route] += 1
        if results[target]:
            outcome.different[route] += 1
            outcome.differing.append((target, results[target]))
    return outcome


def route_of(target: str, dialects: Sequence[Dialect]) -> str:
    """Return the route of a read, as `/api/clients/{id}`; its path if no dialect has one."""
    path = target.partition("?")[0].rstrip("/")
    for dialect in dialects:
        if f"{path}/".startswith(f"{dialect.prefix}/"):
            steps = path.removeprefix(dialect.prefix).split("/")
            for known in dialect.paths:
                wanted = known.path.split("/")
                if len(wanted) == len(steps) and all(map(_fits, wanted, steps)):
                    return dialect.prefix + known.path
            return path
    return path


def _fits(wanted: str, step: str) -> bool:
    return wanted == step or wanted.startswith("{")


async def _answer_of(remote: Remote, target: str) -> SideAnswer:
    return SideAnswer(remote.url, *await remote.raw_answer(target, _MAX_BYTES))
