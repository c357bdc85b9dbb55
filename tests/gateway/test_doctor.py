"""`gateway doctor` finds what is wrong, says what to do, and leaves everything as it was."""

import json
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import psycopg
import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult
from sqlalchemy import text

from core.database.database import Database
from core.text.clock import SECOND, now
from tests.gateway.command_line import ACME, CommandLine, fresh
from tests.server import free_port


def findings(cli: CommandLine, *arguments: object, status: int = 0, **settings: str) -> dict[str, tuple[str, str, str]]:
    """Return state, description and advice by the name of the check."""
    result = cli.run("doctor", "--json", *arguments, **settings)
    assert result.exit_code == status, result.output
    return {row["check"]: (row["state"], row["found"], row["advice"]) for row in json.loads(result.stdout)}


def states(found: dict[str, tuple[str, str, str]]) -> dict[str, str]:
    return {check: state for check, (state, _found, _advice) in found.items() if state != "ok"}


def change(cli: CommandLine, *statements: str) -> None:
    with closing(sqlite3.connect(cli.folder / "register.db", isolation_level=None)) as connection:
        for each in statements:
            connection.execute(each)


@contextmanager
def mail_server(accepts: bool):
    """An SMTP server that accepts or refuses every login."""

    def sign_in(*_arguments: object) -> AuthResult:
        return AuthResult(success=accepts, handled=False)

    port = free_port()
    login = {"authenticator": sign_in, "auth_require_tls": False, "auth_required": True}
    server = Controller(object(), hostname="127.0.0.1", port=port, ready_timeout=60, **login)
    server.start()
    try:
        yield f"smtp://us:a-password@127.0.0.1:{port}"
    finally:
        server.stop()


@contextmanager
def durable_server(database_url: str) -> Iterator[None]:
    """Have the PostgreSQL of the tests make its files durable, as servers do by default."""
    if not database_url.startswith("postgresql"):
        yield
        return
    with psycopg.connect(database_url, autocommit=True) as connection:
        shown = "SELECT name FROM pg_settings WHERE setting = 'off' AND name = ANY(%s)"
        off = [name for (name,) in connection.execute(shown, (["fsync", "full_page_writes"],))]

        def turn(state: str) -> None:
            for name in off:
                connection.execute(f"ALTER SYSTEM SET {name} = {state}")
            connection.execute("SELECT pg_reload_conf()")
            while any(connection.execute(f"SHOW {name}").fetchone() != (state,) for name in off):
                time.sleep(0.01)

        turn("on")
        try:
            yield
        finally:
            turn("off")


def test_a_postgresql_server_that_can_lose_commits_is_reported(new_register, folder):
    cli = CommandLine(new_register("postgresql"), folder)
    with psycopg.connect(cli.database_url, autocommit=True) as connection:
        connection.execute(f"ALTER DATABASE {connection.info.dbname} SET synchronous_commit = off")
    with durable_server(cli.database_url):
        state, said, _ = findings(cli)["database"]
    assert (state, said) == ("warning", "A crash can lose commits: synchronous_commit is off.")


@pytest.mark.filterwarnings("ignore:Requiring AUTH while not requiring TLS")
def test_a_sound_deployment_has_no_findings(engine, new_register, folder):
    cli = CommandLine(new_register(engine), folder)
    cli("bootstrap", *ACME)
    with mail_server(accepts=True) as url, durable_server(cli.database_url):
        found = findings(cli, GATEWAY_SMTP_URL=url, GATEWAY_HASH_SALT="salt", GATEWAY_PUBLIC_URL="https://crm.example")
    assert states(found) == {}
    looked_at = {"settings", "public url", "hash salt", "database", "schema", "database writes", "outbox", "webhooks"}
    assert looked_at | {"workers", "storage", "storage disk", "mail", "clock of the register"} <= found.keys()
    assert (engine == "postgresql") == ({"clock of the database", "connections"} <= found.keys())
    assert [each for each in (folder / "documents").rglob("*") if each.is_file()] == []
    with closing(Database(cli.database_url)) as database, database.reading() as connection:
        assert connection.execute(text("SELECT count(*) FROM discarded_objects")).scalar() == 0


def test_defaults_cause_warnings_with_advice(cli):
    found = findings(cli)
    assert states(found) == {"public url": "warning", "hash salt": "warning", "mail": "warning"}
    for check, setting in {"public url": "PUBLIC_URL", "hash salt": "HASH_SALT", "mail": "SMTP_URL"}.items():
        assert f"GATEWAY_{setting}" in found[check][2]


def test_the_table_shows_the_same_findings_and_their_number(cli):
    result = cli.run("doctor")
    assert result.exit_code == 0
    assert "Set GATEWAY_SMTP_URL." in result.stdout
    assert result.stderr == "0 failures, 3 warnings.\n"


