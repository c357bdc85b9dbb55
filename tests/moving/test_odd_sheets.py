"""Spreadsheets with more than clients: titles, merged headings, hidden sheets, uncomputed formulas."""

import datetime
import io
import zipfile

import pytest
from openpyxl import Workbook
from openpyxl.utils.datetime import CALENDAR_MAC_1904

from tests.moving.sheets import cli, exported, first_line
from tests.moving.sheets import take as take_csv
from tests.moving.test_workbooks import saved, take

__all__ = ["cli"]


ABOVE = {
    "a title": "Kundenliste 2026;;\n;;\nFirma;Ort;Saldo\nA;B;1,5\n",
    "headings over several columns": "Kunde;;Adresse;\nFirma;E-Mail;Ort;PLZ\nA;a@x.example;Köln;01067\n",
}


@pytest.mark.parametrize("case", ABOVE)
def test_rows_above_the_names_of_columns_are_not_clients(cli, case):
    result = take_csv(cli, ABOVE[case])
    row = 3 if case == "a title" else 2
    assert (result.exit_code, exported(cli)) == (1, [])
    assert f"The names of the columns seem to be in row {row} ('Firma', " in result.stderr


@pytest.mark.parametrize("content", [b"", b"\xef\xbb\xbf", b"\n \n,,\n"])
def test_an_empty_file_is_reported_as_empty(cli, content):
    result = take_csv(cli, content)
    assert (result.exit_code, "The file is empty" in result.stderr) == (1, True)


def test_a_file_with_only_column_names_is_not_an_error(cli):
    assert first_line(take_csv(cli, "name,email\n")) == "0 clients created, 0 updated, 0 unchanged."


@pytest.mark.parametrize("state", ["hidden", "veryHidden", "empty"])
def test_the_first_visible_sheet_is_read(cli, state):
    book = Workbook()
    book.active.title = "Alt"
    if state != "empty":
        book.active.sheet_state = state
        book.active.append(["name"])
        book.active.append(["Hidden"])
    for row in (["name"], ["Shown"]):
        (book["Kunden"] if "Kunden" in book.sheetnames else book.create_sheet("Kunden")).append(row)
    book.active = 1
    said = take(cli, saved(book)).stdout
    hidden = "" if state == "empty" else " (hidden)"
    assert f"The sheet 'Kunden' is read; choose another one with --sheet: 'Alt'{hidden}." in said
    assert [each["name"] for each in exported(cli)] == ["Shown"]


def test_a_formula_without_a_result_is_named(cli):
    book = Workbook()
    for row in (["name", "city", "custom_value1"], ["A", '="Köln"', "x"], ["=A2", "Bonn", "y"]):
        book.active.append(row)
    result = take(cli, saved(book))
    assert result.exit_code == 3
    for where in ("city (column B): 1 time, the workbook has no result of this formula", "row 3"):
        assert where in result.stdout
    assert [(each["name"], each["city"]) for each in exported(cli)] == [("A", "")]


def test_cells_are_read_as_their_formats_display_them(cli):
    book = Workbook()
    book.epoch = CALENDAR_MAC_1904
    book.active.append(["name", "created_at", *(f"custom_value{number}" for number in range(1, 5))])
    moment, half_past = datetime.datetime(2020, 2, 29, 12, 30), datetime.timedelta(hours=30, minutes=30)
    book.active.append(["A", moment, 0.05, 0.125, half_past, datetime.date(2026, 1, 2)])
    book.active["C2"].number_format, book.active["D2"].number_format = "0%", "0.00%"
    assert take(cli, saved(book)).exit_code == 0
    (shown,) = exported(cli)
    assert shown["created_at"] == 1582979400
    assert [shown[f"custom_value{number}"] for number in range(1, 5)] == ["5%", "12.50%", "30:30:00", "2026-01-02"]


def test_a_spreadsheet_of_another_kind_is_named(cli):
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
    result = take(cli, made.getvalue())
    assert (result.exit_code, "OpenDocument" in result.stderr) == (1, True)
