"""Forms of the bridge page that make something, such as a key: what is sent twice is made once.

Each form carries a random name. It is written down in the transaction that makes what the form asks for, so of two that
are sent at once, as by a double click, the second waits for the first and finds its name.
"""

from collections.abc import Callable

from sqlalchemy import ColumnElement, Connection, delete, exists, or_, select, update

from core.database.timestamps import DatabaseNow, Timed
from core.errors import RegisterError
from core.models import used_forms as table
from core.text.clock import SECOND
from core.text.secrets import digest

KEPT = 24 * 60 * 60 * SECOND
MAX_NAME = 100
"""Characters of a name."""


_USE = Timed("INSERT INTO used_forms (digest, created_at) VALUES (:digest, {now}) ON CONFLICT DO NOTHING")


class FormUsed(RegisterError):
    """The form was sent before; `made_id` is the id of what that made."""

    def __init__(self, made_id: int) -> None:
        super().__init__("this form was sent before")
        self.made_id = made_id


def once(connection: Connection, user_id: int, name: str, make: Callable[[], int]) -> int:
    """Make what a team user's form of this name asks for; the id that `make` returns.

    Raises `FormUsed` if the form has made it already. A form without a name is made however often it is sent.
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
    """Whether `delete_old` would find anything."""
    return bool(connection.execute(select(exists().where(_is_old()))).scalar())


def delete_old(connection: Connection) -> None:
    """Forget forms that were sent long ago."""
    connection.execute(delete(table).where(_is_old()))


def _is_old() -> ColumnElement[bool]:
    at = DatabaseNow()
    return or_(table.c.created_at < at - KEPT, table.c.created_at > at)
