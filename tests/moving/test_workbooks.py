"""Workbooks (XLSX): imported like CSV, within limits, and unchanged by LibreOffice."""

import datetime
import io
import os
import re
import shutil
import subprocess
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from openpyxl import Workbook
from typer.testing import Result

from tests.gateway.command_line import CommandLine
from tests.moving.offices import CLIENTS
from tests.moving.sheets import ODD_TEXTS, cli, exported, first_line, odd

__all__ = ["cli", "odd"]


def take(cli: CommandLine, content: bytes, *options: object) -> Result:
    """Import a workbook."""
    file = cli.folder / "sheet.xlsx"
    file.write_bytes(content)
    return cli.run("import", "xlsx", file, *options)


def saved(book: Workbook) -> bytes:
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def of_rows(*rows: tuple[object, ...]) -> bytes:
    """Return a workbook of one sheet."""
    book = Workbook()
    for row in rows:
        book.active.append(row)
    return saved(book)


def test_cells_are_imported_as_they_are_displayed(cli):
    book = Workbook()
    sheet = book.active
    sheet.append(
        ["Firma", "PLZ", "Kundennummer", "Telefon", "Saldo", "E-Mail", "Erstellt am", "Website", "Zahlungsziel"]
    )
    made = datetime.datetime(2020, 2, 29, 12, 30)
    sheet.append(["=A1", 1067, "0042", 4930123456.0, -1234.5, "a@x.example", made, True, 14.0])
    sheet["A2"].data_type, sheet["B2"].number_format = "s", "00000"
    result = take(cli, saved(book))
    assert (result.exit_code, first_line(result)) == (0, "1 client created, 0 updated, 0 unchanged."), result.output
    (shown,) = exported(cli)
    wanted = {"name": "=A1", "postal_code": "01067", "number": "0042", "phone": "4930123456", "balance": -1234.5}
    assert {key: shown[key] for key in wanted} == wanted
    assert (shown["website"], shown["settings"]["payment_terms"], shown["created_at"]) == ("TRUE", "14", 1582979400)


def test_one_of_several_sheets_is_read_and_the_others_are_reported(cli):
    book = Workbook()
    book.active.title = "Kunden"
    book.active.append(["name"])
    book.active.append(["A"])
    book.create_sheet("Alt").append(["name"])
    book["Alt"].append(["B"])
    said = take(cli, saved(book)).stdout
    assert "The sheet 'Kunden' is read; choose another one with --sheet: 'Alt'." in said
    assert take(cli, saved(book), "--sheet", "Alt").exit_code == 0
    assert "There is no sheet 'Neu'; the sheets are 'Kunden', 'Alt'." in take(cli, saved(book), "--sheet", "Neu").stderr
    assert [each["name"] for each in exported(cli)] == ["A", "B"]


def test_rows_and_columns_are_named_as_the_workbook_shows_them(cli):
    content = of_rows((None, None), ("name", "country"), (), ("A", "Atlantis"), (" ", None))
    result = take(cli, content)
    assert result.exit_code == 3
    assert "3 rows without content skipped." in result.stdout
    assert "country (column B): 1 time" in result.stdout
    assert "'Atlantis' in row 4" in result.stdout


def with_part(name: str, change: Callable[[bytes], bytes]) -> bytes:
    """Return a workbook of one client in which one part is replaced."""
    made = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(of_rows(("name",), ("A",)))) as whole, zipfile.ZipFile(made, "w", 8) as other:
        for part in whole.namelist():
            other.writestr(part, change(whole.read(part)) if part == name else whole.read(part))
    return made.getvalue()


def claiming(name: str, size: int) -> bytes:
    """Return a workbook of one client that declares a wrong uncompressed size for one of its parts."""
    content = bytearray(of_rows(("name",), ("A",)))
    entry = next(at for at in _entries(content) if content[at + 46 :].startswith(name.encode()))
    content[entry + 24 : entry + 28] = size.to_bytes(4, "little")
    return bytes(content)


def _entries(content: bytearray) -> list[int]:
    """Return where the entries of a zip file's directory begin."""
    return [found.start() for found in re.finditer(b"PK\x01\x02", content)]


