"""Deferred statements on PostgreSQL: they are sent with the next one, in order, and an error fails the transaction."""

import asyncio
import threading
from contextlib import closing
from functools import partial

import psycopg
import pytest
from sqlalchemy import Column, Connection, Integer, MetaData, Table, bindparam, insert, select, text, update
from sqlalchemy.exc import IntegrityError

from core.database import deferred
from core.database.database import Database
from core.database.deferred import prefetching
from core.database.prepared import Prepared, PreparedInsert
from core.database.savepoints import all_or_nothing, dry_run
from core.errors import Unavailable
from tests.register.arranging import together

pytestmark = pytest.mark.engines("postgresql")

notes = Table("notes", MetaData(), Column("id", Integer, primary_key=True), Column("number", Integer, unique=True))
ADD = Prepared(insert(notes).values(number=bindparam("number")))
ADD_ROW = PreparedInsert(notes)
CHANGE = Prepared(update(notes).where(notes.c.id == bindparam("which")).values(number=bindparam("number")))
NUMBERS = Prepared(select(notes.c.number).order_by(notes.c.number))


@pytest.fixture
def opened(engine, new_database):
    with closing(Database(new_database(engine))) as database:
        database.write_now(notes.metadata.create_all)
        yield database


def numbers(database: Database) -> list[int]:
    return database.read_now(lambda connection: [row[0] for row in NUMBERS.all(connection)])


def add(connection: Connection, *wanted: int) -> None:
    for number in wanted:
        ADD.run(connection, number=number)


def by_a_prepared_statement(connection: Connection) -> list[int]:
    return [row[0] for row in NUMBERS.all(connection)]


def by_a_cursor(connection: Connection) -> list[int]:
    return list(connection.execute(select(notes.c.number).order_by(notes.c.number)).scalars())


def by_text(connection: Connection) -> list[int]:
    return list(connection.exec_driver_sql("SELECT number FROM notes ORDER BY number").scalars())


def in_a_savepoint(connection: Connection) -> list[int]:
    return all_or_nothing(connection, by_a_prepared_statement)


def with_another_kind_of_value(connection: Connection) -> list[int]:
    Prepared(text("SELECT 1 WHERE :none < 2.0")).all(connection, none=1.5)
    return by_a_cursor(connection)


READS = [by_a_prepared_statement, by_a_cursor, by_text, in_a_savepoint, with_another_kind_of_value]


@pytest.mark.parametrize("read", READS)
def test_any_later_statement_sees_deferred_writes(opened, read):
    def unit(connection: Connection) -> list[int]:
        add(connection, 1, 2)
        seen = read(connection)
        add(connection, 3)
        return seen

    assert opened.write_now(unit) == [1, 2]
    assert numbers(opened) == [1, 2, 3]


def nothing(_connection: Connection) -> None:
    """No statement follows before the commit."""


@pytest.mark.parametrize("following", [*READS, nothing])
def test_a_failing_deferred_statement_rolls_back_and_raises(opened, following):
    opened.write_now(lambda connection: add(connection, 7))

    def unit(connection: Connection) -> None:
        add(connection, 8, 7, 9)
        following(connection)

    with pytest.raises(IntegrityError if following is by_text else psycopg.errors.UniqueViolation):
        opened.write_now(unit)
    assert numbers(opened) == [7]
    opened.write_now(lambda connection: add(connection, 8))
    assert numbers(opened) == [7, 8]


