"""Builds the views of clients, whose renderings the core stores, from the dialects' tables."""

from collections.abc import Iterator
from functools import cache
from hashlib import sha256
from pathlib import Path

import core
from core.clients import record_statements
from core.query import State
from core.text.packing import FORMAT, Packing
from core.view import View
from schemas.fields import FieldMap

_DIGITS = 12
_ROOT = Path(str(core.__file__)).parent.parent
RENDERS = (
    *("core/attribute.py", "core/query.py", "core/clients/attributes.py", "core/clients/extras.py", "core/text/*.py"),
    *("schemas/fields.py", "schemas/rendering.py", "schemas/rows.py", "schemas/types/*.py"),
    *("dialects/legacy/clients.py", "dialects/legacy/types.py", "dialects/v1/clients.py", "dialects/v1/contacts.py"),
    *("dialects/v1/documents.py", "dialects/v1/gateway_tokens.py", "dialects/v1/locations.py", "dialects/v1/tags.py"),
    *("dialects/v1/codes.py", "dialects/v1/types.py", "dialects/v1/wire.py", "dialects/shared/views.py"),
)
"""The files that determine a rendering: the tables, their types, and the attributes that they read."""
_DICTIONARIES = Path(__file__).parent / "dictionaries"


def view_of(name: str, fields: FieldMap, states: frozenset[State], settings: str = "", edition: str = "") -> View:
    """Return the view of a table. `settings` are the settings of the installation on which a rendering depends."""
    packing = Packing(trained_dictionary(name) + fields.render_json(record_statements.sample()).encode())
    made_by = f"{_code()} {settings} {FORMAT} ".encode() + packing.dictionary
    fingerprint = sha256(made_by).hexdigest()[:_DIGITS]  # short, because every rendering stores it
    return View(name, fingerprint, states, fields.render_json, packing, edition)


def dictionary_file(view: str) -> Path:
    """Return the path of the dictionary that was trained for a view (`python -m tests.dictionaries`)."""
    return _DICTIONARIES / f"{view}.dictionary"


def trained_dictionary(view: str) -> bytes:
    """Return the dictionary that was trained for a view; nothing if there is none."""
    file = dictionary_file(view)
    return file.read_bytes() if file.exists() else b""


def rendering_files() -> list[Path]:
    """Return the files of `RENDERS`, in an order that is the same in every process."""
    return sorted(path for pattern in RENDERS for path in _ROOT.glob(pattern))


@cache
def _code() -> str:
    # Unlike a version number, a digest of the code cannot be forgotten. A new digest causes every client to be rendered
    # again, so it covers only code that renders, without comments.
    digest = sha256()
    for path in rendering_files():
        digest.update("\n".join(statements(path)).encode())
    return digest.hexdigest()


def statements(path: Path) -> Iterator[str]:
    """Return the lines of a file of code that are neither blank nor a comment."""
    return (line for line in path.read_text("utf-8").splitlines() if line.strip() and not line.lstrip().startswith("#"))