SHEET, STYLES = "xl/worksheets/sheet1.xml", "xl/styles.xml"
HOSTILE = {
    "no workbook": (b"name\nA\n", "not a complete XLSX workbook"),
    "an old or encrypted one": (bytes.fromhex("d0cf11e0a1b11ae1") + b"\0" * 600, "old or an encrypted workbook"),
    "cut off": (of_rows(("name",), ("A",))[:-100], "not a complete XLSX workbook"),
    "another zip file": (with_part("[Content_Types].xml", lambda part: b"<x/>"), "not a complete XLSX workbook"),
    "a sheet that is not XML": (
        with_part(SHEET, lambda part: b"<worksheet><sheetData><row"),
        "not a complete XLSX workbook",
    ),
    "styles without end": (claiming(STYLES, 65 * 2**20), "too large"),
    "a sheet without end": (claiming(SHEET, 2**31), "too large"),
    "a row far below": (with_part(SHEET, lambda part: part.replace(b'r="2"', b'r="99999999"')), "beyond the limit"),
    "a cell far to the right": (
        with_part(SHEET, lambda part: part.replace(b'r="A2"', b'r="XFD2"')),
        "beyond the limit",
    ),
    "entities that grow": (
        with_part(
            SHEET,
            lambda part: (
                b'<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa">'
                + b"".join(b'<!ENTITY %c "%s">' % (98 + n, b"&%c;" % (97 + n) * 10) for n in range(9))
                + b"]>"
                + part.replace(b">A<", b">&j;<")
            ),
        ),
        "not a complete XLSX workbook",
    ),
}


@pytest.mark.parametrize("case", HOSTILE)
def test_a_broken_workbook_or_a_zip_bomb_imports_nothing_and_is_reported_in_one_sentence(cli, case):
    content, words = HOSTILE[case]
    result = take(cli, content)
    assert (result.exit_code, result.stdout, exported(cli)) == (1, "", [])
    assert words in result.stderr.splitlines()[-1]


def test_the_declared_size_of_a_workbook_is_not_trusted(cli):
    content = with_part(SHEET, lambda part: re.sub(b'<dimension ref="[^"]*"', b'<dimension ref="A1:XFD1048576"', part))
    assert first_line(take(cli, content)) == "1 client created, 0 updated, 0 unchanged."


def test_a_text_too_long_for_a_cell_is_not_cut(cli):
    (cli.folder / "s.csv").write_text(f"name,private_notes\nA,{'x' * 40_000}\n")
    cli("import", "csv", cli.folder / "s.csv")
    refused = cli.run("export", "xlsx", "--output", cli.folder / "clients.xlsx")
    assert (refused.exit_code, "has 40000 characters" in refused.stderr) == (1, True)
    assert not (cli.folder / "clients.xlsx").exists()


@pytest.fixture(scope="module")
def office(tmp_path_factory) -> Callable[..., Path]:
    """A function with which LibreOffice converts a file to another format, with a separator for CSV."""
    program = shutil.which("soffice") or shutil.which("libreoffice")
    if program is None:
        pytest.skip("needs LibreOffice, of which Debian's libreoffice-calc-nogui is enough")
    profile = tmp_path_factory.mktemp("profile").as_uri()

    def convert(file: Path, kind: str, separator: str = ",") -> Path:
        # Separator, quotation mark and encoding (76 is UTF-8), as its dialog of text files has them.
        wanted = f"csv:Text - txt - csv (StarCalc):{ord(separator)},34,76,1" if kind == "csv" else kind
        read = ["--infilter=CSV:44,34,76,1"] if file.suffix == ".csv" else []
        folder = file.parent / f"as-{kind}-{ord(separator)}-{file.suffix[1:]}"
        command = [program, "--headless", f"-env:UserInstallation={profile}", *read, "--convert-to", wanted]
        command += ["--outdir", str(folder), str(file)]
        subprocess.run(command, check=True, capture_output=True, timeout=120, env=os.environ | {"LC_ALL": "C.UTF-8"})
        return folder / f"{file.stem}.{kind}"

    return convert


@pytest.mark.long
@pytest.mark.parametrize(("out", "back"), [("csv", "csv"), ("csv", "xlsx"), ("xlsx", "xlsx"), ("xlsx", "csv")])
def test_a_workbook_saved_by_libreoffice_changes_nothing(odd, office, tmp_path, out, back):
    file = tmp_path / f"clients.{out}"
    odd("export", out, "--output", file)
    for separator in (",", ";") if back == "csv" else (",",):
        result = odd.run("import", back, office(file, back, separator))
        assert first_line(result) == f"0 clients created, 0 updated, {len(ODD_TEXTS)} unchanged.", result.output


def test_a_workbook_of_each_office_is_imported(cli):
    headers = ["Firma", "Vorname", "Nachname", "E-Mail", "Straße", "PLZ", "Ort", "Land", "Saldo"]
    rows = [tuple({**each, "country_id": "Deutschland"}.values()) for each in CLIENTS]
    assert first_line(take(cli, of_rows(tuple(headers), *rows))) == "3 clients created, 0 updated, 0 unchanged."
    shown = exported(cli)
    assert [each["balance"] for each in shown] == [each["balance"] for each in CLIENTS]
    assert {each["country_id"] for each in shown} == {"276"}
