"""A thousand clients are imported from a gateway that stands for each vendor, by an import that is killed twice.

Afterwards every client looks the same on both sides, byte for byte: completely in the dialect of the import, and in the
other one as far as the source could express it.
"""

import os
import signal
import sqlite3
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import orjson
import pytest

from tests.bench.loading import fill_sqlite
from tests.gateway.command_line import CommandLine, new_acme
from tests.process import GatewayProcess

SIZE = int(os.environ.get("GATEWAY_MIGRATION_CLIENTS", "1000"))
SLOWLY = max(3, SIZE // 500)  # requests a second, so that an import is surely under way when it is to be killed
WITH_DOCUMENTS = 100  # every fifth of the first clients has one
KEY = "a-key-of-Acme"
PUBLIC_URL = "http://gateway.example"
# Fields of a client in /api/v1 that /api does not show.
V1_TELLS_MORE = {"user_id", "balance", "paid_to_date", "client_hash", "address1", "address2", "custom_value1"}
V1_TELLS_MORE |= {"custom_value2", "id_number", "contacts", "documents", "archived_at", "number"}


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Iterator[GatewayProcess]:
    """A gateway with many clients in every state, with twenty documents."""
    cli = new_acme(tmp_path_factory.mktemp("source"), KEY)
    fill_sqlite(cli.folder / "register.db", SIZE, PUBLIC_URL)
    with sqlite3.connect(cli.folder / "register.db") as register:
        register.execute("DELETE FROM documents WHERE client_id > ?", (WITH_DOCUMENTS,))
        register.execute("DELETE FROM client_renderings WHERE client_id > ? AND client_id % 5 = 0", (WITH_DOCUMENTS,))
        for key, size in register.execute("SELECT object_key, size FROM documents").fetchall():
            file = cli.folder / "documents" / key
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(key.encode().ljust(size, b"."))
    register.close()
    with GatewayProcess(cli.database_url, cli.folder, public_url=PUBLIC_URL, rate_limit=0) as gateway:
        yield gateway


def imported(folder: Path) -> int:
    """Return how many clients are in a register that another process may be writing to."""
    try:
        with sqlite3.connect(f"file:{folder}/register.db?mode=ro", uri=True) as register:
            return register.execute("SELECT count(*) FROM clients").fetchone()[0]
    finally:
        register.close()


def empty(folder: Path) -> CommandLine:
    """An empty register to import into."""
    folder.mkdir()
    return new_acme(folder, KEY)


def move(source: GatewayProcess, kind: str, cli: CommandLine, url: str = "") -> None:
    """Import everything, killed twice; through a `url` in front of the source, if one is given."""
    folder = cli.folder
    for enough in (SIZE // 20, SIZE // 5):
        slowly = *command(url or source.url, kind), "--rate", SLOWLY
        process = cli.start("import", *slowly, GATEWAY_PUBLIC_URL=PUBLIC_URL)
        deadline = time.monotonic() + 600
        while imported(folder) < enough:
            assert process.poll() is None, process.communicate()
            assert time.monotonic() < deadline
            time.sleep(0.02)
        process.send_signal(signal.SIGKILL)
        process.communicate()
        assert imported(folder) < SIZE - SIZE // 10
    process = cli.start("import", *command(url or source.url, kind), GATEWAY_PUBLIC_URL=PUBLIC_URL)
    report, errors = process.communicate(timeout=300)
    assert process.returncode == 0, errors
    found = orjson.loads(report)
    assert found["created"] + found["unchanged"] == (SIZE if kind == "ninja" else SIZE - deleted(source))
    assert found["unchanged"] >= SIZE // 5
    assert (found["updated"], found["refusals"]) == (0, [])


def command(url: str, kind: str) -> tuple[object, ...]:
    """Return the arguments of `gateway import`."""
    key = ("--key", KEY) if kind == "grow" else ("--token", KEY)
    return kind, url, *key, "--rate", 0, "--json"


def deleted(source: GatewayProcess) -> int:
    answer = httpx.get(f"{source.url}/api/v1/clients?is_deleted=true", headers={"X-API-TOKEN": KEY})
    return answer.json()["meta"]["pagination"]["total"]


def clients(url: str, path: str) -> dict[str, bytes]:
    """Return every client of a list as bytes, by id."""
    found: dict[str, bytes] = {}
    headers = {"X-API-TOKEN": KEY, "Authorization": f"Bearer {KEY}"}
    with httpx.Client(base_url=url, headers=headers, timeout=60) as http:
        for page in range(1, 200):
            data = http.get(f"{path}&page={page}").json()["data"]
            if not data:
                return found
            found |= {str(each["id"]): orjson.dumps(each) for each in data}
    raise AssertionError("the list does not end")


V1 = "/api/v1/clients?per_page=5000&status=active,archived,deleted"
LEGACY = "/api/clients?limit=100&sort=client_created"


def test_all_clients_of_each_vendor_are_imported_byte_for_byte(source, tmp_path):
    ninja, grow = empty(tmp_path / "ninja"), empty(tmp_path / "grow")
    with ThreadPoolExecutor(2) as side_by_side:
        for each in [side_by_side.submit(move, source, cli.folder.name, cli) for cli in (ninja, grow)]:
            each.result()
    v1, legacy = clients(source.url, V1), clients(source.url, LEGACY)
    with GatewayProcess(ninja.database_url, ninja.folder, public_url=PUBLIC_URL, rate_limit=0) as gateway:
        assert clients(gateway.url, V1) == v1
        assert_equal_but(clients(gateway.url, LEGACY), legacy, {"tags"})
        assert_same_documents(gateway, source, v1)
    with GatewayProcess(grow.database_url, grow.folder, public_url=PUBLIC_URL, rate_limit=0) as gateway:
        assert clients(gateway.url, LEGACY) == legacy
        told = clients(gateway.url, V1)
        assert_equal_but(told, {client_id: v1[client_id] for client_id in told}, V1_TELLS_MORE)
    for each in (ninja, grow):
        assert each.run("check").exit_code == 0


@pytest.mark.parametrize("order", [("grow", "ninja"), ("ninja", "grow")], ids=">".join)
def test_both_apis_of_a_system_are_imported_byte_for_byte_in_either_order(source, tmp_path, order):
    cli = empty(tmp_path / "both")
    reports = [orjson.loads(cli("import", *command(source.url, kind))) for kind in (*order, *order)]
    assert [each["refused"] for each in reports] == [0] * 4
    assert [each["created"] + each["updated"] for each in reports[2:]] == [0, 0]
    with GatewayProcess(cli.database_url, cli.folder, public_url=PUBLIC_URL, rate_limit=0) as gateway:
        assert clients(gateway.url, V1) == clients(source.url, V1)
        found, expected = clients(gateway.url, LEGACY), clients(source.url, LEGACY)
        # Tags of deleted clients are shown nowhere, so only those of the others can be imported.
        assert found == expected
    assert cli.run("check").exit_code == 0


def assert_equal_but(found: dict[str, bytes], expected: dict[str, bytes], keys: set[str]) -> None:
    """Check that the clients are the same, except for what their source could not express."""
    assert found.keys() == expected.keys()
    for client_id, shown in found.items():
        ours, theirs = orjson.loads(shown), orjson.loads(expected[client_id])
        assert {key for key in theirs if ours[key] != theirs[key]} <= keys


def assert_same_documents(ours: GatewayProcess, theirs: GatewayProcess, v1: dict[str, bytes]) -> None:
    ids = [each["id"] for shown in v1.values() for each in orjson.loads(shown)["documents"]]
    assert len(ids) == WITH_DOCUMENTS // 5
    for each in ids:
        path = f"/api/v1/documents/{each}/download"
        found = [httpx.get(side.url + path, headers={"X-API-TOKEN": KEY}) for side in (ours, theirs)]
        assert (found[0].status_code, found[0].content) == (200, found[1].content)
