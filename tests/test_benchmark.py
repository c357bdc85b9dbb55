"""The benchmark runs and the servers that it compares answer the same; how fast they are is not asked here."""

import json
import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from core.clients import records
from core.database.database import Database
from core.projections import counts, renderings
from tests.bench import data, goals, memory, registers, rendering
from tests.bench.goals import PER_DIALECT, Goal
from tests.bench.loading import fill_sqlite
from tests.bench.registers import PUBLIC_URL, ROOT, Register, bootstrap
from tests.bench.servers import Server

# `make torture` measures every row on PostgreSQL as well. What differs there is how registers are loaded and copied and
# how the server is started, which these rows need too; the others are the same code as on SQLite.
ON_POSTGRESQL = None if "GATEWAY_BENCH_EVERY_ROW" in os.environ else ("reads", "mixed")
GOALS_OF_READS = ("get_one_vs_limit", "list25_vs_limit")


@pytest.mark.long
@pytest.mark.parametrize("engine", ["sqlite", "postgresql"])
def test_the_benchmark_measures_every_row_that_needs_no_peer(engine, tmp_path, request):
    settings = {"GATEWAY_BENCH_FOLDER": str(tmp_path)}
    chosen = ON_POSTGRESQL if engine == "postgresql" else None
    if engine == "postgresql":
        settings["GATEWAY_TEST_POSTGRES_URL"] = request.getfixturevalue("postgres_url")
    output = tmp_path / "bench.json"
    options = ["--quick", "--without-others", "--engines", engine, "--output", str(output)]
    options += ["--rows", *chosen] if chosen else []
    done = subprocess.run(
        [sys.executable, "-m", "tests.bench", *options],
        env=os.environ | settings,
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    prefix = "pg_" if engine == "postgresql" else ""
    needs_others = ("_vs_peer", "_vs_expert", "_vs_peer_one_connection")
    of_engine = [each for goal in PER_DIALECT if (each := goal.for_postgresql() if prefix else goal)]
    rows = {goal.name for goal in of_engine if not goal.name.endswith(needs_others)}
    rows = {name for name in rows if not chosen or name.removeprefix(prefix) in GOALS_OF_READS}
    assert rows
    assert rows <= json.loads(output.read_text())["ratios"].keys()


def test_a_register_filled_by_bulk_is_as_the_gateway_would_have_left_it(tmp_path):
    size, file = 4_321, tmp_path / "register.db"  # more than two chunks
    url = f"sqlite:///{file}"
    bootstrap(Register("sqlite", 0, url))
    fill_sqlite(file, size, PUBLIC_URL)
    assert [each.name for each in tmp_path.iterdir()] == ["register.db"]
    with closing(sqlite3.connect(file)) as connection:
        names = ", ".join(data.COLUMNS["contacts"])
        assert connection.execute(f"SELECT {names} FROM contacts").fetchall() == list(data.rows("contacts", 1, size))
        connection.execute("INSERT INTO client_search_grams (client_search_grams) VALUES ('integrity-check')")
        kept = set(connection.execute(f"SELECT {', '.join(rendering.COLUMNS)} FROM client_renderings"))
    with closing(Database(url)) as database:
        everyone = database.read_now(lambda connection: records.clients_after(connection, 0, size + 1))
        assert database.read_now(counts.blocks_with_wrong_counts) == []
    shown = [row for view in rendering.views(PUBLIC_URL) for row in renderings.rows(view, everyone)]
    assert kept == {tuple(row[name] for name in rendering.COLUMNS) for row in shown}


def test_a_register_with_other_renderings_is_not_reused(monkeypatch):
    views = rendering.views(PUBLIC_URL)
    before = registers._version()
    assert registers._version() == before
    monkeypatch.setattr(rendering, "views", lambda _url: [replace(views[0], fingerprint="another"), *views[1:]])
    assert registers._version() != before


def test_a_register_of_other_tables_is_not_reused(monkeypatch, tmp_path):
    before = registers._version()
    (tmp_path / "core").mkdir()
    (tmp_path / "core" / "models.py").write_text("# other tables\n")
    monkeypatch.setattr(registers, "ROOT", tmp_path)
    assert registers._version() != before


def locked_kilobytes():
    return int(Path("/proc/self/status").read_text().partition("VmLck:")[2].split()[0])


def test_a_register_is_locked_in_memory_while_it_is_measured(tmp_path):
    file = tmp_path / "register.db"
    file.write_bytes(bytes(1 << 16))
    before = locked_kilobytes()
    with memory.held(Register("sqlite", 1, f"sqlite:///{file}")):
        assert locked_kilobytes() == before + 64
    assert locked_kilobytes() == before


def test_a_register_that_cannot_be_locked_is_read(tmp_path, monkeypatch):
    file = tmp_path / "register.db"
    file.write_bytes(bytes(1 << 16))
    monkeypatch.setattr(memory, "_available", lambda: 1 << 16)
    read = []
    monkeypatch.setattr(memory, "read", read.append)
    before, register = locked_kilobytes(), Register("sqlite", 1, f"sqlite:///{file}")
    with memory.held(register):
        assert locked_kilobytes() == before
    assert read == [register]


def test_a_server_is_waited_for_until_it_has_finished_its_requests():
    # It says when it begins: while it still starts, it may wait for the disk, as one does that has nothing to do.
    busy = "import time; print(flush=True); end = time.time() + 0.6\nwhile time.time() < end: pass\nprint(flush=True)"
    busy += "; time.sleep(60)"
    with subprocess.Popen([sys.executable, "-c", busy], stdout=subprocess.PIPE) as process:
        try:
            assert process.stdout.readline() == b"\n"
            Server("busy", 0, process.pid, 0).rest()
            os.set_blocking(process.stdout.fileno(), False)
            assert process.stdout.read() == b"\n"
        finally:
            process.kill()


def test_a_goal_for_more_cores_than_there_are_gets_no_verdict(monkeypatch):
    monkeypatch.setattr(goals, "CORES", 2)
    assert Goal("figure", 2.5, cores=4).verdict(1.7) == "needs 4 cores"
    assert goals.missed({"four_workers_over_one": 1.7}) == []
    monkeypatch.setattr(goals, "CORES", 4)
    assert goals.missed({"four_workers_over_one": 1.7}) == ["four_workers_over_one (1.7, wanted ≥ 2.5)"]


def test_the_worse_dialect_decides_whether_a_goal_is_missed():
    ratios = {"api_list25_growth": 1.1, "v1_list25_growth": 1.4, "pg_api_list25_growth": 1.0, "cold_start": 0.5}
    assert goals.missed(ratios) == ["list25_growth (1.4, wanted ≤ 1.15)"]


def test_a_figure_has_a_goal_of_its_own_on_postgresql():
    ratios = {"pg_api_create_vs_peer": 9, "pg_v1_create_vs_peer": 7, "pg_neighbour_growth": 9}
    assert goals.missed(ratios) == ["pg_create_vs_peer (7, wanted ≥ 8)"]


def test_the_page_on_performance_explains_every_goal():
    page = (ROOT / "docs" / "performance.md").read_text()
    _, rows, _ = page.replace("## Improvements", "## The rows").split("## The rows")
    assert [name for name in goals.GOALS if f"`{name}`" not in rows] == []
