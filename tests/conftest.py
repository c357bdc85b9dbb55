"""One server per database engine and test run; a fresh company per test."""

import functools
import gc
import itertools
import os
import shutil
import sys
import tempfile
from collections.abc import Generator, Iterator
from contextlib import closing
from pathlib import Path

import httpx._config
import httpx._transports.default
import pytest
from argon2 import PasswordHasher
from hashids import Hashids

from core.database.database import Database
from core.database.migrations import upgrade
from core.text import secrets
from tests import citus, company_statements
from tests.drivers import Company, new_company
from tests.embedded import get_server
from tests.object_store import ObjectStore, serving_objects
from tests.server import Server, serving

# Real Argon2, but light: nearly every test makes a company, and a hash for good takes longer than the rest of most.
secrets._hasher = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
# Every httpx client reads all certificate authorities, for longer than most tests take otherwise; none here speaks TLS.
httpx._transports.default.create_ssl_context = functools.cache(httpx.create_ssl_context)
# Five seconds for an answer are few on a busy machine, and most tests send requests without a limit of their own.
for each in ("connect", "read", "write", "pool"):
    setattr(httpx._config.DEFAULT_TIMEOUT_CONFIG, each, 60.0)
# Runs of Schemathesis compute the properties of all letters, half a second each, unless they find them there.
os.environ.setdefault("HYPOTHESIS_STORAGE_DIRECTORY", str(Path(__file__).parents[1] / ".hypothesis"))

# Hundreds of gateways are started, and where the environment forbids bytecode each would compile the whole program.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False

GC_THRESHOLDS = (20_000, 20, 50)  # instead of 700, 10 and 10, which took a tenth of the tests' processor time

# The registers of tests need not survive a crash of the machine, and they are many: making their files durable, and
# looking for what to vacuum in each, kept the disk busy for minutes.
UNNEEDED_ON_POSTGRESQL = ("fsync", "full_page_writes", "autovacuum")

# Many writes at once wait for each other, on a busy machine for longer than a gateway has them wait by default.
PATIENT = {"database_wait_seconds": 50}

ENGINES = ("sqlite", "postgresql")
MORE_ENGINES = ("citus",) if citus.is_there() else ()  # for every test that is not about one engine or two
ON_ONE_ENGINE = ("browser", "clients", "integrations", "wire")  # folders of tests to which any database is the same


def pytest_xdist_auto_num_workers() -> int:
    """Return two more than there are cores: a fifth of the time of tests is waiting for something."""
    return (os.cpu_count() or 1) + 2


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """Collect tests without the garbage collector, and have it ignore them and run more rarely afterwards."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.set_threshold(*GC_THRESHOLDS)
        gc.enable()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Run the longest tests first, so that no worker waits for them at the end."""
    items.sort(key=lambda item: item.get_closest_marker("long") is None)


_databases = itertools.count(1)


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """A real PostgreSQL: the one that GATEWAY_TEST_POSTGRES_URL names, else one started from a wheel."""
    if given := os.environ.get("GATEWAY_TEST_POSTGRES_URL"):
        yield given
        return
    import psycopg

    # A short path: PostgreSQL listens on a socket in there, and socket paths are limited to about 100 bytes.
    with tempfile.TemporaryDirectory(prefix="pg") as folder, get_server(folder) as server:
        with psycopg.connect(server.get_uri(), autocommit=True) as connection:
            for setting in UNNEEDED_ON_POSTGRESQL:
                connection.execute(f"ALTER SYSTEM SET {setting} = off")
            connection.execute("SELECT pg_reload_conf()")
        yield server.get_uri()


@pytest.fixture(scope="session")
def new_database(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory):
    """A function that makes an empty database on an engine, or a copy of one that nobody uses, and returns its URL."""

    def make(engine: str, original: str = "") -> str:
        name = f"register_{os.getpid()}_{next(_databases)}"
        if engine == "sqlite":
            file = tmp_path_factory.mktemp("sqlite") / f"{name}.db"
            if original:
                shutil.copy(original.removeprefix("sqlite:///"), file)
            return f"sqlite:///{file}"
        if engine == "citus":
            return citus.new_register(name)
        from sqlalchemy import create_engine, text
        from sqlalchemy.engine import make_url

        url = make_url(request.getfixturevalue("postgres_url")).set(drivername="postgresql+psycopg")
        admin = create_engine(url, isolation_level="AUTOCOMMIT")
        with admin.connect() as connection:
            template = f" TEMPLATE {make_url(original).database}" if original else ""
            connection.execute(text(f"CREATE DATABASE {name}{template}"))
        admin.dispose()
        return url.set(database=name, drivername="postgresql").render_as_string(hide_password=False)

    return make


@pytest.fixture(scope="session")
def new_register(new_database):
    """A function that makes a register without companies on an engine and returns its URL.

    It is a copy of one that was migrated once, which takes a tenth of the time of all migrations.
    """

    @functools.cache
    def original(engine: str) -> str:
        url = new_database(engine)
        with closing(Database(url, threads=1)) as database:
            upgrade(database)
        return url

    # On Citus it is distributed too.
    return lambda engine: new_database(engine, "" if engine == "citus" else original(engine))


@pytest.fixture(scope="session")
def object_store() -> Iterator[ObjectStore]:
    """A real S3-compatible server, and the environment that leads to it."""
    with serving_objects() as store:
        yield store


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run a test on each engine, on those of its marker `engines`, or on one if its folder is not about databases."""
    named = [marker.args[0] for marker in metafunc.definition.iter_markers("parametrize")]
    if "engine" in metafunc.fixturenames and "engine" not in named:
        marker = metafunc.definition.get_closest_marker("engines")
        on_one = Path(metafunc.module.__file__).parent.name in ON_ONE_ENGINE
        of_folder = ("sqlite",) if on_one else (*ENGINES, *MORE_ENGINES)
        metafunc.parametrize("engine", marker.args if marker else of_folder, indirect=True, scope="session")


@pytest.fixture(scope="session")
def engine(request: pytest.FixtureRequest) -> str:
    """The database engine of a test. Do not override it: the servers of other engines would keep running."""
    return request.param


@pytest.fixture(scope="session")
def server(engine: str, new_register, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The gateway that the tests of one engine share."""
    found: dict[str, list[str]] = {}
    with (
        company_statements.refused(found),
        serving(new_register(engine), tmp_path_factory.mktemp(f"gateway-{engine}"), **PATIENT) as running,
    ):
        yield running
        if engine == "sqlite":  # whatever all these tests wrote, the index of searches must agree with it
            with running.database.writing() as connection:
                connection.exec_driver_sql(
                    "INSERT INTO client_search_grams (client_search_grams, rank) VALUES ('integrity-check', 1)"
                )
    assert not found, found


@pytest.fixture
def company(server: Server, request: pytest.FixtureRequest) -> Iterator[Company]:
    """A new company for one test."""
    if "engine" in request.fixturenames:
        assert server.database.is_sqlite is (request.getfixturevalue("engine") == "sqlite"), "another engine's server"
    made = new_company(server)
    yield made
    made.close()


@pytest.fixture(scope="module")
def shared(server: Server) -> Iterator[Company]:
    """One company for all tests of a module that only read their own clients and count nothing."""
    made = new_company(server)
    yield made
    made.close()


@pytest.fixture
def other_company(server: Server) -> Iterator[Company]:
    """A second company, which must not see the first."""
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
