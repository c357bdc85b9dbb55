"""The lock of a company: a transaction takes it once, and again if the savepoint that took it was rolled back."""

from contextlib import closing

import pytest
from sqlalchemy import Connection

from core.access import companies, counters
from core.database.database import Database
from core.database.savepoints import dry_run

pytestmark = pytest.mark.engines("postgresql")


@pytest.fixture
def opened(engine, new_register):
    with closing(Database(new_register(engine))) as database:
        database.write_now(lambda connection: companies.ensure(connection, "Acme"))
        yield database


def set_by_another(database: Database, number: int) -> None:
    def unit(connection: Connection) -> None:
        companies.lock(connection, 1)
        counters.set_next(connection, 1, number)

    database.write_now(unit)


def test_locking_a_company_again_reads_the_number_set_meanwhile(opened):
    def unit(connection: Connection) -> list[int]:
        seen = [companies.lock(connection, 1).next]
        counters.set_next(connection, 1, 7)
        return [*seen, companies.lock(connection, 1).next]

    assert opened.write_now(unit) == [1, 7]
    assert opened.write_now(lambda connection: companies.lock(connection, 1).next) == 7


def test_a_lock_that_was_rolled_back_is_taken_and_read_again(opened):
    def unit(connection: Connection) -> list[int]:
        seen = [dry_run(connection, lambda undone: companies.lock(undone, 1).next)]
        set_by_another(opened, 50)  # which waits for nobody
        return [*seen, companies.lock(connection, 1).next]

    assert opened.write_now(unit) == [1, 50]


def test_a_rolled_back_transaction_leaves_no_cached_lock(opened):
    def unit(connection: Connection) -> None:
        counters.lock(connection, 1)
        counters.set_next(connection, 1, 99)
        raise ArithmeticError

    for _ in range(3):  # the pool hands out the connection that was used last
        with pytest.raises(ArithmeticError):
            opened.write_now(unit)
        assert opened.write_now(lambda connection: companies.lock(connection, 1).next) == 1
