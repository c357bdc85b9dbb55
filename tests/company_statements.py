"""That every statement on what belongs to a company names the company: a distributed register asks one node then.

All statements of a gateway's tests on PostgreSQL are looked at, each text once.
"""

import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest

from core.database import distribution
from core.database.pipeline import Pipeline
from core.database.round_trips import Statement

_TABLES = "|".join(each.name for each in distribution.by_company())
_NAMED = re.compile(rf"(?:FROM|JOIN|UPDATE|INTO|,) \(*(?:public\.)?({_TABLES})\b(?! \.|\.)(?: AS (\w+))?")
_NO_STATEMENTS = re.compile(
    "SAVEPOINT|CREATE|ALTER|DROP|COPY|TRUNCATE|COMMENT|EXPLAIN|VACUUM|DECLARE|LOCK|.*(pg_catalog|pg_class)", re.I
)

# Where statements over all companies come from, which are plain reads: for the register's own upkeep, and to find what
# no company is known of yet. `following` also locks, and has other statements on a distributed register.
OVER_ALL = {
    "core/clients/category_walk.py": {"_next"},
    "core/clients/contacts.py": {"unlike_their_clients"},
    "core/clients/portal.py": {"guest"},
    "core/clients/records.py": {"following"},
    "core/documents/documents.py": {"every_key"},
    "core/events/activities.py": {"delete_older", "is_any_older", "of_nobody"},
    "core/events/change_log.py": {"delete_older", "is_any_older"},
    "core/events/deliveries.py": {"claim", "delete_older", "is_any_due", "is_any_older"},
    "core/events/outbox.py": {"_older", "claim"},
    "core/events/webhooks.py": {"secrets"},
    "core/importing/beside.py": {"_present"},
    "core/importing/category_import.py": {"_is_free"},
    "core/importing/conflicts.py": {"_rows"},
    "core/operations/backlogs.py": {"_mail", "_webhooks"},
    "core/operations/copying/collisions.py": {"_taken_ids", "_taken_values"},
    "core/operations/copying/rows.py": {"batches", "count", "last_key"},
    "core/operations/diagnosis.py": {"last_change"},
    "core/operations/removal.py": {"_by_company"},
    "core/operations/retention.py": {"_counted"},
    "core/projections/counts.py": {"disagreeing"},
    "core/projections/search.py": {"unindexed"},
}
_ROOT = Path(__file__).parent.parent
_OURS = ("core/", "gateway/")
_PASSED_BY = {
    *("tests/company_statements.py", "tests/register/statements.py"),
    *(
        f"core/database/{name}.py"
        for name in ("database", "deferred", "direct", "pipeline", "prepared", "prepared_update", "rows")
    ),
}


def unnamed(statement: str) -> list[str]:
    """The tables of what belongs to a company that a statement looks at without naming the company."""
    text = " ".join(statement.split())
    if _NO_STATEMENTS.match(text):
        return []
    return [table for table, alias in _NAMED.findall(text) if not _names(text, table, alias or table)]


def _names(text: str, table: str, alias: str) -> bool:
    if re.search(rf"INSERT INTO {table} \([^)]*\bcompany_id\b", text):
        return True
    condition = rf"(\b{alias}\.|[ (])company_id\)? (=|IN) |= {alias}\.company_id\b"
    return bool(re.search(condition, text))


def _asked_by() -> tuple[str, str]:
    """The file and function of the program, or of the tests, that asks."""
    frame = sys._getframe(1)
    while frame is not None:
        path = Path(frame.f_code.co_filename)
        file = str(path.relative_to(_ROOT)) if path.is_relative_to(_ROOT) else ""
        is_comprehension = frame.f_code.co_name.startswith("<")
        if file and not (file.startswith(".venv/") or file in _PASSED_BY or is_comprehension):
            return file, frame.f_code.co_name
        frame = frame.f_back
    return "", ""


@contextmanager
def refused(found: dict[str, list[str]]) -> Iterator[None]:
    """Collect the statements of this process that name no company, with the tables that they look at."""
    seen: set[str] = set()

    def note(query: Any) -> None:
        if isinstance(query, str) and query not in seen:
            seen.add(query)
            tables, (file, function) = unnamed(query), _asked_by()
            if (
                tables
                and file.startswith(_OURS)
                and "/migrations/" not in file
                and function not in OVER_ALL.get(file, ())
            ):
                found[f"{file} {function}: {query}"] = tables

    execute, executemany = psycopg.Cursor.execute, psycopg.Cursor.executemany
    send, make = Pipeline.send, Statement.__init__

    def one(self: Any, query: Any, *arguments: Any, **named: Any) -> Any:
        note(query)
        return execute(self, query, *arguments, **named)

    def many(self: Any, query: Any, rows: Any, **named: Any) -> Any:
        note(query)
        return executemany(self, query, rows, **named)

    def directly(self: Any, sql: str, *arguments: Any) -> None:
        note(sql)
        make(self, sql, *arguments)

    def batch(self: Any, questions: Any) -> None:
        for question in questions:
            note(question.sql)
        send(self, questions)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(psycopg.Cursor, "execute", one)
        patch.setattr(psycopg.Cursor, "executemany", many)
        patch.setattr(Statement, "__init__", directly)
        patch.setattr(Pipeline, "send", batch)
        yield
