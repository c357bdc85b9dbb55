"""A merged migration is never edited, because there are registers that it has already migrated."""

import hashlib
from pathlib import Path

from core.database import migrations

LANDED = Path(__file__).parent / "landed.txt"
VERSIONS = Path(migrations.__file__).parent / "versions"


def test_no_landed_migration_is_edited():
    """A new migration adds its line to the table; existing lines are never changed."""
    landed = LANDED.read_text().splitlines()
    made = [f"{_digest(path)}  {path.name}" for path in sorted(VERSIONS.glob("[0-9]*.py"))]
    assert made == landed, "a new migration is a new line of tests/registers/landed.txt; see CONTRIBUTING.md"


def _digest(path: Path) -> str:
    # A module of the core may move; where it is imported from is no part of what a migration does.
    lines = [line for line in path.read_text().splitlines() if not line.startswith("from core.")]
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()
