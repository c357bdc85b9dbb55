"""A company's mail in the outbox, page by page: waiting and sent."""

from sqlalchemy import Connection, select

from core.database.rows import first_row, rows
from core.errors import NotFound
from core.events.page_cursors import PageCursor, rows_after
from core.models import outbox
from core.models.operating_records import MailRecord

_COLUMNS = [column for column in outbox.c if column.name != "body"]


def waiting(connection: Connection, company_id: int, before_id: int | None, size: int) -> list[MailRecord]:
    """Return mail that is not sent yet, newest first, before an id if given, without its text."""
    mine = select(*_COLUMNS).where(outbox.c.company_id == company_id, outbox.c.sent_at == 0)
    if before_id is not None:
        mine = mine.where(outbox.c.id < before_id)
    return rows(MailRecord, connection, mine.order_by(outbox.c.id.desc()).limit(size))


def sent(connection: Connection, company_id: int, cursor: PageCursor | None, size: int) -> list[MailRecord]:
    """Return mail that was sent, last sent first, without its text."""
    mine = select(*_COLUMNS).where(outbox.c.company_id == company_id, outbox.c.sent_at > 0)
    mine = mine.where(*rows_after(cursor, outbox.c.sent_at, outbox.c.id))
    return rows(MailRecord, connection, mine.order_by(outbox.c.sent_at.desc(), outbox.c.id.desc()).limit(size))


def get(connection: Connection, company_id: int, mail_id: int) -> MailRecord:
    """Return one mail with its text. Raises `NotFound`."""
    mine = select(outbox).where(outbox.c.company_id == company_id, outbox.c.id == mail_id)
    found = first_row(MailRecord, connection, mine)
    if found is None:
        raise NotFound("mail")
    return found
