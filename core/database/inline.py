"""What a unit takes for its connection while it reads SQLite on the event loop."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection

Rows = Sequence[Sequence[Any]]
Asked = tuple[str, tuple[Any, ...]]

_MAX_KNOWN = 4096


class InlineConnection:
    """The one connection of bounded reads, which itself never writes; any more than this is SQLAlchemy's.

    What a statement found is found again as long as nobody commits, in this process or another, and SQLite tells that
    in less time than it takes to look up a row (`PRAGMA data_version`).
    """

    def __init__(self, connection: Connection) -> None:
        self.dialect = connection.dialect
        self.connection = self.driver_connection = self  # as `Prepared` asks for the pool's connection and the driver's
        self._whole = connection
        driver: Any = connection.connection.driver_connection
        self._run = driver.execute
        self._version = driver.cursor()
        self._known: dict[Asked, Rows] = {}
        self._known_version = -1
        self._is_checked = False

    def execute(self, statement: Any, arguments: Any = None) -> Any:
        """The cursor of a prepared statement, or the result of one of SQLAlchemy's."""
        run = self._run if isinstance(statement, str) else self._whole.execute
        return run(statement, arguments)

    def begin(self) -> None:
        """A unit begins: it is to see what was committed before."""
        self._is_checked = False

    def presume(self, sql: str, arguments: tuple[Any, ...]) -> Rows:
        """What the statement finds; it may depend on nothing but what is in the database, so not on the time."""
        if not self._is_checked:
            self._check()
        found = self._known.get((sql, arguments))
        if found is None:
            found = self._run(sql, arguments).fetchall()
            if found:  # what is not there is asked for by strangers, with any number of different values
                self._known[sql, arguments] = found
        return found

    def _check(self) -> None:
        """Forget what was found if anything was committed since."""
        version = self._version.execute("PRAGMA data_version").fetchone()[0]
        if version != self._known_version or len(self._known) >= _MAX_KNOWN:
            self._known, self._known_version = {}, version
        self._is_checked = True

    def __getattr__(self, name: str) -> Any:
        return getattr(self._whole, name)
