"""The address of a register: SQLite by an SQLAlchemy URL, PostgreSQL by a libpq URL.

A libpq URL may name several hosts, a service, certificates and the wanted kind of server:
`postgresql://one:5432,two:5432/register?target_session_attrs=read-write` (PostgreSQL's manual, section 34.1.1.2).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError

_WANTED = "write sqlite:///FOLDER/FILE.db or postgresql://USER:PASSWORD@HOST/NAME"
# URLs that are copied from elsewhere may name other drivers; the database is the same.
_SQLITE = ("sqlite", "sqlite+pysqlite", "sqlite+aiosqlite")
_DRIVERS = ("psycopg", "psycopg2", "asyncpg", "pg8000")
_DEFAULT_PORT = "5432"
_POSTGRESQL = ("postgresql", "postgres", *(f"postgresql+{driver}" for driver in _DRIVERS))


@dataclass(frozen=True)
class Address:
    """The URL for SQLAlchemy, and for PostgreSQL the connection parameters for libpq."""

    url: URL
    parameters: Mapping[str, Any] = field(default_factory=dict)

    @property
    def is_sqlite(self) -> bool:
        """Whether it names an SQLite database."""
        return self.url.get_backend_name() == "sqlite"

    @property
    def hosts(self) -> list[str]:
        """The hosts in the URL; those of a service are not known here."""
        return str(self.parameters.get("host") or self.parameters.get("hostaddr") or "").split(",")

    def __str__(self) -> str:
        """Return the address without its password."""
        if self.is_sqlite:
            return self.url.render_as_string(hide_password=True)
        ports = str(self.parameters.get("port", "")).split(",")
        ports = ports * len(self.hosts) if len(ports) == 1 else ports
        named = [f"{host}:{port}" if port else host for host, port in zip(self.hosts, ports, strict=False)]
        user = f"{self.parameters['user']}@" if self.parameters.get("user") else ""
        return f"postgresql://{user}{','.join(named)}/{self.parameters.get('dbname', '')}"


def address_of(url: str) -> Address:
    """Return the address that a URL of SQLite or PostgreSQL names.

    Raises `ValueError`, whose text shows nothing of the URL but its scheme, because the URL may contain a password.
    """
    name, separator, rest = url.partition("://")
    scheme = name.lower()
    if not separator:
        raise ValueError(f"it has no scheme; {_WANTED}")
    if scheme in _SQLITE:
        return Address(_file(url))
    if scheme in _POSTGRESQL:
        return Address(URL.create("postgresql+psycopg"), _parameters(f"postgresql://{rest}"))
    raise ValueError(f"{scheme}:// databases are not supported; {_WANTED}")


def with_host_last(parameters: Mapping[str, Any], server: Mapping[str, str]) -> Mapping[str, Any]:
    """Return connection parameters of several hosts with this one (`host`, `port`) behind the others."""
    lists = {name: str(parameters[name]).split(",") for name in ("host", "hostaddr", "port") if parameters.get(name)}
    count = max((len(each) for each in lists.values()), default=1)
    listed = {name: each for name, each in lists.items() if len(each) == count > 1}
    hosts, ports = listed.get("host") or listed.get("hostaddr") or [], listed.get("port") or lists.get("port") or [""]

    def is_server(at: int) -> bool:
        port = ports[at if len(ports) > 1 else 0] or _DEFAULT_PORT
        return hosts[at] in (server["host"], server.get("hostaddr")) and port == server["port"]

    order = sorted(range(len(hosts)), key=is_server)
    return {**parameters, **{name: ",".join(each[at] for at in order) for name, each in listed.items()}}


def _file(url: str) -> URL:
    try:
        found = make_url(url).set(drivername="sqlite")
    except (ArgumentError, ValueError) as error:
        raise ValueError(f"it is not a URL; {_WANTED}, with special characters percent-encoded") from error
    if found.host:
        raise ValueError(
            "write three slashes before the path of the file, and four before an absolute path: sqlite:///FILE.db"
        )
    return found


def _parameters(url: str) -> Mapping[str, Any]:
    import psycopg  # imported here, because it would take a tenth of the start on SQLite
    from psycopg.conninfo import conninfo_to_dict

    try:
        parameters = conninfo_to_dict(url)
    except psycopg.ProgrammingError as error:
        raise ValueError(f"it is not a URL; {_WANTED}, with special characters percent-encoded") from error
    if not all(port.isdecimal() or not port for port in str(parameters.get("port") or "").split(",")):
        raise ValueError(f"its port is not a number; {_WANTED}")
    return parameters