@pytest.mark.parametrize("attempt", [all_or_nothing, dry_run])
def test_a_failure_in_a_savepoint_raises_at_its_end_and_the_unit_continues(opened, attempt):
    def unit(connection: Connection) -> None:
        add(connection, 1)
        with pytest.raises(psycopg.errors.UniqueViolation):
            attempt(connection, lambda inner: add(inner, 2, 1))
        with pytest.raises(ZeroDivisionError):
            attempt(connection, lambda inner: add(inner, 3 // 0))
        add(connection, 4)

    opened.write_now(unit)
    assert numbers(opened) == [1, 4]


def test_a_failing_unit_fails_no_other_unit_of_a_shared_commit(opened):
    opened.write_now(lambda connection: add(connection, 2))

    def adding(number: int, connection: Connection) -> int:
        add(connection, number)
        return number

    async def all_at_once() -> list[object]:
        units = [partial(adding, number) for number in (1, 2, 3, 2, 5)]
        acts = [opened.write(unit, sharing="company") for unit in units]
        return await asyncio.gather(*acts, return_exceptions=True)

    for _ in range(3):  # also when a failure is expected, and each has a savepoint
        outcomes = asyncio.run(all_at_once())
        failed = [isinstance(each, psycopg.errors.UniqueViolation) for each in outcomes]
        assert failed == [False, True, False, True, False], outcomes
        assert numbers(opened) == [1, 2, 3, 5]
        opened.write_now(lambda connection: connection.execute(notes.delete().where(notes.c.number != 2)))


def test_a_unit_that_fails_at_its_own_commit_gets_the_error(opened):
    opened.write_now(lambda connection: add(connection, 2))
    with pytest.raises(psycopg.errors.UniqueViolation):
        asyncio.run(opened.write(lambda connection: add(connection, 2), sharing="company"))
    assert numbers(opened) == [2]


def test_a_deadlock_that_appears_at_the_commit_is_retried(opened):
    opened.write_now(lambda connection: add(connection, 1, 2))
    ids = opened.read_now(lambda connection: list(connection.execute(select(notes.c.id)).scalars()))
    both_hold_one = threading.Barrier(2)

    def changing(first: int, second: int, number: int) -> None:
        runs = []

        def unit(connection: Connection) -> None:
            CHANGE.run(connection, which=first, number=number)
            NUMBERS.all(connection)
            if not runs:
                both_hold_one.wait(60)
            runs.append(number)
            CHANGE.run(connection, which=second, number=number + 1)

        opened.write_now(unit)

    together([partial(changing, *ids, 10), partial(changing, *reversed(ids), 20)])
    assert numbers(opened) in ([10, 11], [20, 21])


def test_nothing_of_a_unit_that_raises_is_sent(opened):
    def unit(connection: Connection) -> None:
        add(connection, 1)
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        opened.write_now(unit)
    assert numbers(opened) == []


def test_many_deferred_statements_are_sent_before_the_commit(opened):
    opened.write_now(lambda connection: ADD.run_all(connection, [{"number": number} for number in range(1000)]))
    assert numbers(opened) == list(range(1000))


def test_statements_larger_than_the_sockets_buffers_are_executed(opened):
    wide = Prepared(text("SELECT CAST(:wide AS text)"))

    def unit(connection: Connection) -> list[str]:
        value = "x" * 2_000_000
        with prefetching(connection, [(wide, {"wide": f"{value}{at}"}) for at in range(5)]):
            return [wide.scalar(connection, wide=f"{value}{at}")[-1] for at in range(5)]

    assert opened.write_now(unit) == list("01234")


def test_a_query_sent_ahead_is_answered_in_order_and_used_once(opened):
    def unit(connection: Connection) -> list[object]:
        add(connection, 1)
        with prefetching(connection, [(NUMBERS, {})]):
            add(connection, 2)
            seen: list[object] = [by_a_prepared_statement(connection), by_a_prepared_statement(connection)]
        with prefetching(connection, [(NUMBERS, {})]):
            deferred.flush(connection)
        add(connection, 3)
        return [*seen, by_a_prepared_statement(connection)]

    assert opened.write_now(unit) == [[1], [1, 2], [1, 2, 3]]


def test_an_id_requested_ahead_is_that_of_the_row(opened):
    def unit(connection: Connection) -> tuple[int, int]:
        with prefetching(connection, [(ADD_ROW.next_id, {})]):
            return ADD_ROW.run(connection, {"number": 1}), ADD_ROW.run(connection, {"number": 2})

    ids = opened.write_now(unit)
    found = opened.read_now(lambda connection: connection.execute(select(notes.c.id).order_by(notes.c.number)).all())
    assert [row[0] for row in found] == list(ids)


def test_a_connection_closed_between_two_units_is_replaced(opened):
    for number in range(3):
        opened.write_now(lambda connection, number=number: add(connection, number))
        kill = "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = current_database()"
        with psycopg.connect(**opened.address.parameters, autocommit=True) as other:
            other.execute(f"{kill} AND pid <> pg_backend_pid()")
    assert numbers(opened) == [0, 1, 2]


def test_a_connection_lost_within_a_unit_is_an_outage_and_replaced(opened):
    def unit(connection: Connection) -> None:
        add(connection, 1)
        pid = connection.exec_driver_sql("SELECT pg_backend_pid()").scalar_one()
        with opened.engine.connect() as other:
            other.exec_driver_sql(f"SELECT pg_terminate_backend({pid}, 5000)")
        add(connection, 2)

    with pytest.raises(Unavailable):
        opened.write_now(unit)
    opened.write_now(lambda connection: add(connection, 3))
    assert numbers(opened) == [3]
