"""Importing spreadsheets for tests, and a register with texts that spreadsheets tend to change."""

import json
from typing import Any

import httpx
import pytest
from typer.testing import Result

from tests.gateway.command_line import CommandLine, new_acme
from tests.moving.conftest import OWN_KEY
from tests.server import serving

ODD_TEXTS = [
    *("'s-Hertogenbosch", "'=quoted", "=1+1", "＝1+1", "＋1", "@x", "\ttab", "0042", "1e5", 'say "hi"', " lead"),
    *("a;b", 'tag "q"', '"q"', "x; y", "a\nb", "'", '"', "，;'\""),
    # Texts that a spreadsheet takes for a date, a time, a percentage, an amount, a number, a boolean or an error.
    *(
        "2026-01-02",
        "31.12.2026",
        "1/2",
        "3-4",
        "MAR1",
        "1-Jan",
        "1. Mai 2026",
        "12:30",
        "5%",
        "12.5 %",
        "1E5",
        "1e400",
    ),
    *("12345678901234567890", "0.10", "1.234,56", "1,234.56", "1 000", "(5)", "$5", ".5", "1.", "-5", "TRUE", "falsch"),
    *("#N/A", "+49 30 123456", "0049301234", "030/1234", "'5%", "1 1/2"),
]


@pytest.fixture
def cli(tmp_path) -> CommandLine:
    """A register with a company and no clients."""
    return new_acme(tmp_path, OWN_KEY)


def take(cli: CommandLine, content: bytes | str, *options: object) -> Result:
    """Import a CSV file."""
    file = cli.folder / "sheet.csv"
    file.write_bytes(content.encode() if isinstance(content, str) else content)
    return cli.run("import", "csv", file, *options)


def exported(cli: CommandLine) -> list[dict[str, Any]]:
    """Return every client as /api/v1 shows it."""
    return [json.loads(line) for line in cli("export", "ninja").splitlines()]


def first_line(result: Result) -> str:
    return (result.stdout or result.stderr.splitlines()[-1]).splitlines()[0]


@pytest.fixture(scope="module")
def odd(tmp_path_factory) -> CommandLine:
    """A register of clients with texts that spreadsheets tend to change."""
    cli = new_acme(tmp_path_factory.mktemp("odd"), OWN_KEY)
    with serving(cli.database_url, cli.folder) as server:
        headers = {"X-API-TOKEN": OWN_KEY, "Authorization": f"Bearer {OWN_KEY}"}
        with httpx.Client(base_url=server.url, headers=headers) as http:
            for number, text in enumerate(ODD_TEXTS):
                person = {"first_name": text, "last_name": "Doe", "email": f"o{number}@x.example"}
                more = {"client_company_name": text, "tags": [text, "zwei"], "client_billing_zip": "01067"}
                http.post("/api/clients", json=person | more | {"client_phone": text}).raise_for_status()
    cli("clients", "set-balance", 1, "--balance", "999999999999.123456", "--credit", "-0.000001")
    return cli
