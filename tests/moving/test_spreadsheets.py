"""Spreadsheets as people have them: their format is detected, and unclear files are refused as a whole."""

import csv
import io
import json
import os
import subprocess
import sys
import time

import psutil
import pytest

from tests.moving.offices import CLIENTS, OFFICES
from tests.moving.sheets import ODD_TEXTS, cli, exported, first_line, odd, take

__all__ = ["cli", "odd"]


@pytest.mark.parametrize("name", OFFICES)
def test_the_spreadsheet_of_each_office_is_imported_and_repeating_it_changes_nothing(cli, name):
    office = OFFICES[name]
    result = take(cli, office.file())
    assert (result.exit_code, first_line(result)) == (0, "3 clients created, 0 updated, 0 unchanged."), result.output
    assert office.told in result.stdout
    for shown, wanted in zip(exported(cli), CLIENTS, strict=True):
        (contact,) = shown["contacts"]
        assert {key: {**contact, **shown}[key] for key in wanted} == wanted
    again = take(cli, office.file())
    assert first_line(again) == "0 clients created, 0 updated, 3 unchanged."


def test_a_file_with_an_undecodable_byte_imports_nothing_until_it_is_corrected(cli):
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
def test_an_unclear_file_imports_nothing_and_the_error_says_where(cli, case):
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
    "a column by another known name": ("x,city\nA,Ort\n", ("--map", "x=Firma"), {"name": "A", "city": "Ort"}),
}


@pytest.mark.parametrize("case", FORCED)
def test_options_override_what_is_detected(cli, case):
    content, options, wanted = FORCED[case]
    result = take(cli, content, *options)
    assert result.exit_code == 0, result.output
    (shown,) = exported(cli)
    assert {key: shown[key] for key in wanted} == wanted


@pytest.mark.parametrize(
    "option",
    [("--map", "x"), ("--separator", "ab"), ("--encoding", "x"), ("--decimal", "x"), ("--match", "city")],
)
def test_an_invalid_option_is_a_usage_error(cli, option):
    assert take(cli, "name\nA\n", *option).exit_code == 2


def test_a_mapping_of_an_unknown_column_imports_nothing(cli):
    assert "there is no column 'Firm'" in take(cli, "name\nA\n", "--map", "Firm=name").stderr
    assert "there is no column 'nmae'" in take(cli, "name,x\nA,b\n", "--map", "x=nmae").stderr
    assert exported(cli) == []


def test_an_unknown_column_is_left_out_with_a_suggestion(cli):
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


def test_a_dry_run_shows_the_first_clients_in_both_dialects(cli):
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


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_importing_an_export_changes_nothing(odd, tmp_path, kind):
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
    # Fewer, larger rows: keeping all of them would take as much memory as 20,000 usual ones.
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
