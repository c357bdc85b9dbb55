"""The benchmark runs and the servers that it compares answer the same; how fast they are is not asked here."""

import json
import os
import subprocess
import sys

import pytest

from tests.bench.goals import PER_DIALECT
from tests.bench.registers import ROOT


@pytest.mark.long
@pytest.mark.parametrize("engine", ["sqlite", "postgresql"])
def test_it_measures_every_row_that_needs_no_peer(engine, tmp_path, request):
    settings = {"GATEWAY_BENCH_FOLDER": str(tmp_path)}
    if engine == "postgresql":
        settings["GATEWAY_TEST_POSTGRES_URL"] = request.getfixturevalue("postgres_url")
    output = tmp_path / "bench.json"
    options = ["--quick", "--without-peer", "--engines", engine, "--output", str(output)]
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
    rows = {prefix + goal.name for goal in PER_DIALECT if not goal.name.endswith("_vs_peer")}
    assert rows <= json.loads(output.read_text())["ratios"].keys()