@pytest.mark.parametrize(
    ("settings", "check", "state", "said"),
    [
        ({"GATEWAY_SMPT_URL": "smtp://x"}, "settings", "warning", "Did you mean GATEWAY_SMTP_URL?"),
        ({"GATEWAY_HASH_LENGTH": "long"}, "settings", "failure", "GATEWAY_HASH_LENGTH: "),
        ({"GATEWAY_PUBLIC_URL": "http://crm.example"}, "public url", "warning", "unencrypted"),
        ({"GATEWAY_PUBLIC_URL": "https://crm.example/?a=b"}, "settings", "failure", "query"),
        ({"GATEWAY_PUBLIC_URL": "https://crm.example"}, "proxies", "ok", "GATEWAY_TRUSTED_PROXIES"),
        ({"GATEWAY_TRUSTED_PROXIES": "10.0.0.0/8"}, "proxies", "ok", "trusted from 10.0.0.0/8"),
        ({"GATEWAY_SMTP_URL": "smtp://u:hu/hush@127.0.0.1"}, "mail", "failure", "not an SMTP URL"),
        ({"GATEWAY_SMTP_URL": "smtp://127.0.0.1:1"}, "mail", "failure", "refuses the connection"),
        ({"GATEWAY_SMTP_URL": "http://127.0.0.1"}, "mail", "failure", "not an SMTP URL"),
        ({"GATEWAY_DATABASE_URL": "postgresql://u:hush@127.0.0.1:1/x"}, "database", "failure", "does not answer"),
        ({"GATEWAY_DATABASE_URL": "nonsense"}, "database", "failure", "does not answer"),
        ({"GATEWAY_STORAGE_URL": "s3://"}, "storage", "failure", "GATEWAY_STORAGE_URL"),
        ({"GATEWAY_STORAGE_URL": "/dev/null/documents"}, "storage", "failure", "GATEWAY_STORAGE_URL"),
    ],
)
def test_a_wrong_setting_is_a_failure(cli, settings, check, state, said):
    found = findings(cli, status=int(state == "failure"), **settings)
    assert found[check][0] == state
    assert said in " ".join(found[check])
    assert "hush" not in str(found)


@pytest.mark.filterwarnings("ignore:Requiring AUTH while not requiring TLS")
def test_a_mail_server_that_refuses_the_password_is_a_failure(cli):
    with mail_server(accepts=False) as url:
        found = findings(cli, status=1, GATEWAY_SMTP_URL=url)
    assert found["mail"][0] == "failure"
    assert "a-password" not in str(found)


def test_a_missing_database_file_is_not_created(tmp_path):
    assert states(findings(fresh(tmp_path)))["database"] == "warning"
    assert not (tmp_path / "register.db").exists()


def test_a_file_that_is_not_a_database_is_a_failure(tmp_path):
    (tmp_path / "register.db").write_bytes(b"nonsense" * 1000)
    assert findings(fresh(tmp_path), status=1)["database"][0] == "failure"


def test_a_read_only_database_is_a_failure(cli):
    with closing(sqlite3.connect(cli.folder / "register.db", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        found = findings(cli, status=1, GATEWAY_DATABASE_WAIT_SECONDS="0.1")
    assert states(found)["database writes"] == "failure"


def test_a_wrong_clock_is_reported(cli):
    change(
        cli,
        "INSERT INTO clients (company_id, category_id, client_hash, number, updated_at)"
        f" VALUES (1, 1, 'x', '1', {now() + 3600 * SECOND})",
    )
    assert findings(cli, status=1)["clock of the register"][0] == "failure"


def test_mail_that_fails_is_reported(cli):
    change(
        cli,
        "INSERT INTO outbox (company_id, recipient, created_at, attempts, last_error)"
        f" VALUES (1, 'jane@acme.example', {now()}, 3, 'no such mailbox')",
    )
    assert findings(cli)["outbox"][0] == "warning"


def test_a_schema_of_a_later_version_is_a_failure(cli):
    change(cli, "UPDATE alembic_version SET version_num = '9999'")
    (state, said, _advice) = findings(cli, status=1)["database"]
    assert state == "failure"
    assert "later version" in said


def test_a_missing_schema_is_not_created(new_database, tmp_path):
    cli = CommandLine(new_database("postgresql"), tmp_path)
    for _ in range(2):
        assert states(findings(cli))["schema"] == "warning"


def test_more_workers_than_database_connections_are_reported(new_database, tmp_path):
    found = findings(CommandLine(new_database("postgresql"), tmp_path), "--workers", 500)
    assert found["connections"][0] == found["workers"][0] == "warning"
    assert "max_connections" in found["connections"][2]


def test_a_primary_given_as_replica_is_a_failure(new_database, tmp_path):
    url = new_database("postgresql")
    assert findings(CommandLine(url, tmp_path), status=1, GATEWAY_DATABASE_REPLICA_URL=url)["replica"][0] == "failure"


def test_a_nearly_full_disk_is_reported(cli, monkeypatch):
    for limit in ("_FULL", "_TIGHT"):
        monkeypatch.setattr(f"gateway.doctor.disk.{limit}", 1 << 60)
    found = findings(cli, status=1)
    assert (found["database disk"][0], found["storage disk"][0]) == ("failure", "failure")
    assert str(Path(cli.folder)) in found["database disk"][1]
