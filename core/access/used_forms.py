"""Forms of the bridge page that create something, such as a key: a form that is sent twice creates it once.

Each form carries a random name, which is stored in the transaction that creates the record. When a form is sent twice
at once, as by a double click, the second request waits for the first and finds its name.
"""

from collections.abc import Callable

from sqlalchemy import ColumnElement, Connection, delete, exists, or_, select, update

from core.database.timestamps import DatabaseNow, Timed
from core.errors import RegisterError
from core.models import used_forms as table
from core.text.clock import SECOND
from core.text.secrets import digest

RETENTION = 24 * 60 * 60 * SECOND
MAX_NAME = 100
"""The maximum length of a name; the rest is ignored."""


_USE = Timed("INSERT INTO used_forms (digest, created_at) VALUES (:digest, {now}) ON CONFLICT DO NOTHING")


class FormUsed(RegisterError):
    """The form was sent before; `made_id` is the id of the record that it created."""

    def __init__(self, made_id: int) -> None:
        super().__init__("this form was sent before")
        self.made_id = made_id


def once(connection: Connection, user_id: int, name: str, make: Callable[[], int]) -> int:
    """Create the record of a team user's form, unless the form was sent before, and return the id that `make` returns.

    Raises `FormUsed` if the form was sent before. A form without a name is processed every time.
    """
    if not name:
        return make()
    mine = digest(f"{user_id}\n{name[:MAX_NAME]}")
    if connection.execute(_USE, {"digest": mine}).rowcount == 0:
        made_id = connection.execute(select(table.c.made_id).where(table.c.digest == mine)).scalar_one()
        raise FormUsed(int(made_id))
    made = make()
    connection.execute(update(table).where(table.c.digest == mine).values(made_id=made))
    return made


def is_any_old(connection: Connection) -> bool:
    """Return whether `delete_old` would find anything."""
    return bool(connection.execute(select(exists().where(_is_old()))).scalar())


def delete_old(connection: Connection) -> None:
    """Delete the names of forms that were sent long ago."""
    connection.execute(delete(table).where(_is_old()))


def _is_old() -> ColumnElement[bool]:
    at = DatabaseNow()
    return or_(table.c.created_at < at - RETENTION, table.c.created_at > at)
