"""A dialect's view of clients, of which the core keeps renderings."""

from functools import cache
from hashlib import sha256
from pathlib import Path

import core
import dialects
import schemas
from core.query import State
from core.view import View
from schemas.fields import FieldMap


def view_of(name: str, fields: FieldMap, states: frozenset[State], settings: str = "", edition: str = "") -> View:
    """The view that a table gives; `settings` are those of the installation that its rendering depends on."""
    fingerprint = sha256(f"{_code()} {settings}".encode()).hexdigest()
    return View(name, fingerprint, states, fields.render_json, edition)


@cache
def _code() -> str:
    # What renders is spread over these packages. To ask the code itself never forgets a change, as a number would that
    # somebody must raise; that it also asks code which renders nothing costs one walk after an upgrade.
    digest = sha256()
    for package in (core, schemas, dialects):
        for path in sorted(Path(str(package.__file__)).parent.rglob("*.py")):
            digest.update(path.read_bytes())
    return digest.hexdigest()
