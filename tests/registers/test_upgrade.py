"""A register of an earlier version opens in this one, and both dialects show what they showed then."""

import json
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest
from sqlalchemy import inspect

from core.database.database import Database
from core.database.migrations import revisions, upgrade
from tests.conftest import ENGINES
from tests.gateway.command_line import CommandLine
from tests.registers.filling import KEY, read_views
from tests.registers.keep import KEPT, PUBLIC_URL
from tests.server import serving_requests_only

NAMES = sorted(path.stem for path in KEPT.glob("*.zip"))


pytestmark = pytest.mark.filterwarnings("ignore:.*expression-based index")


@dataclass(frozen=True)
class Opened:
    """A kept register that this version has opened: what it showed then and shows now, and its tables."""

    then: dict[str, Any]
    now: dict[str, Any]
    tables: dict[str, Any]
    ids_then: dict[str, int]
    ids_now: dict[str, int]


@pytest.fixture(scope="module")
def tables_of_new(new_database):
    """The tables of a new register, by engine."""
    return {engine: _tables_of_new(new_database(engine)) for engine in ENGINES}


@pytest.fixture(scope="module", params=[(name, engine) for name in NAMES for engine in ENGINES], ids="-".join)
def opened(request, new_database, tmp_path_factory):
    name, engine = request.param
    folder = tmp_path_factory.mktemp(name)
    url = unpack(name, engine, new_database, folder)
    ids_then = _raised_ids(url) if engine == "sqlite" else {}
    with (
        serving_requests_only(url, folder, public_url=PUBLIC_URL) as server,  # others give out ids too
        httpx.Client(base_url=server.url, timeout=30) as http,
    ):
        now = read_views(http, KEY)
        ids_now = _ids(server.database) if engine == "sqlite" else {}
        found = tables(server.database)
    with zipfile.ZipFile(KEPT / f"{name}.zip") as kept:
        return engine, Opened(json.loads(kept.read(f"{engine}.json")), now, found, ids_then, ids_now)


def test_a_kept_register_shows_what_its_own_version_showed(opened):
    _engine, register = opened
    assert list(differences(register.then, register.now)) == []


def test_a_kept_register_gets_the_tables_of_a_new_one(opened, tables_of_new):
    engine, register = opened
    assert register.tables == tables_of_new[engine]


def test_ids_that_a_kept_register_has_used_are_not_given_out_again(opened):
    _engine, register = opened
    assert {table: register.ids_now[table] for table in register.ids_then} == register.ids_then


def test_every_schema_has_a_kept_register():
    assert sorted({name.partition("-")[0] for name in NAMES}) == revisions(), "see tests/registers/keep.py"


def unpack(name: str, engine: str, new_database, folder: Path) -> str:
    """Return the URL of a copy of a kept register."""
    with zipfile.ZipFile(KEPT / f"{name}.zip") as kept:
        if engine == "sqlite":
            return f"sqlite:///{kept.extract('register.db', folder)}"
        url = new_database("postgresql")
        # What a newer pg_dump writes for psql alone, or older servers do not know.
        script = re.sub(r"(?m)^(\\|SET transaction_timeout).*$", "", kept.read("register.sql").decode())
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(script.encode())
    return str(url)


def differences(then: Any, now: Any, path: str = "") -> Iterator[str]:
    """Return where an answer is not what it was; additional fields are no difference."""
    if isinstance(then, dict) and isinstance(now, dict):
        for key, value in then.items():
            yield from differences(value, now.get(key, "(nothing)"), f"{path} > {key}")
    elif isinstance(then, list) and isinstance(now, list) and len(then) == len(now):
        for index, (before, after) in enumerate(zip(then, now, strict=True)):
            yield from differences(before, after, f"{path} > {index}")
    elif then != now:
        yield f"{path}: {then!r} is {now!r}"


def tables(database: Database) -> dict[str, Any]:
    """Return everything about the tables, except the order of columns and how expressions are written."""
    with database.reading() as connection:
        found = inspect(connection)
        return {name: _table(found, name) for name in found.get_table_names() if "_grams_" not in name} | {
            "indexes": _indexes(database, connection)
        }


def _table(found: Any, name: str) -> dict[str, Any]:
    keys = [*found.get_foreign_keys(name), *found.get_unique_constraints(name)]
    return {
        "columns": {
            column["name"]: (str(column["type"]), column["nullable"], str(column["default"]).strip("()"))
            for column in found.get_columns(name)
        },
        "constraints": {key["name"]: key for key in keys},
        "key": found.get_pk_constraint(name)["constrained_columns"],
    }


def _indexes(database: Database, connection: Any) -> dict[str, str]:
    made = (
        "SELECT name, sql FROM sqlite_master WHERE type IN ('index', 'view', 'trigger') AND sql IS NOT NULL"
        if database.is_sqlite
        else "SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'"
    )
    return {name: " ".join(definition.split()) for name, definition in connection.exec_driver_sql(made)}


def _tables_of_new(url: str) -> dict[str, Any]:
    database = Database(url, threads=1)
    upgrade(database)
    found = tables(database)
    database.close()
    return found


def _raised_ids(url: str) -> dict[str, int]:
    """Return the highest id that each table of SQLite gave out, after another hundred was given out and erased."""
    database = Database(url, threads=1)
    with database.writing() as connection:
        connection.exec_driver_sql("UPDATE sqlite_sequence SET seq = seq + 100")
    found = _ids(database)
    database.close()
    return found


def _ids(database: Database) -> dict[str, int]:
    with database.reading() as connection:
        return dict(connection.exec_driver_sql("SELECT name, seq FROM sqlite_sequence").all())


FOREIGN = {
    "a table that is gone": "DROP TABLE contacts",
    "a table with another column": "ALTER TABLE categories ADD COLUMN searched TEXT",
    "a table of another program": "CREATE TABLE webhooks (id INTEGER)",
}


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("case", FOREIGN)
def test_a_register_that_cannot_be_upgraded_is_left_unchanged_and_named(case, engine, new_database, tmp_path):
    url = unpack("0011-ee4c425", engine, new_database, tmp_path)
    database = Database(url, threads=1)
    with database.writing() as connection:
        connection.exec_driver_sql(FOREIGN[case])
    before = tables(database)
    result = CommandLine(url, tmp_path).run("token", "list")
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.startswith("Error: The register (schema 0011) cannot be upgraded to schema ")
    assert result.stderr.count("\n") == 1
    assert tables(database) == before
    database.close()
