"""Checks that every statement on a table of companies names the company, so that Citus can ask one node.

All statements of the tests on PostgreSQL are checked, each text once.
"""

import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from core.database import distribution
from tests.postgresql_statements import watched

_TABLES = "|".join(each.name for each in distribution.by_company())
_NAMED = re.compile(rf"(?:FROM|JOIN|UPDATE|INTO|,) \(*(?:public\.)?({_TABLES})\b(?! \.|\.)(?: AS (\w+))?")
_NO_STATEMENTS = re.compile(
    "SAVEPOINT|CREATE|ALTER|DROP|COPY|TRUNCATE|COMMENT|EXPLAIN|VACUUM|DECLARE|LOCK|.*(pg_catalog|pg_class)", re.I
)

# The functions with statements over all companies, which are plain reads: for maintenance, and to find records whose
# company is not known yet. `clients_after` also locks, and has other statements on a distributed register.
OVER_ALL = {
    "core/clients/category_backfill.py": {"_next"},
    "core/clients/contacts.py": {"count_wrongly_hidden"},
    "core/clients/portal.py": {"guest"},
    "core/clients/records.py": {"clients_after"},
    "core/documents/documents.py": {"all_keys"},
    "core/events/activities.py": {"delete_older", "is_any_older", "count_orphans"},
    "core/events/change_log.py": {"delete_older", "is_any_older"},
    "core/events/deliveries.py": {"delete_older", "is_any_older"},
    "core/events/delivery_leases.py": {"claim", "is_any_due"},
    "core/events/outbox.py": {"_older", "claim"},
    "core/events/webhooks.py": {"secrets"},
    "core/importing/company_data.py": {"_present"},
    "core/importing/category_import.py": {"_is_free"},
    "core/importing/conflicts.py": {"_rows"},
    "core/operations/backlogs.py": {"_mail", "_webhooks"},
    "core/operations/copying/collisions.py": {"_taken_ids", "_taken_values"},
    "core/operations/copying/rows.py": {"batches", "count", "last_key"},
    "core/operations/diagnosis.py": {"last_change"},
    "core/operations/removal.py": {"_counts_by_company"},
    "core/operations/retention.py": {"_counted"},
    "core/projections/counts.py": {"blocks_with_wrong_counts"},
    "core/projections/search.py": {"count_unindexed"},
}
_ROOT = Path(__file__).parent.parent
_OURS = ("core/", "gateway/")
_PASSED_BY = {
    *("tests/company_statements.py", "tests/postgresql_statements.py"),
    *(
        f"core/database/{name}.py"
        for name in ("database", "deferred", "direct", "pipeline", "prepared", "prepared_update", "rows")
    ),
}


def unnamed(statement: str) -> list[str]:
    """Return the tables of companies that a statement reads or writes without naming the company."""
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
    """Return the file and function of the program, or of the tests, that executes the statement."""
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
    """Collect the statements of this process that name no company, with their tables."""
    seen: set[str] = set()

    def check(_database: str, query: Any) -> None:
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

    with watched(check):
        yield
