"""A dialect's view of clients, of which the core keeps renderings."""

from collections.abc import Iterator
from functools import cache
from hashlib import sha256
from pathlib import Path

import core
from core.clients import records
from core.query import State
from core.text.packing import FORMAT, Packing
from core.view import View
from schemas.fields import FieldMap

_DIGITS = 12
_ROOT = Path(str(core.__file__)).parent.parent
RENDERS = (
    *("core/attribute.py", "core/query.py", "core/clients/attributes.py", "core/clients/extras.py", "core/text/*.py"),
    *("schemas/fields.py", "schemas/rendering.py", "schemas/types/*.py"),
    *("dialects/legacy/clients.py", "dialects/legacy/types.py", "dialects/v1/clients.py", "dialects/v1/contacts.py"),
    *("dialects/v1/documents.py", "dialects/v1/gateway_tokens.py", "dialects/v1/locations.py", "dialects/v1/tags.py"),
    *("dialects/v1/codes.py", "dialects/v1/types.py", "dialects/v1/wire.py", "dialects/shared/views.py"),
)
"""The files that decide what a client looks like: the tables, their types, and what these read of a record."""
_DICTIONARIES = Path(__file__).parent / "dictionaries"


def view_of(name: str, fields: FieldMap, states: frozenset[State], settings: str = "", edition: str = "") -> View:
    """The view that a table gives; `settings` are those of the installation that its rendering depends on."""
    packing = Packing(trained_dictionary(name) + fields.render_json(records.sample()).encode())
    made_by = f"{_code()} {settings} {FORMAT} ".encode() + packing.dictionary
    fingerprint = sha256(made_by).hexdigest()[:_DIGITS]  # every rendering names it
    return View(name, fingerprint, states, fields.render_json, packing, edition)


def dictionary_file(view: str) -> Path:
    """Where the dictionary is that was trained for a view (`python -m tests.dictionaries`)."""
    return _DICTIONARIES / f"{view}.dictionary"


def trained_dictionary(view: str) -> bytes:
    """What packs renderings in a view best, before a sample of how this installation shows them; nothing for others."""
    file = dictionary_file(view)
    return file.read_bytes() if file.exists() else b""


def rendering_files() -> list[Path]:
    """The files of `RENDERS`, in the order in which every process finds them."""
    return sorted(path for pattern in RENDERS for path in _ROOT.glob(pattern))


@cache
def _code() -> str:
    # To ask the code itself never forgets a change, as a number would that somebody must raise. After one every client
    # is rendered anew, so neither code that renders nothing nor a comment is asked.
    digest = sha256()
    for path in rendering_files():
        digest.update("\n".join(statements(path)).encode())
    return digest.hexdigest()


def statements(path: Path) -> Iterator[str]:
    """The lines of a file of code that are neither blank nor a comment."""
    return (line for line in path.read_text("utf-8").splitlines() if line.strip() and not line.lstrip().startswith("#"))
