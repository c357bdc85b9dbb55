"""Which threads run database work, the time limit of reads, and which registers wait for the disk."""

import asyncio
import os
import sys
import threading
from contextlib import closing, nullcontext

import pytest

from core.database import postgresql
from core.database.database import Database
from core.database.sqlite import without_durability
from core.errors import Unavailable

ENDLESS = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 10000000000) SELECT count(*) FROM n"


def test_a_read_that_takes_too_long_is_cancelled_and_the_next_one_answered(engine, new_database, monkeypatch):
    monkeypatch.setattr(postgresql, "STATEMENT_SECONDS", 2.5)  # enough for a short statement on a busy machine

    async def ask(opened: Database, sql: str) -> int:
        return await opened.read(lambda connection: connection.exec_driver_sql(sql).scalar_one())

    with closing(Database(new_database(engine), threads=1)) as opened:
        for _ in range(2):
            with pytest.raises(Unavailable, match="took too long"):
                asyncio.run(ask(opened, ENDLESS))
            assert asyncio.run(ask(opened, "SELECT 7")) == 7


@pytest.mark.engines("sqlite")
@pytest.mark.skipif(sys.platform != "linux", reason="threads have priorities of their own on Linux alone")
def test_queries_in_threads_have_a_lower_priority_than_the_event_loop(engine, new_database):
    async def priorities(opened: Database) -> tuple[int, int]:
        return _priority(), await opened.read(lambda connection: _priority())

    with closing(Database(new_database(engine), threads=1)) as opened:
        of_loop, of_query = asyncio.run(priorities(opened))
    assert of_query > of_loop


@pytest.mark.engines("sqlite")
@pytest.mark.parametrize(("context", "synchronous"), [(nullcontext, 2), (without_durability, 0)])
def test_only_a_temporary_register_does_not_wait_for_the_disk(engine, new_database, context, synchronous):
    with context(), closing(Database(new_database(engine), threads=1)) as opened:
        read = opened.read_now(lambda connection: connection.exec_driver_sql("PRAGMA synchronous").scalar_one())
    assert read == synchronous


def _priority() -> int:
    return os.getpriority(os.PRIO_PROCESS, threading.get_native_id())
