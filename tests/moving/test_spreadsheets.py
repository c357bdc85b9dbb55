"""Real-life spreadsheets: recognised, checked completely before anything is stored, with errors by row."""

import csv
import io
import json
import os
import subprocess
import sys
import time
from typing import Any

import httpx
import psutil
import pytest
from typer.testing import Result

from tests.gateway.command_line import CommandLine, new_acme
from tests.moving.conftest import OWN_KEY
from tests.moving.offices import CLIENTS, OFFICES
from tests.server import serving


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
    """Every client as /api/v1 shows it."""
    return [json.loads(line) for line in cli("export", "ninja").splitlines()]


def first_line(result: Result) -> str:
    return (result.stdout or result.stderr.splitlines()[-1]).splitlines()[0]


@pytest.mark.parametrize("name", OFFICES)
def test_the_spreadsheet_of_each_office_is_taken_and_doubles_nothing(cli, name):
    office = OFFICES[name]
    result = take(cli, office.file())
    assert (result.exit_code, first_line(result)) == (0, "3 clients created, 0 updated, 0 unchanged."), result.output
    assert office.told in result.stdout
    for shown, wanted in zip(exported(cli), CLIENTS, strict=True):
        (contact,) = shown["contacts"]
        assert {key: {**contact, **shown}[key] for key in wanted} == wanted
    again = take(cli, office.file())
    assert first_line(again) == "0 clients created, 0 updated, 3 unchanged."


def test_a_bad_byte_writes_nothing_names_its_line_and_after_mending_nothing_is_doubled(cli):
    head = b"name,email\n" + b"".join(b"N%d,n%d@mid.example\n" % (i, i) for i in range(700))
    bad = take(cli, head + b"M\xfcller,m@mid.example\n")
    assert (bad.exit_code, bad.stdout, exported(cli)) == (1, "", [])
    assert "line 702" in bad.stderr
    assert "--encoding windows-1252" in bad.stderr
    good = head + "Müller,m@mid.example\n".encode()
    assert first_line(take(cli, good)) == "701 clients created, 0 updated, 0 unchanged."
    assert first_line(take(cli, good)) == "0 clients created, 0 updated, 701 unchanged."
    assert first_line(take(cli, head + b"M\xfcller,m@mid.example\n", "--encoding", "cp1252")).startswith("0 clients")


BROKEN = {
    "a damaged character in UTF-8": ("name,city\nÄrger,Öl\nÜber,x\n".encode() + b"\xc3,y\n", "line 4"),
    "UTF-16 that breaks off": ("name\nMüller\n".encode("utf-16")[:-1], "line 2"),
    "a quotation mark that is not closed": (b'name,email\nA,a@x.example\n"B,b@x.example\nC,c@x.example\n', "row 3"),
    "a workbook": (b"PK\x03\x04 and so on", "gateway import xlsx"),
    "two columns of one name": (b"name,email,Email \nA,a@x.example,b@x.example\n", "B and C"),
    "two columns that mean the same": (b"Firma;Unternehmen\nA;B\n", "both be name"),
    "an amount that can be read in two ways": (b"name;balance\nA;1.234\n", "row 2"),
    "amounts of both kinds": (b'name,balance\nA,"1,5"\nB,1.5\n', "row 2"),
    "no column that is known": (b"a,b\n1,2\n", "names no known column"),
    "nothing": (b"", "names no known column"),
}


@pytest.mark.parametrize("case", BROKEN)
def test_a_file_that_is_questionable_as_a_whole_writes_nothing_and_says_where(cli, case):
    content, words = BROKEN[case]
    result = take(cli, content)
    assert (result.exit_code, result.stdout, exported(cli)) == (1, "", [])
    assert words in result.stderr.splitlines()[-1]


FORCED = {
    "the separator": ("name#email\nA#a@x.example\n", ("--separator", "#"), {"name": "A"}),
    "the separator by its name": ('name\temail\n"A,b"\ta@x.example\n', ("--separator", "tab"), {"name": "A,b"}),
    "the decimal sign": ("name;balance\nA;1.234\n", ("--decimal", "point"), {"balance": 1.234}),
    "the other decimal sign": ("name;balance\nA;1.234\n", ("--decimal", "comma"), {"balance": 1234}),
    "the encoding": ("name\nM\x81ller\n".encode("latin-1"), ("--encoding", "cp850"), {"name": "Müller"}),
    "a column": ("Betrieb,Fax\nA,1\n", ("--map", "betrieb=name", "--map", "Fax="), {"name": "A"}),
    "a column by a word of its own": ("x,city\nA,Ort\n", ("--map", "x=Firma"), {"name": "A", "city": "Ort"}),
}


@pytest.mark.parametrize("case", FORCED)
def test_what_is_recognised_can_be_said_instead(cli, case):
    content, options, wanted = FORCED[case]
    result = take(cli, content, *options)
    assert result.exit_code == 0, result.output
    (shown,) = exported(cli)
    assert {key: shown[key] for key in wanted} == wanted


