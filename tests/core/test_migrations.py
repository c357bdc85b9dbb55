"""The migrations create exactly the tables that the code declares."""

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import inspect

from core.database.migrations import upgrade
from core.models import metadata


@pytest.mark.filterwarnings("ignore:.*expression-based index")
def test_migrated_schema_is_the_declared_one(server):
    with server.database.reading() as connection:
        differences = compare_metadata(MigrationContext.configure(connection), metadata)
    unexpected = [each for each in differences if not (_is_index_on_expression(each) or _is_search_index(each))]
    assert unexpected == []


def _is_index_on_expression(difference) -> bool:
    # SQLAlchemy cannot read these back from SQLite, so there they always look missing; PostgreSQL compares them,
    # except for the one that it rewrites (`tests/core/test_plans.py` checks that both engines use it).
    if not difference[0].endswith("_index"):
        return False
    kind, index = difference
    rewritten = index.name == "ix_clients_number_value"
    return rewritten or (kind == "add_index" and any(each.name is None for each in index.expressions))


def _is_search_index(difference) -> bool:
    # FTS5's own tables, and indexes that need an extension: they cannot be declared for both engines.
    kind, item = difference[0], difference[1]
    return kind.startswith("remove_") and (item.name.startswith("client_search_grams") or item.name.endswith("_grams"))


@pytest.mark.filterwarnings("ignore:.*expression-based index")
def test_every_declared_index_exists(server):
    with server.database.reading() as connection:
        made = {index["name"] for table in metadata.tables for index in inspect(connection).get_indexes(table)}
        if server.database.is_sqlite:
            made |= set(connection.exec_driver_sql("SELECT name FROM sqlite_master WHERE type = 'index'").scalars())
    assert {index.name for table in metadata.tables.values() for index in table.indexes} <= made


@pytest.mark.filterwarnings("ignore:.*expression-based index")
def test_partial_indexes_are_partial_on_both_engines(server):
    option = "sqlite_where" if server.database.is_sqlite else "postgresql_where"
    with server.database.reading() as connection:
        found = [index for table in metadata.tables for index in inspect(connection).get_indexes(table)]
    made = {index["name"]: index["dialect_options"][option] for index in found if option in index["dialect_options"]}
    declared = {
        index.name: index.dialect_options["sqlite"]["where"]
        for table in metadata.tables.values()
        for index in table.indexes
    }
    wanted = {name: str(where) for name, where in declared.items() if where is not None}
    assert {name: _bare(str(where)) for name, where in made.items()} == wanted


def _bare(condition: str) -> str:
    # PostgreSQL shows the condition rewritten: (id_number)::text <> ''::text
    return condition.replace("::text", "").replace("(", "").replace(")", "")


def test_migrating_again_changes_nothing(server):
    upgrade(server.database)
