"""Errors of the first minutes say what is wrong and what to do about it, in one sentence."""

import os
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import URL, make_url

from tests.gateway.command_line import ACME, CommandLine, fresh, new_acme
from tests.server import free_port

SECRET = "hunter2"
NOBODY = 65534


def refusal(cli: CommandLine, *words: object, status: int = 1, **settings: str) -> str:
    """Return the one sentence with which a command ends."""
    result = cli.run(*words, **settings)
    assert (result.exit_code, result.stdout) == (status, ""), result.output
    assert result.stderr.startswith("Error: ")
    assert result.stderr.endswith(".\n")
    assert result.stderr.count("\n") == 1, result.stderr
    assert SECRET not in result.stderr
    return result.stderr.removeprefix("Error: ")


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
    for _ in range(100):
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
def test_what_postgresql_refuses_is_told_apart(guarded, tmp_path, case, words):
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


def test_a_server_without_tls_is_told_apart_from_one_that_is_down(tmp_path):
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
def test_a_url_that_names_no_database_says_how_one_is_written(tmp_path, url, words):
    said = refusal(CommandLine(url, tmp_path), *words)
    assert said.startswith(f"GATEWAY_DATABASE_URL: {URLS[url]}")
    assert any(each in said for each in ("three", "cannot be parsed", "postgresql://USER:PASSWORD@HOST/NAME"))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("driver", ["postgres", "postgresql+asyncpg", "postgresql+psycopg2", "postgresql+psycopg"])
def test_a_url_of_postgresql_may_name_another_driver(guarded, tmp_path, driver):
    url = guarded.set(drivername=driver).render_as_string(hide_password=False)
    assert "There is no register" in refusal(CommandLine(url, tmp_path), "token", "list")


def folders(tmp_path: Path) -> dict[str, tuple[str, str]]:
    (tmp_path / "Taken").write_text("")
    return {
        str(tmp_path / "Taken" / "below"): ("cannot be created: ", "Taken is a file; move it away"),
        str(tmp_path / "Taken"): ("Taken is not a folder; move it away", ""),
        "/proc/below": ("/proc/below: it cannot be created there", "choose another place"),
        "s3:/bucket/folder": ("use a folder, or s3://BUCKET/FOLDER", ""),
        "ftp://host/folder": ("use a folder, or s3://BUCKET/FOLDER", ""),
    }


def test_a_storage_that_cannot_be_says_what_is_in_the_way(tmp_path):
    cli = new_acme(tmp_path)
    for url, expected in folders(tmp_path).items():
        said = refusal(cli, "serve", "--port", free_port(), GATEWAY_STORAGE_URL=url)
        assert said.startswith("GATEWAY_STORAGE_URL: ")
        assert all(each in said for each in expected), said


@pytest.mark.parametrize(
    ("file", "expected"),
    [
        ("Taken/register.db", "Taken is not a folder; move it away, or name another place"),
        ("Taken/below/register.db", "Taken is a file; move it away"),
        ("Taken", "There is no register"),
        ("folder", "folder is not a regular file"),
        ("/proc/below/register.db", "/proc/below: it cannot be created there; choose another place"),
        ("/sys/register.db", "the file /sys/register.db cannot be created: permission denied"),
    ],
)
def test_a_register_that_cannot_be_made_says_what_is_in_the_way(tmp_path, file, expected):
    (tmp_path / "Taken").write_text("")
    (tmp_path / "folder").mkdir()
    cli = CommandLine(f"sqlite:///{tmp_path / file}", tmp_path)
    words = ("token", "list") if file == "Taken" else ("bootstrap", *ACME)
    assert expected in refusal(cli, *words)


AS_NOBODY = """
import encodings.idna, os, sys
import gateway.cli.bootstrap, gateway.cli.serve  # while what lies where only root may read can be read
from gateway.cli.commands import app
os.setgroups([]); os.setgid({nobody}); os.setuid({nobody})
app(sys.argv[1:])(sys.argv[1:])
"""


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")
@pytest.mark.parametrize("words", [("bootstrap", *ACME), ("serve", "--port", "8765")], ids=lambda words: words[0])
def test_a_folder_without_the_right_to_write_says_so(tmp_path, words):
    with _closed_folder() as folder:
        settings = {"GATEWAY_DATABASE_URL": f"sqlite:///{folder}/Mine/register.db", "GATEWAY_STORAGE_URL": str(folder)}
        command = [sys.executable, "-c", AS_NOBODY.format(nobody=NOBODY), *words]
        done = subprocess.run(command, env=os.environ | settings, capture_output=True, text=True, timeout=60)
    assert done.returncode == 1
    assert done.stderr == (
        f"Error: GATEWAY_DATABASE_URL: {folder}/Mine: this user may not write there; change the permissions,"
        " or choose another place.\n"
    )


@contextmanager
def _closed_folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as name:
        Path(name).chmod(0o555)
        yield Path(name)


