"""A vendor's system to import from, and a register to import into."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import orjson
import pytest
from typer.testing import Result

from tests.gateway.command_line import ACME, CommandLine, copied, fresh
from tests.moving.mirror_pair import ROWS, Pair
from tests.moving.vendor import KEY, Vendor, serving_vendor
from tests.process import GatewayProcess
from tests.server import serving

PUBLIC_URL = "http://gateway.example"
OWN_KEY = "a-key-of-Acme"


@dataclass(frozen=True)
class Move:
    """The command line over a register, and a vendor's system."""

    cli: CommandLine
    vendor: Vendor

    def run(self, kind: str, *arguments: object) -> Result:
        """Run `gateway import` from the vendor without limits of rate, with a JSON report."""
        key = ("--key", KEY) if kind == "grow" else ("--token", KEY)
        return self.cli.run("import", kind, self.vendor.url, *key, "--rate", 0, "--json", *arguments)

    def report(self, kind: str, *arguments: object, status: int = 0) -> dict[str, Any]:
        """Return the report of an import."""
        result = self.run(kind, *arguments)
        assert result.exit_code == status, result.output
        return orjson.loads(result.stdout)

    def shown(self, *paths: str) -> list[Any]:
        """Return what the register then answers."""
        headers = {"X-API-TOKEN": OWN_KEY, "Authorization": f"Bearer {OWN_KEY}"}
        with (
            serving(self.cli.database_url, self.cli.folder, public_url=PUBLIC_URL) as server,
            httpx.Client(headers=headers) as http,
        ):
            return [http.get(server.url + path).json().get("data") for path in paths]


def counts(report: dict[str, Any]) -> tuple[int, int, int, int]:
    """Return how many were created, updated, unchanged and refused."""
    return tuple(report[what] for what in ("created", "updated", "unchanged", "refused"))


@pytest.fixture(scope="session")
def bootstrapped(tmp_path_factory: pytest.TempPathFactory) -> CommandLine:
    """A register with two companies; Acme is the second."""
    made = fresh(tmp_path_factory.mktemp("bootstrapped"))
    made("bootstrap", "--company", "Globex", "--email", "team@globex.example", "--password", "Secret123")
    made("bootstrap", *ACME, "--token", OWN_KEY)
    return made


@pytest.fixture
def vendor() -> Iterator[Vendor]:
    with serving_vendor() as vendor:
        yield vendor


@pytest.fixture
def move(bootstrapped: CommandLine, vendor: Vendor, tmp_path: Path) -> Move:
    return Move(copied(bootstrapped, tmp_path), vendor)


@pytest.fixture(scope="module")
def move_once(bootstrapped: CommandLine, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Move]:
    """The same, shared by the tests of a module that read the result of one import."""
    with serving_vendor() as vendor:
        yield Move(copied(bootstrapped, tmp_path_factory.mktemp("moved")), vendor)


@pytest.fixture(scope="module")
def pair(bootstrapped: CommandLine, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pair]:
    """Two gateways with the same clients; the first one stands for the old system."""
    clis = [copied(bootstrapped, tmp_path_factory.mktemp("old"))]
    (clis[0].folder / "c.csv").write_text("".join(f"{row}\n" for row in ("id,name,email", *ROWS)))
    clis[0]("import", "csv", clis[0].folder / "c.csv", "--company", "Acme")
    clis.append(copied(clis[0], tmp_path_factory.mktemp("new")))
    settings = {"public_url": PUBLIC_URL, "rate_limit": 0}
    with (
        GatewayProcess(clis[0].database_url, clis[0].folder, **settings) as old,
        GatewayProcess(clis[1].database_url, clis[1].folder, **settings) as new,
    ):
        yield Pair(old, new, clis[1])
