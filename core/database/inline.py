"""The connection of a unit that reads SQLite on the event loop."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection

Rows = Sequence[Sequence[Any]]
StatementKey = tuple[str, tuple[Any, ...]]

_MAX_KNOWN = 4096


class InlineConnection:
    """The connection of bounded reads, which never writes. It passes other uses on to SQLAlchemy's connection.

    Results are reused until another connection commits, in this process or another. SQLite reports such a commit
    (`PRAGMA data_version`) in less time than it takes to look up a row.
    """

    def __init__(self, connection: Connection) -> None:
        self.dialect = connection.dialect
        self.connection = self.driver_connection = self  # `Prepared` accesses the pool's connection, then the driver's
        self._whole = connection
        driver: Any = connection.connection.driver_connection
        self._run = driver.execute
        self._version = driver.cursor()
        self._known: dict[StatementKey, Rows] = {}
        self._known_version = -1
        self._is_checked = False

    def execute(self, statement: Any, arguments: Any = None) -> Any:
        """Return the cursor of a prepared statement, or SQLAlchemy's result of any other statement."""
        run = self._run if isinstance(statement, str) else self._whole.execute
        return run(statement, arguments)

    def begin(self) -> None:
        """Begin a unit, which must see everything that was committed before."""
        self._is_checked = False

    def presume(self, sql: str, arguments: tuple[Any, ...]) -> Rows:
        """Return the rows of a statement, which must depend on the database's contents alone, and not on the time."""
        if not self._is_checked:
            self._check()
        found = self._known.get((sql, arguments))
        if found is None:
            found = self._run(sql, arguments).fetchall()
            if found:  # empty results are not kept: anybody can send any number of values that do not exist
                self._known[sql, arguments] = found
        return found

    def _check(self) -> None:
        """Discard the known results if anything was committed since."""
        version = self._version.execute("PRAGMA data_version").fetchone()[0]
        if version != self._known_version or len(self._known) >= _MAX_KNOWN:
            self._known, self._known_version = {}, version
        self._is_checked = True

    def __getattr__(self, name: str) -> Any:
        return getattr(self._whole, name)
