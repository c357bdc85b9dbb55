"""PgBouncer, from Debian, in front of the PostgreSQL of the tests."""

import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

import psycopg
from psycopg.conninfo import conninfo_to_dict

from tests.server import free_port

PROGRAM = shutil.which("pgbouncer", path=f"{os.environ['PATH']}:/usr/sbin")


@contextmanager
def pooling(database_url: str, folder: Path, mode: str, size: int) -> Iterator[str]:
    """Run a pooler by `transaction`, `session` or `statement` over a few connections. Yield the URL through it."""
    assert PROGRAM is not None
    server, port = conninfo_to_dict(database_url), free_port()
    behind = " ".join(f"{name}={server[name]}" for name in ("host", "port", "user", "password") if server.get(name))
    settings = folder / "pgbouncer.ini"
    settings.write_text(
        f"[databases]\n* = {behind}\n[pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = {port}\nunix_socket_dir =\n"
        f"auth_type = any\npool_mode = {mode}\ndefault_pool_size = {size}\nmax_client_conn = 200\n"
        "server_connect_timeout = 2\nserver_login_retry = 1\n"  # by default it waits for 15 seconds after each failure
    )
    for each in (folder, *folder.parents[:-2]):
        each.chmod(each.stat().st_mode | 0o055)
    with (folder / "pgbouncer.log").open("wb") as log:
        process = subprocess.Popen(
            [*_as_user_of(server.get("host", "")), PROGRAM, str(settings)], stdout=log, stderr=log
        )
    url = f"postgresql://postgres@127.0.0.1:{port}/{server['dbname']}"
    try:
        _wait(url, folder)
        yield url
    finally:
        process.terminate()
        process.wait(60)


def _wait(url: str, folder: Path) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        with suppress(psycopg.OperationalError), closing(psycopg.connect(url, autocommit=True)) as connection:
            connection.execute("SELECT 1")
            return
        time.sleep(0.05)
    raise AssertionError((folder / "pgbouncer.log").read_text())


def _as_user_of(socket: str) -> list[str]:
    """PgBouncer refuses to run as root, and needs access to the folder of PostgreSQL's socket."""
    if os.geteuid():
        return []
    user = Path(socket).owner() if socket.startswith("/") else "nobody"
    return ["setpriv", f"--reuid={user}", "--regid=nogroup", "--clear-groups"]