@pytest.mark.parametrize(
    "option",
    [("--map", "x"), ("--separator", "ab"), ("--encoding", "x"), ("--decimal", "x"), ("--match", "city")],
)
def test_an_option_that_cannot_be_is_not_understood(cli, option):
    assert take(cli, "name\nA\n", *option).exit_code == 2


def test_a_mapping_of_what_is_not_there_writes_nothing(cli):
    assert "there is no column 'Firm'" in take(cli, "name\nA\n", "--map", "Firm=name").stderr
    assert "there is no column 'nmae'" in take(cli, "name,x\nA,b\n", "--map", "x=nmae").stderr
    assert exported(cli) == []


def test_a_column_that_is_not_known_is_left_out_with_what_may_be_meant(cli):
    result = take(cli, "name,Emial,Shoe size,Empty\nA,a@x.example,44,\n")
    assert result.exit_code == 3
    assert "The column 'Emial' is unknown and left out; did you mean email? --map 'Emial=email'" in result.stdout
    assert "The column 'Shoe size' is unknown and left out." in result.stdout
    assert "The column 'Empty' is unknown and empty." in result.stdout
    assert take(cli, "name,Empty\nA,\n").exit_code == 0


def test_rows_without_content_are_skipped_and_counted(cli):
    result = take(cli, 'name,email,city\r\nOne,o@x.example,Town\r\n,,\r\n\r\n" ",,\r\n')
    assert result.stdout.splitlines() == [
        "1 client created, 0 updated, 0 unchanged.",
        "3 rows without content skipped.",
    ]
    assert result.exit_code == 0


# A cell, and what is said of it beside its row and column, in a row that is taken otherwise.
NOT_UNDERSTOOD = {
    "a country that is none": ("country", "Atlantis", "not a known country"),
    "a country that is misspelt": ("country", "Deutchland", "did you mean Deutschland"),
    "a country's number": ("country", "276", "the number is that of Germany"),
    "a shipping country that is none": ("shipping_country", "Atlantis", "not a known country"),
    "a word of the other dialect": ("status", "suspended", "active, archived and deleted"),
    "a long name": ("name", "x" * 256, "longer than 255 characters"),
    "a long tag": ("tags", "ok; " + "x" * 101, "at most 100 characters"),
    "an amount in words": ("balance", "much", "amounts such as 1234.56"),
    "days with a word": ("payment_terms", "30 days", "whole days"),
    "no address": ("email", "jane at x", "one address"),
    "a date in words": ("created_at", "last spring", "29.11.2026"),
    "an error of a spreadsheet": ("city", "#N/A", "this is a spreadsheet error"),
    "a number that was shortened": ("vat_number", "4.93012E+11", "shortened this number"),
    "text that cannot be stored": ("city", "a\0b", "cannot be stored"),
    "a second client's reference": ("id_number", "R-1", "another client has this reference"),
    "a cell too many": ("city", "Town,surplus", "more cells than columns"),
}


@pytest.mark.parametrize("case", NOT_UNDERSTOOD)
def test_a_value_that_is_not_understood_is_named_by_row_and_column_with_what_would_be(cli, case):
    column, cell, words = NOT_UNDERSTOOD[case]
    take(cli, "name,id_number\nOther,R-1\n")
    text = f"number,website,{column}\nN-1,w,fine\n".replace("fine", "") + f"\nN-2,w,{cell}\n"
    result = take(cli, text)
    assert (result.exit_code, first_line(result)) == (3, "2 clients created, 0 updated, 0 unchanged."), result.output
    told = next(line for line in result.stdout.splitlines() if words in line and line.startswith("  "))
    assert "in row 4" in told
    assert (f"{column} (column C)" in told) or case == "a cell too many"


