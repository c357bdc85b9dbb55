"""What the register derives from a client's rows and keeps beside them: what it is found by, and what it looks like."""

from sqlalchemy import Connection

from core import records, renderings, search
from core.query import ANY, Stored


def renew(connection: Connection, company_id: int, client_id: int) -> Stored:
    """Derive everything anew, as every change of a client must in the end; the client as it now is."""
    stored = records.stored(connection, company_id, client_id, ANY)
    search.index(connection, stored.record)
    renderings.keep_all(connection, stored)
    return stored
