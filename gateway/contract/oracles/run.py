"""Runs the oracles on one dialect of a deployment, in `gateway.contract.child`."""

import time
from collections.abc import Callable, Sequence
from difflib import get_close_matches
from importlib import import_module

from gateway.contract.operations import Unusable
from gateway.contract.oracles.scene import ORACLES, FirstFailure, Oracle, Scene, Verdict

MODULES = (
    *("lists_filtered", "lists_sorted", "lists_paged", "lists_bounds"),  # first, while the lists are short
    *("sent_is_shown", "nested", "written_otherwise", "edges", "other_forms"),
    *("derived", "patches", "two_views"),
    *("named", "inside", "filled_in", "countries", "read_exactly", "uploaded", "actions", "refused", "followed"),
    "kept_values",
    "documented",
    *("life_states", "life_together", "category_counts", "neighbours", "life_unique", "life_recorded"),
    *(
        "webhooks_and_tokens",
        "webhook_messages",
        "contact_links",
        "feeds",
        "answers",
        "refused_together",
        "reading_others",
    ),
    *(
        "protocol_methods",
        "protocol_other_methods",
        "protocol_conditions",
        "protocol_retries",
        "protocol_bodies",
        "protocol_refusals",
        "alike",
        "sent_as_is",
    ),
    *("isolation", "scopes", "editions", "included", "required_fields", "limits"),
    *("conversations", "lasting", "checked_values", "key_limits", "strict_bodies"),
)


def load() -> list[Oracle]:
    """Return all oracles, in the order of their files."""
    for name in MODULES:
        import_module(f"gateway.contract.oracles.{name}")
    return ORACLES


def known_oracles(names: Sequence[str]) -> tuple[str, ...]:
    """Return these names if all of them are oracles. Raises `Unusable`."""
    known = [each.name for each in load()]
    for name in names:
        if name not in known:
            similar = get_close_matches(name, known, 5) or known
            raise Unusable(f"There is no oracle {name!r}. Similar names: {', '.join(similar)}.")
    return tuple(names)


def judge(scene: Scene, oracles: Sequence[Oracle], say: Callable[[str], None] = print) -> list[Verdict]:
    """Run oracles one after the other, and return their verdicts. An exception in an oracle is a failure."""
    verdicts = []
    for each in oracles:
        scene.verdict = Verdict(each.name, each.about)
        began = time.monotonic()
        try:
            each.check(scene)
        except FirstFailure:
            pass
        except Exception as error:  # a failure, never skipped: whatever it is, nothing was proved
            scene.verdict.failures.append(f"the oracle itself failed: {type(error).__name__}: {error}")
        verdicts.append(scene.verdict)
        took = time.monotonic() - began
        say(f"{each.name}: {scene.verdict.compared} compared, {len(scene.verdict.failures)} failed, {took:.1f} s")
        for failure in scene.verdict.failures:
            say(f"  {failure}")
    return verdicts
