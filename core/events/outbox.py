"""The outbox: mail that is written in the transaction that causes it and sent later, each by one worker.

`due_at` uses the database's clock. A mail that is due later than after the longest possible pause was postponed while
that clock was ahead, and counts as due.
"""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Connection, case, insert, literal, or_, select, update

from core.database.rows import delete_rows, is_row, rows
from core.database.timestamps import DatabaseNow, database_now
from core.models import companies, outbox
from core.models.operating_records import MailRecord
from core.models.records import ClientRecord
from core.text.clock import SECOND, now

LEASE = 120 * SECOND
_CANDIDATES = 50  # other workers may be claiming some of them
_DELETE_BATCH = 1000
_MAX_WAIT = 3600 * SECOND


def queue_welcome(connection: Connection, company_id: int, client: ClientRecord, person: Mapping[str, Any]) -> None:
    """Queue the welcome mail to a client's account owner, or to another of its contacts."""
    role = "its owner" if person.get("is_primary") else "one of its contacts"
    company = connection.execute(select(companies.c.name).where(companies.c.id == company_id)).scalar_one()
    body = (
        f"Dear {person['first_name']} {person['last_name']},\n\n"
        f"{company} has opened an account for {client['display_name']}, and you are {role}.\n"
    )
    row = {"recipient": person["email"], "subject": f"Welcome to {company}", "body": body}
    connection.execute(insert(outbox).values(**row, company_id=company_id, client_id=client["id"], created_at=now()))


def move(connection: Connection, company_id: int, client_id: int, receiver_id: int) -> None:
    """Move a client's mails to another client."""
    mine = (outbox.c.company_id == company_id, outbox.c.client_id == client_id)
    connection.execute(update(outbox).where(*mine).values(client_id=receiver_id))


def claim(connection: Connection) -> MailRecord | None:
    """Lease the next waiting mail for `LEASE` microseconds and return it; None if none is due.

    If the worker dies, another one takes over when the lease ends.
    """
    at = database_now(connection)
    is_due = or_(outbox.c.due_at <= at, outbox.c.due_at > DatabaseNow() + _longest_pause())
    waiting = select(outbox.c.company_id, outbox.c.id).where(outbox.c.sent_at == 0, is_due)
    # Found among all companies, but locked by its own: a distributed register cannot lock rows of several nodes.
    for company_id, mail_id in connection.execute(waiting.order_by(outbox.c.due_at).limit(_CANDIDATES)).all():
        mine = is_row(outbox, company_id, mail_id)
        locking = select(outbox.c.id).where(mine, outbox.c.sent_at == 0, is_due).with_for_update(skip_locked=True)
        if connection.execute(locking).first() is not None:
            taken = update(outbox).where(mine).values(due_at=at + LEASE, attempts=outbox.c.attempts + 1)
            return rows(MailRecord, connection, taken.returning(*outbox.columns))[0]
    return None


def mark_sent(connection: Connection, mail: MailRecord) -> None:
    """Record that the mail server accepted the mail."""
    mine = is_row(outbox, mail["company_id"], mail["id"])
    connection.execute(update(outbox).where(mine).values(sent_at=now(), last_error=""))


def mark_failed(connection: Connection, mail: MailRecord, reason: str) -> None:
    """Schedule the next attempt: after 1, 2, 4, … seconds, at most an hour."""
    due_at = database_now(connection) + _wait(mail["attempts"])
    statement = update(outbox).where(is_row(outbox, mail["company_id"], mail["id"]))
    connection.execute(statement.values(due_at=due_at, last_error=reason[:1000]))


def list_all(connection: Connection, company_id: int, waiting_only: bool = False) -> list[MailRecord]:
    """Return the company's mails, oldest first."""
    statement = select(outbox).where(outbox.c.company_id == company_id).order_by(outbox.c.id)
    if waiting_only:
        statement = statement.where(outbox.c.sent_at == 0)
    return rows(MailRecord, connection, statement)


def is_any_older(connection: Connection, retention: int) -> bool:
    """Return whether a mail was sent longer than `retention` microseconds ago."""
    return bool(_older(connection, retention))


def delete_older(connection: Connection, retention: int) -> None:
    """Delete some mails that were sent longer than `retention` microseconds ago; waiting mails stay."""
    delete_rows(connection, outbox, _older(connection, retention))


def _older(connection: Connection, retention: int) -> list[tuple[int, int]]:
    # Only the first rows are considered, which bounds the work; every old mail will be among them sooner or later.
    columns = outbox.c.company_id, outbox.c.id, outbox.c.sent_at
    first = select(*columns).where(outbox.c.sent_at > 0).order_by(outbox.c.id)
    oldest = first.limit(_DELETE_BATCH)
    return [(row[0], row[1]) for row in connection.execute(oldest) if row.sent_at < now() - retention]


def _wait(attempts: int) -> int:
    return min(SECOND << min(max(0, attempts - 1), 30), _MAX_WAIT)


def _longest_pause() -> ColumnElement[int]:
    """Return the longest wait of a mail: its lease, or the pause after its number of attempts."""
    pauses = {attempts: literal(max(LEASE, _wait(attempts)), BigInteger) for attempts in range(13)}
    return case(pauses, value=outbox.c.attempts, else_=literal(_MAX_WAIT, BigInteger))
