"""Writers of an SQLite register share commits, and nothing else."""

import asyncio
from contextlib import closing
from itertools import product

import pytest
from sqlalchemy import Connection, text

from core.database.database import Database
from core.errors import OutOfSpace


class Refused(Exception):
    """An exception of a unit that does not come from the database."""


def _noting(number: int, refused: bool):
    def unit(connection: Connection) -> int:
        connection.execute(text("INSERT INTO notes (number) VALUES (:number)"), {"number": number})
        if refused:
            raise Refused(number)
        return number

    return unit


@pytest.fixture
def opened(tmp_path):
    with closing(Database(f"sqlite:///{tmp_path / 'notes.db'}")) as opened:
        opened.write_now(lambda connection: connection.execute(text("CREATE TABLE notes (number INTEGER PRIMARY KEY)")))
        yield opened


def _written_together(opened: Database, *units) -> list[object]:
    async def all_at_once() -> list[object]:
        return await asyncio.gather(*map(opened.write, units), return_exceptions=True)

    return asyncio.run(all_at_once())


def _notes(opened: Database) -> list[int]:
    written = text("SELECT number FROM notes ORDER BY number")
    return opened.read_now(lambda connection: list(connection.execute(written).scalars()))


def test_a_failing_write_leaves_nothing_and_fails_no_other(opened):
    expected = []
    for round_, refused in enumerate(product((False, True), repeat=4)):
        numbers = [10 * round_ + at for at in range(4)]
        outcomes = _written_together(opened, *map(_noting, numbers, refused))
        assert [isinstance(outcome, Refused) for outcome in outcomes] == list(refused)
        kept = [number for number, is_refused in zip(numbers, refused, strict=True) if not is_refused]
        assert [outcome for outcome in outcomes if not isinstance(outcome, Refused)] == kept
        expected += kept
        assert _notes(opened) == expected


def test_the_second_of_two_conflicting_writes_fails(opened):
    outcomes = _written_together(opened, *(_noting(7, refused=False) for _ in range(2)), _noting(8, refused=False))
    assert [type(outcome).__name__ for outcome in outcomes] == ["int", "IntegrityError", "int"]
    assert _notes(opened) == [7, 8]


def test_a_full_disk_is_reported_to_its_writer_and_the_others_get_their_own_outcome(opened):
    pages = opened.read_now(lambda connection: connection.exec_driver_sql("PRAGMA page_count").scalar_one())

    def filling(connection: Connection) -> None:
        connection.exec_driver_sql(f"PRAGMA max_page_count={pages}")  # of this connection, until it is reset
        try:
            connection.exec_driver_sql("CREATE TABLE more AS SELECT randomblob(1000000) AS bytes")
        finally:
            connection.exec_driver_sql("PRAGMA max_page_count=1000000")

    outcomes = _written_together(opened, _noting(1, refused=False), filling, _noting(2, refused=False))
    assert isinstance(outcomes[1], OutOfSpace)
    assert not any(isinstance(outcome, Refused) for outcome in outcomes)
    told = [outcome for outcome in outcomes if isinstance(outcome, int)]
    assert _notes(opened) == told
