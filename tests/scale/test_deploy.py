"""The examples of docs/deploy name existing settings, paths and options, and allow enough time to stop."""

import re
from pathlib import Path

import httpx
import pytest
import yaml

from gateway.server.graceful import GRACE_SECONDS
from gateway.settings import Settings
from tests.gateway.command_line import every_command

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "docs" / "deploy"
PAGES = [ROOT / "docs" / "scaling.md", ROOT / "docs" / "scaling-measured.md", ROOT / "README.md"]
TEXTS = [*sorted(DEPLOY.iterdir()), *PAGES]


@pytest.mark.parametrize("path", TEXTS, ids=lambda path: path.name)
def test_every_setting_and_command_named_exists(path):
    text = path.read_text()
    known = {f"GATEWAY_{name.upper()}" for name in Settings.model_fields}
    named = {each for each in re.findall(r"GATEWAY_[A-Z_]+[A-Z]", text) if not each.startswith("GATEWAY_TEST")}
    assert named <= known
    first_words = {words[0] for words in every_command()}
    assert set(re.findall(r"(?:`|bin/)gateway ([a-z][a-z-]*)", text)) <= first_words


def manifests() -> dict[str, dict]:
    return {each["kind"]: each for each in yaml.safe_load_all((DEPLOY / "kubernetes.yaml").read_text())}


def test_kubernetes_probes_existing_paths_and_waits_for_the_last_request(server):
    pod = manifests()["Deployment"]["spec"]["template"]["spec"]
    (container,) = pod["containers"]
    for probe in ("startupProbe", "livenessProbe", "readinessProbe"):
        assert httpx.get(server.url + container[probe]["httpGet"]["path"]).status_code == 200
    pause = int(container["lifecycle"]["preStop"]["exec"]["command"][1])
    assert pod["terminationGracePeriodSeconds"] > pause + GRACE_SECONDS
    assert container["ports"][0]["containerPort"] == int(container["args"][4])


def test_compose_and_systemd_wait_for_the_last_request():
    gateway = yaml.safe_load((DEPLOY / "compose.yaml").read_text())["services"]["gateway"]
    assert int(gateway["stop_grace_period"].removesuffix("s")) > GRACE_SECONDS
    (seconds,) = re.findall(r"^TimeoutStopSec=(\d+)$", (DEPLOY / "gateway.service").read_text(), re.MULTILINE)
    assert int(seconds) > GRACE_SECONDS


def test_the_image_contains_every_package_and_no_other_large_files():
    let_through = {line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")}
    assert {"core", "dialects", "gateway", "schemas", "pyproject.toml", "README.md", "requirements.lock"} <= let_through
    assert all((ROOT / name).exists() for name in let_through)


def test_systemd_reloads_without_a_refused_request_and_may_hold_the_socket():
    unit = (DEPLOY / "gateway.service").read_text()
    assert re.findall(r"^ExecReload=(.+)$", unit, re.MULTILINE) == ["/bin/kill -HUP $MAINPID"]
    address = re.findall(r"--host (\S+) --port (\d+)", unit)
    assert re.findall(r"^ListenStream=(.+):(\d+)$", (DEPLOY / "gateway.socket").read_text(), re.MULTILINE) == address