# Rows that are not taken: of two files, read one after the other, the second; and what is said of its last row.
REFUSED = {
    "nothing to be known by": ("", "city\nTown\n", "row 2: row '': it has no id or number or email or name"),
    "an id that is none": ("", "id,name\nx,A\n", "row 2: id (column A) 'x': The id field must be an integer"),
    "an email twice": (
        "",
        "name,email\nA,a@x.example\nB,A@x.example\n",
        "row 3: email (column B) 'a@x.example': row 2",
    ),
    "a name twice": ("", "name,city\nA,x\nA,y\n", "row 3: name (column A) 'A': row 2 has the same"),
    "an id twice": ("", "id,name\n7,A\n7,B\n", "row 3: id (column A) '7': row 2 has the same"),
    "an email of several": (
        "number,name,email\n1,A,a@x.example\n2,B,a@x.example\n",
        "name,email\nC,a@x.example\n",
        "row 2: email (column B) 'a@x.example': several clients have it, with the ids 1, 2",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_a_row_that_cannot_be_told_apart_is_refused_by_its_row(cli, case):
    before, content, words = REFUSED[case]
    if before:
        assert take(cli, before).exit_code == 0
    result = take(cli, content)
    assert result.exit_code == 3
    assert words in result.stdout


MATCHES = {
    "by email, in any case": ("email,name\nA@X.example,New\n", ()),
    "by number": ("number,name\n0042,New\n", ()),
    "by a number without its zeros": ("number,name\n42,New\n", ()),
    "by name": ("name,city\nOld,New\n", ()),
    "by VAT number": ("vat,name\nDE1,New\n", ("--match", "vat")),
    "by telephone number": ("phone,name,email\n123,New,other@x.example\n", ("--match", "phone")),
    "by the first that it has": ("vat,name,phone\n,New,123\n", ("--match", "vat_number,phone")),
    "by another column than its number": ("vat,number\nDE1,N-9\n", ("--match", "vat_number")),
}


@pytest.mark.parametrize("case", MATCHES)
def test_a_row_without_an_id_is_the_client_that_it_is_known_by(cli, case):
    content, options = MATCHES[case]
    take(cli, "number,name,email,vat,phone,city\n0042,Old,a@x.example,DE1,123,Town\n7,Other,o@x.example,DE2,,Town\n")
    assert first_line(take(cli, content, *options)) == "0 clients created, 1 updated, 0 unchanged."
    assert "New" in str(exported(cli)[0]) or exported(cli)[0]["number"] == "N-9"
    assert exported(cli)[1]["name"] == "Other"


def test_a_match_that_is_asked_for_is_not_replaced_by_another(cli):
    result = take(cli, "name,email\nA,a@x.example\n", "--match", "vat")
    assert (result.exit_code, exported(cli)) == (3, [])
    assert "it has no id or vat_number" in result.stdout


def test_a_deleted_client_is_found_by_its_id_and_number_alone(cli):
    take(cli, "name,status\nA,deleted\n")
    assert first_line(take(cli, "name,status\nA,deleted\n")) == "0 clients created, 0 updated, 1 unchanged."
    assert first_line(take(cli, "name\nA\n")) == "1 client created, 0 updated, 0 unchanged."


def test_a_dry_run_shows_the_first_clients_as_both_dialects_will(cli):
    text = "Firma;Ort;Land\n" + "".join(f"Müller {i};Köln;Deutschland\n" for i in range(5))
    shown = take(cli, text, "--dry-run").stdout
    for words in (
        "  company_name: Müller 0",
        "  billing.country: Deutschland",
        "  country_id: 276",
        "Client 3 as /api/v1",
    ):
        assert words in shown
    report = json.loads(take(cli, text, "--dry-run", "--json").stdout)
    assert [(each["/api"]["company_name"], each["/api/v1"]["city"]) for each in report["preview"]] == [
        (f"Müller {i}", "Köln") for i in range(3)
    ]
    assert exported(cli) == []


ODD_TEXTS = [
    *("'s-Hertogenbosch", "'=quoted", "=1+1", "＝1+1", "＋1", "@x", "\ttab", "0042", "1e5", 'say "hi"', " lead"),
    *("a;b", 'tag "q"', '"q"', "x; y", "a\nb", "'", '"', "，;'\""),
    # What a spreadsheet takes for a date, a time, a percentage, an amount, a rounded number, a truth value, an error.
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


@pytest.fixture(scope="module")
def odd(tmp_path_factory) -> CommandLine:
    """A register of clients with what spreadsheets tend to change."""
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


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_out_and_in_again_is_nothing(odd, tmp_path, kind):
    odd("export", kind, "--output", tmp_path / f"clients.{kind}")
    said = odd("import", kind, tmp_path / f"clients.{kind}")
    assert said == f"0 clients created, 0 updated, {len(ODD_TEXTS)} unchanged."


def test_no_cell_of_an_export_is_a_formula(odd):
    cells = [cell for row in csv.reader(io.StringIO(odd("export", "csv"))) for cell in row]
    assert [
        cell
        for cell in cells
        if cell[:1] in set("=+-@\t\r＝＋－＠") and not cell.lstrip("-").replace(".", "").isdigit()
    ] == []


@pytest.mark.long
def test_a_large_file_takes_little_memory(cli):
    # Fewer rows with more in them: whoever kept them all would need as much as of 20,000 usual ones.
    notes = "x" * 3000
    rows = "".join(f"{i},Client {i},c{i}@x.example,Street {i},Germany,tag; other,{notes}\n" for i in range(8_000))
    (cli.folder / "large.csv").write_text("number,name,email,address1,country,tags,private_notes\n" + rows)
    with (cli.folder / "said").open("w") as said:
        process = cli.start("import", "csv", cli.folder / "large.csv", stdout=said, popen=subprocess.Popen)
        most = 0
        while process.poll() is None:
            most = max(most, _memory(process.pid))
            time.sleep(0.05)
        process.communicate()
    assert (cli.folder / "said").read_text() == "8000 clients created, 0 updated, 0 unchanged.\n"
    assert most < 100 * 2**20


def _memory(process_id: int) -> int:
    try:
        return psutil.Process(process_id).memory_info().rss
    except psutil.NoSuchProcess:
        return 0


def test_a_spreadsheet_can_come_from_standard_input(cli):
    command = [sys.executable, "-m", "gateway", "import", "csv", "-"]
    subprocess.run(command, input=b"name\nA\n", env=os.environ | cli.settings, check=True, capture_output=True)
    assert [each["name"] for each in exported(cli)] == ["A"]