SETTINGS = {
    "API_SUNSET_AT": ("soon", "must be a date or a time, such as 2026-07-01"),
    "API_DEPRECATED_AT": ("2026-13-01", "must be a date or a time, such as 2026-07-01"),
    "HASH_LENGTH": ("ten", "must be a whole number"),
    "MAX_BODY_BYTES": ("2MB", "must be a whole number"),
    "RATE_LIMIT": ("-1", "must be at least 0"),
    "SESSION_HOURS": ("1000", "must be at most 720"),
    "WEBHOOK_RETRY_SECONDS": ("0", "must be more than 0"),
    "DATABASE_WAIT_SECONDS": ("long", "must be a number"),
    "ACCESS_LOG": ("maybe", "must be true or false"),
    "LOG_FORMAT": ("xml", "must be 'auto', 'json' or 'text'"),
    "LOG_LEVEL": ("loud", "must be 'debug', 'info', 'warning' or 'error'"),
    "PUBLIC_URL": ("crm.example", "must be an absolute http or https URL"),
    "API_SUCCESSOR_URL": ("/docs", "must be an absolute http or https URL"),
    "TRUSTED_PROXIES": ("proxy", "must list IP addresses or networks"),
    "WEBHOOK_ALLOW": ("http://n8n/", "must list hosts"),
    "MAIL_FROM": ("crm", "must be an email address"),
}


@pytest.mark.parametrize("name", SETTINGS)
def test_a_setting_names_itself_its_value_and_what_is_wanted(tmp_path, name):
    value, wanted = SETTINGS[name]
    said = refusal(fresh(tmp_path), "token", "list", **{f"GATEWAY_{name}": value})
    assert said.startswith(f"GATEWAY_{name}: {wanted}")
    assert said.endswith(f", not {value!r}.\n")
    assert not any(word in said for word in ("Input", "parse", "pattern"))


SECRETS = {"SMTP_URL": f"http://u:{SECRET}@h", "METRICS_TOKEN": f"{SECRET} x", "PUBLIC_URL": f"ftp://u:{SECRET}@h"}


@pytest.mark.parametrize("name", SECRETS)
def test_a_wrong_value_that_may_be_secret_is_not_shown(tmp_path, name):
    cli = new_acme(tmp_path)
    assert refusal(cli, "serve", "--port", free_port(), **{f"GATEWAY_{name}": SECRETS[name]}).startswith(
        f"GATEWAY_{name}: "
    )


def test_all_settings_that_are_wrong_are_named_at_once(tmp_path):
    said = refusal(fresh(tmp_path), "token", "list", GATEWAY_HASH_LENGTH="ten", GATEWAY_RATE_LIMIT="-1")
    assert (
        said
        == "GATEWAY_HASH_LENGTH: must be a whole number, not 'ten'; GATEWAY_RATE_LIMIT: must be at least 0, not '-1'.\n"
    )


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("GATEWAY_PUBLIC_ULR", "GATEWAY_PUBLIC_ULR is not a setting; did you mean GATEWAY_PUBLIC_URL?\n"),
        ("GATEWAY_RATELIMIT", "GATEWAY_RATELIMIT is not a setting; did you mean GATEWAY_RATE_LIMIT?\n"),
        ("GATEWAY_SERVICE_HOST", ""),  # what Kubernetes sets for a service of that name
        ("GATEWAY_CONTRACT_TOKEN", ""),
    ],
)
def test_a_mistyped_setting_is_asked_about_and_changes_nothing(tmp_path, name, said):
    cli = new_acme(tmp_path)
    process = cli.start("token", "list", **{name: "http://x"})
    out, err = process.communicate(timeout=60)
    assert (process.returncode, err) == (0, said)
    assert "bootstrap" in out


@pytest.mark.parametrize("words", [("serve",), ("serve", "--workers", 2), ("demo",), ("mock",)], ids=str)
def test_a_port_that_is_taken_is_one_sentence(tmp_path, words):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        said = refusal(fresh(tmp_path), *words, "--port", port, status=3 if words[0] == "serve" else 1)
    assert said.startswith(f"Port {port} cannot be used (address already in use); ")
    assert "--port" in said
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("host", "said"),
    [
        ("203.0.113.9", "203.0.113.9 is not an address of this machine"),
        ("nowhere.invalid", "The address nowhere.invalid is unknown"),
    ],
)
def test_an_address_of_another_machine_is_one_sentence(tmp_path, host, said):
    assert said in refusal(fresh(tmp_path), "serve", "--host", host, "--port", free_port(), status=3)


def test_names_of_files_keep_their_case(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "old.yaml").write_text("- no document")
    (tmp_path / "monday.zip").write_text("no archive")
    (tmp_path / "data").write_text("")
    assert refusal(fresh(tmp_path), "contract-diff", "old.yaml", "old.yaml") == "old.yaml is not an OpenAPI document.\n"
    assert refusal(fresh(tmp_path), "restore", "monday.zip").startswith("monday.zip is not a complete backup")
    relative = CommandLine("sqlite:///data/Register.db", tmp_path)
    assert refusal(relative, "bootstrap", *ACME).startswith("GATEWAY_DATABASE_URL: data is not a folder")


COUNTS = [(0, "0 clients"), (1, "1 client"), (2, "2 clients")]


@pytest.mark.parametrize(("number", "counted"), COUNTS)
@pytest.mark.parametrize("form", ["csv", "xlsx", "json", "ninja", "grow"])
def test_an_export_says_what_it_wrote(tmp_path, form, number, counted):
    cli = new_acme(tmp_path)
    if number:
        rows = "".join(f"{each},Client {each}\n" for each in range(1, number + 1))
        (tmp_path / "in.csv").write_text(f"id,name\n{rows}")
        assert f"{counted} created" in cli("import", "csv", str(tmp_path / "in.csv"))
    target = tmp_path / f"Clients.{form}"
    result = cli.run("export", form, "--output", str(target))
    assert (result.exit_code, result.stdout, result.stderr) == (0, "", f"{counted} written to {target}.\n")
    piped = cli.run("export", form)
    assert piped.stderr == f"{counted} written to standard output.\n"
    assert len(piped.stdout_bytes) > 0 or not number
