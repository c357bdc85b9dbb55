"""Databases that cannot be used are reported in one sentence that says what is wrong and what to do about it."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import URL, make_url

from tests.gateway.command_line import ACME, CommandLine, new_acme
from tests.gateway.refusals import SECRET, refusal
from tests.server import free_port


@pytest.fixture(scope="module")
def guarded(new_database) -> URL:
    """A PostgreSQL that asks the user `asked` for a password, and lets others in or not."""
    url = make_url(new_database("postgresql"))
    with psycopg.connect(url.render_as_string(hide_password=False), autocommit=True) as connection:
        for role in (f"asked LOGIN PASSWORD '{SECRET}'", "full LOGIN CONNECTION LIMIT 0", "unwelcome LOGIN"):
            connection.execute(f"CREATE ROLE {role}")
        (file,) = connection.execute("SHOW hba_file").fetchone()
        rules = f"local {url.database} asked scram-sha-256\nlocal {url.database} unwelcome reject\n"
        Path(file).write_text(rules + Path(file).read_text())
        connection.execute("SELECT pg_reload_conf()")
    _wait_until_refused(url.set(username="unwelcome"))
    return url


def _wait_until_refused(url: URL) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        try:
            psycopg.connect(url.render_as_string(hide_password=False)).close()
        except psycopg.OperationalError:
            return
        time.sleep(0.05)
    raise AssertionError("pg_hba.conf was not read again")


REFUSED = {
    "a wrong password": (
        {"username": "asked", "password": f"{SECRET}x"},
        ['password authentication failed for user "asked"', "correct user or password"],
    ),
    "no password": (
        {"username": "asked", "password": None},
        ["no password supplied", "postgresql://USER:PASSWORD@HOST/NAME"],
    ),
    "an unknown database": ({"database": "lost"}, ['database "lost" does not exist', "`createdb lost`"]),
    "an unknown user": ({"username": "stranger"}, ['role "stranger" does not exist', "`createuser stranger`"]),
    "no connection left": ({"username": "full"}, ['too many connections for role "full"', "max_connections"]),
    "a rule of pg_hba.conf": ({"username": "unwelcome"}, ["pg_hba.conf", "sslmode=require"]),
}


@pytest.mark.parametrize("words", [("token", "list"), ("bootstrap", *ACME)], ids=" ".join)
@pytest.mark.parametrize("case", REFUSED)
def test_each_refusal_of_postgresql_has_its_own_message(guarded, tmp_path, case, words):
    changed, expected = REFUSED[case]
    url = guarded.set(**{name: value for name, value in changed.items() if value is not None})
    if "password" in changed and changed["password"] is None:
        url = URL.create(guarded.drivername, changed["username"], database=guarded.database, query=guarded.query)
    said = refusal(CommandLine(url.render_as_string(hide_password=False), tmp_path), *words)
    assert said.startswith("GATEWAY_DATABASE_URL: PostgreSQL at ")
    assert all(each in said for each in expected), said


@contextmanager
def answering(answer: bytes | None) -> Iterator[int]:
    """A port on which something else than PostgreSQL answers every connection once; nothing, if it is silent."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            while True:
                try:
                    connection, _address = server.accept()
                except OSError:
                    return
                connection.recv(1024)
                connection.sendall(answer or b"")
                connection.close()

        threading.Thread(target=serve, daemon=True).start()
        yield server.getsockname()[1]


def test_a_server_without_tls_and_one_that_is_down_have_different_messages(tmp_path):
    with answering(b"N") as port:
        url = f"postgresql://u:{SECRET}@127.0.0.1:{port}/x?sslmode=require"
        said = refusal(CommandLine(url, tmp_path), "token", "list")
    assert f"PostgreSQL at 127.0.0.1, port {port}: server does not support SSL" in said
    assert "sslmode=require" in said
    said = refusal(CommandLine(f"postgresql://u:{SECRET}@127.0.0.1:{free_port()}/x", tmp_path), "token", "list")
    assert "Connection refused; it is not running there; start it" in said


def test_an_unknown_host_is_named(tmp_path):
    said = refusal(CommandLine(f"postgresql://u:{SECRET}@nowhere.invalid/x", tmp_path), "token", "list")
    assert said == "GATEWAY_DATABASE_URL: the host nowhere.invalid is not known; correct it in the URL.\n"


def test_the_databases_of_a_copy_are_named_as_on_the_command_line(tmp_path):
    cli = new_acme(tmp_path)
    url = f"postgresql://u:{SECRET}@127.0.0.1:{free_port()}/x"
    assert refusal(cli, "db", "copy", cli.database_url, url).startswith("TARGET_URL: PostgreSQL at 127.0.0.1")
    assert refusal(cli, "db", "copy", url, cli.database_url).startswith("SOURCE_URL: PostgreSQL at 127.0.0.1")
    assert refusal(cli, "db", "copy", "mysql://h/x", cli.database_url).startswith("SOURCE_URL: mysql://")


URLS = {
    f"mysql://u:{SECRET}@h/x": "mysql:// databases are not supported",
    "mariadb+pymysql://h/x": "mariadb+pymysql:// databases are not supported",
    "mongodb://h/x": "mongodb:// databases are not supported",
    "sqlite3:///register.db": "sqlite3:// databases are not supported",
    "http://h/x": "http:// databases are not supported",
    "data/register.db": "it has no scheme",
    f"u:{SECRET}@h/x": "it has no scheme",
    "postgresql:/h/x": "it has no scheme",
    "sqlite:/register.db": "it has no scheme",
    "sqlite://data/register.db": "write three slashes before the path of the file",
    f"postgresql://u:{SECRET}@h:port/x": "its port is not a number",
}
BY_URL = [("token", "list"), ("bootstrap", *ACME), ("serve", "--port", free_port()), ("check",), ("restore", "a.zip")]


@pytest.mark.parametrize("words", BY_URL, ids=lambda words: words[0])
@pytest.mark.parametrize("url", URLS)
def test_an_invalid_database_url_is_answered_with_the_right_form(tmp_path, url, words):
    said = refusal(CommandLine(url, tmp_path), *words)
    assert said.startswith(f"GATEWAY_DATABASE_URL: {URLS[url]}")
    assert any(each in said for each in ("three", "cannot be parsed", "postgresql://USER:PASSWORD@HOST/NAME"))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("driver", ["postgres", "postgresql+asyncpg", "postgresql+psycopg2", "postgresql+psycopg"])
def test_a_url_of_postgresql_may_name_another_driver(guarded, tmp_path, driver):
    url = guarded.set(drivername=driver).render_as_string(hide_password=False)
    assert "There is no register" in refusal(CommandLine(url, tmp_path), "token", "list")
