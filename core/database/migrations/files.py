"""The migration files: each begins with its number and declares its steps."""

import importlib.util
from functools import cache
from pathlib import Path
from types import ModuleType

from core.database.migrations.compatibility import EXPANDS, FIRST_MARKED

FOLDER = Path(__file__).parent


def revisions() -> list[str]:
    """Return the revisions that this version knows, in order."""
    return sorted(path.name.partition("_")[0] for path in (FOLDER / "versions").glob("[0-9]*.py"))


def head() -> str:
    """Return this version's own revision."""
    return revisions()[-1]


def pending(found: str | None, wanted: str) -> list[str]:
    """Return the revisions after the one that a register has, up to the wanted one."""
    return [each for each in revisions() if (found or "") < each <= wanted]


@cache
def load(revision: str) -> ModuleType:
    """Return the module of a migration: `steps`, or `upgrade` in one transaction; and its `compatibility`."""
    (path,) = (FOLDER / "versions").glob(f"{revision}_*.py")
    spec = importlib.util.spec_from_file_location(f"migration_{revision}", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def has_steps(revision: str) -> bool:
    """Return whether a migration is made of steps."""
    return revision > FIRST_MARKED and hasattr(load(revision), "steps")


def expands(revision: str) -> bool:
    """Return whether the version before can go on with the schema of this revision."""
    return revision > FIRST_MARKED and getattr(load(revision), "compatibility", "") == EXPANDS


def oldest_user(revision: str) -> str:
    """Return the oldest schema whose program may use a register of this revision."""
    known = [each for each in revisions() if each <= revision]
    while len(known) > 1 and expands(known[-1]):
        known.pop()
    return known[-1]
