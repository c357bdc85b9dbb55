"""Each table of a client's data is written in one place, so that nothing can change unnoticed by the followers."""

import ast
import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path

import pytest

import core

ROOT = Path(core.__file__).parent.parent
WRITERS = {
    "clients": {"core/clients/writing.py"},
    "client_tags": {"core/clients/child_rows.py"},
    "documents": {"core/clients/child_rows.py"},
    "client_gateway_tokens": {"core/clients/child_rows.py"},
    # Contacts are also written for contact-type users, who belong to no client yet, and by repeated imports.
    "contacts": {
        "core/clients/child_rows.py",
        "core/clients/contacts.py",
        "core/importing/children.py",
        "core/importing/company_data.py",
    },
}
_VERBS = {"insert", "update", "delete", "PreparedInsert"}


@cache
def written_tables() -> Mapping[str, set[str]]:
    """Return the tables that every module of the program writes, except the migrations."""
    packages = [sorted((ROOT / name).rglob("*.py")) for name in ("core", "dialects", "gateway", "schemas")]
    paths = [path for package in packages for path in package if "migrations" not in path.parts]
    return {path.relative_to(ROOT).as_posix(): tables_written(path.read_text()) for path in paths}


def imported(tree: ast.Module) -> dict[str, str]:
    """Return the original name of every imported name."""
    found = [each for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) for each in node.names]
    return {each.asname or each.name: each.name for each in found}


def tables_written(text: str) -> set[str]:
    """Return the tables that statements of a module insert into, update or delete from."""
    tree = ast.parse(text)
    names = imported(tree)
    written = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and node.args and names.get(getattr(node.func, "id", "")) in _VERBS:
            written |= {names.get(each.id, each.id) for each in ast.walk(node.args[0]) if isinstance(each, ast.Name)}
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in _VERBS:
            written.add(names.get(getattr(node.func.value, "id", ""), ""))
    return written | set(re.findall(r"(?:INSERT INTO|UPDATE|DELETE FROM) (\w+)", text))


@pytest.mark.parametrize("table", WRITERS)
def test_each_table_of_clients_is_written_in_one_place(table):
    writers = {name for name, tables in written_tables().items() if table in tables}
    assert writers <= WRITERS[table]
    assert table != "clients" or writers == WRITERS[table]  # what looks for writers finds them
