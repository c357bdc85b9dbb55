"""A separate gateway for each test and engine, and the command line over the same register."""

from collections.abc import Iterator
from dataclasses import dataclass

import httpx
import pytest

from tests.drivers import Company
from tests.gateway.command_line import CommandLine, new_acme
from tests.server import Server, serving

PASSWORD = "Secret123"


@dataclass
class Installation:
    """A running gateway and its command line. `acme` and `globex` are its companies."""

    server: Server
    run: CommandLine
    acme: Company
    globex: Company

    def sign_in(self, email: str = "team@acme.example", password: str = PASSWORD, company: str = "Acme"):
        """Sign in on the bridge page. Return the browser and the answer."""
        browser = httpx.Client(base_url=self.server.url, headers={"Origin": self.server.url})
        form = {"company": company, "email": email, "password": password}
        self.acme.clients.append(browser)  # closed together with the others
        return browser, browser.post("/bridge/login", data=form)

    def rows_of(self, company_id: int) -> dict[str, int]:
        """Return how many rows a company has, by table; tables without any are left out."""
        from sqlalchemy import func, select

        from core.models import metadata

        tables = [table for table in metadata.sorted_tables if "company_id" in table.c]
        with self.server.database.reading() as connection:
            counted = {
                table.name: connection.scalar(select(func.count()).where(table.c.company_id == company_id))
                for table in tables
            }
        return {name: count for name, count in counted.items() if count}


@pytest.fixture
def installed(engine: str, new_register, tmp_path) -> Iterator[Installation]:
    """Two companies, each with a team user, a key, two clients and a document."""
    url = new_register(engine)
    with serving(url, tmp_path, housekeeping_seconds=0.2) as server:
        companies = [Company(server, server.bootstrap(name), name) for name in ("Acme", "Globex")]
        for each in companies:
            each.new_legacy(email="jane@customer.example", tags=["north"])
            client = each.new_v1(name="Initech")
            upload = {"documents[]": ("a.txt", f"bytes of {each.name}".encode())}
            assert each.v1.put(f"/clients/{client['id']}/upload", files=upload).status_code == 200
        yield Installation(server, CommandLine(url, tmp_path), *companies)
        for each in companies:
            each.close()


@pytest.fixture
def cli(tmp_path) -> CommandLine:
    """A register with one company and one key, which no gateway serves."""
    return new_acme(tmp_path)
