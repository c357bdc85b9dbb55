"""Where a register is: SQLite by a URL of SQLAlchemy, PostgreSQL by a URL as libpq takes it.

libpq's may name several hosts, a service, certificates and whom to take a connection from:
`postgresql://one:5432,two:5432/register?target_session_attrs=read-write` (PostgreSQL's manual, section 34.1.1.2).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError

# Other drivers than ours are named in URLs that are copied from elsewhere; the database behind them is the same.
_POSTGRESQL = (
    "postgresql",
    "postgres",
    *(f"postgresql+{driver}" for driver in ("psycopg", "psycopg2", "asyncpg", "pg8000")),
)
_SQLITE = ("sqlite", "sqlite+pysqlite", "sqlite+aiosqlite")
_WANTED = "write sqlite:///FOLDER/FILE.db or postgresql://USER:PASSWORD@HOST/NAME"
_SLASHES = "a file stands behind three slashes, or four if its path begins with one: sqlite:///FILE.db"


@dataclass(frozen=True)
class Address:
    """The URL by which SQLAlchemy knows the engine, and for PostgreSQL what libpq is to be given."""

    url: URL
    parameters: Mapping[str, Any] = field(default_factory=dict)

    @property
    def is_sqlite(self) -> bool:
        """Whether it names an SQLite database."""
        return self.url.get_backend_name() == "sqlite"

    @property
    def hosts(self) -> list[str]:
        """The hosts that may have it; those of a service are not known here."""
        return str(self.parameters.get("host") or self.parameters.get("hostaddr") or "").split(",")

    def __str__(self) -> str:
        """As it can be shown: without a password."""
        if self.is_sqlite:
            return self.url.render_as_string(hide_password=True)
        ports = str(self.parameters.get("port", "")).split(",")
        ports = ports * len(self.hosts) if len(ports) == 1 else ports
        named = [f"{host}:{port}" if port else host for host, port in zip(self.hosts, ports, strict=False)]
        user = f"{self.parameters['user']}@" if self.parameters.get("user") else ""
        return f"postgresql://{user}{','.join(named)}/{self.parameters.get('dbname', '')}"


def address_of(url: str) -> Address:
    """What a URL names. Raises SQLAlchemy's `ArgumentError`, with what is wrong and no password."""
    scheme, separator, rest = url.partition("://")
    if not separator:
        raise ArgumentError(f"it has no scheme; {_WANTED}")
    if scheme in _SQLITE:
        return _sqlite(rest)
    if scheme not in _POSTGRESQL:
        raise ArgumentError(f"{scheme}:// is no database that a register can be in; {_WANTED}")
    import psycopg  # only where it is needed: it would take a tenth of the start on SQLite
    from psycopg.conninfo import conninfo_to_dict

    try:
        parameters = conninfo_to_dict(f"postgresql://{rest}")
    except psycopg.ProgrammingError as error:
        raise ArgumentError(f"the URL of PostgreSQL is not understood: {str(error).splitlines()[0]}") from error
    ports = str(parameters.get("port") or "0").split(",")
    if not all(port.isdecimal() or not port for port in ports):
        raise ArgumentError(f"the URL of PostgreSQL is not understood: {','.join(ports)} is no port")
    return Address(URL.create("postgresql+psycopg"), parameters)


def _sqlite(rest: str) -> Address:
    found = make_url(f"sqlite://{rest}")
    if found.host:
        raise ArgumentError(_SLASHES)
    return Address(found)
