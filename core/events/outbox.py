"""Mail to be sent: rows written in the transaction that causes them, delivered later, each by one worker.

`due_at` is by the database's clock. A mail that is due later than after its longest pause was put off while that clock
was ahead, and is due now.
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
_CANDIDATES = 50  # looked at for one that nobody else is just taking
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
    """Make a client's mails those of another."""
    mine = (outbox.c.company_id == company_id, outbox.c.client_id == client_id)
    connection.execute(update(outbox).where(*mine).values(client_id=receiver_id))


def claim(connection: Connection) -> MailRecord | None:
    """Take the next waiting mail for `LEASE` microseconds; None if none is due.

    A worker that dies with a mail in hand loses it to another when the lease ends.
    """
    at = database_now(connection)
    is_due = or_(outbox.c.due_at <= at, outbox.c.due_at > DatabaseNow() + _longest_pause())
    waiting = select(outbox.c.company_id, outbox.c.id).where(outbox.c.sent_at == 0, is_due)
    # Looked for among all companies, and locked within its own: a distributed register locks nothing on several nodes.
    for company_id, mail_id in connection.execute(waiting.order_by(outbox.c.due_at).limit(_CANDIDATES)).all():
        mine = is_row(outbox, company_id, mail_id)
        held = select(outbox.c.id).where(mine, outbox.c.sent_at == 0, is_due).with_for_update(skip_locked=True)
        if connection.execute(held).first() is not None:
            taken = update(outbox).where(mine).values(due_at=at + LEASE, attempts=outbox.c.attempts + 1)
            return rows(MailRecord, connection, taken.returning(*outbox.columns))[0]
    return None


def mark_sent(connection: Connection, mail: MailRecord) -> None:
    """The mail server took it."""
    mine = is_row(outbox, mail["company_id"], mail["id"])
    connection.execute(update(outbox).where(mine).values(sent_at=now(), last_error=""))


def mark_failed(connection: Connection, mail: MailRecord, reason: str) -> None:
    """Try again later: after 1, 2, 4, … seconds, at most an hour."""
    due_at = database_now(connection) + _wait(mail["attempts"])
    statement = update(outbox).where(is_row(outbox, mail["company_id"], mail["id"]))
    connection.execute(statement.values(due_at=due_at, last_error=reason[:1000]))


def list_all(connection: Connection, company_id: int, waiting_only: bool = False) -> list[MailRecord]:
    """The company's mails, oldest first."""
    statement = select(outbox).where(outbox.c.company_id == company_id).order_by(outbox.c.id)
    if waiting_only:
        statement = statement.where(outbox.c.sent_at == 0)
    return rows(MailRecord, connection, statement)


def is_any_older(connection: Connection, kept: int) -> bool:
    """Whether a mail was sent longer than `kept` microseconds ago."""
    return bool(_older(connection, kept))


def delete_older(connection: Connection, kept: int) -> None:
    """Remove some mails that were sent longer than `kept` microseconds ago; those that wait stay."""
    delete_rows(connection, outbox, _older(connection, kept))


def _older(connection: Connection, kept: int) -> list[tuple[int, int]]:
    # Of the first that were written, not all: that is a bound, and an old one is among them sooner or later.
    columns = outbox.c.company_id, outbox.c.id, outbox.c.sent_at
    first = select(*columns).where(outbox.c.sent_at > 0).order_by(outbox.c.id)
    oldest = first.limit(_DELETE_BATCH)
    return [(row[0], row[1]) for row in connection.execute(oldest) if row.sent_at < now() - kept]


def _wait(attempts: int) -> int:
    return min(SECOND << min(max(0, attempts - 1), 30), _MAX_WAIT)


def _longest_pause() -> ColumnElement[int]:
    """How long a mail can have to wait: until its lease ends, or after so many attempts."""
    pauses = {attempts: literal(max(LEASE, _wait(attempts)), BigInteger) for attempts in range(13)}
    return case(pauses, value=outbox.c.attempts, else_=literal(_MAX_WAIT, BigInteger))
