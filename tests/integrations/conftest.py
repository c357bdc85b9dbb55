"""Other programs speak HTTP to a gateway; its database engine does not matter to them."""

import json
import subprocess
from pathlib import Path

import pytest

from tests.integrations.packages import npm_packages

RUN = Path(__file__).parent / "n8n" / "run.cjs"
NODE = ("dist/nodes/InvoiceNinja/", "dist/credentials/InvoiceNinjaApi", "dist/utils/ISOCountryCodes", "package.json")


@pytest.fixture(scope="session")
def n8n_packages():
    return npm_packages("n8n-2.41", "n8n-workflow@2.41.0", "lodash@4.18.1", parts=("n8n-nodes-base@2.41.2", NODE))


@pytest.fixture
def n8n(company, n8n_packages):
    """Run steps as a workflow of n8n does, and return the outcome of each."""

    def run(*steps: dict, **settings) -> list[dict]:
        credentials = {"url": company.server.url, "apiToken": company.key, "secret": ""}
        asked = json.dumps({"credentials": credentials, "steps": steps, **settings})
        done = subprocess.run(
            ["node", str(RUN), str(n8n_packages)], input=asked, capture_output=True, text=True, check=False, timeout=120
        )
        assert done.returncode == 0, done.stderr
        return [json.loads(line) for line in done.stdout.splitlines()]

    return run
