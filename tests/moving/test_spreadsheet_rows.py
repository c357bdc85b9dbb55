"""Rows of spreadsheets: invalid values are reported by row and column, and rows are matched with stored clients."""

import pytest

from tests.moving.sheets import cli, exported, first_line, take

__all__ = ["cli"]

# A column, an invalid cell of it, and the reason in the report; the rest of the row is imported.
NOT_UNDERSTOOD = {
    "an unknown country": ("country", "Atlantis", "not a known country"),
    "a country that is misspelt": ("country", "Deutchland", "did you mean Deutschland"),
    "a country's number": ("country", "276", "the number is that of Germany"),
    "an unknown shipping country": ("shipping_country", "Atlantis", "not a known country"),
    "a word of the other dialect": ("status", "suspended", "active, archived and deleted"),
    "a long name": ("name", "x" * 256, "longer than 255 characters"),
    "a long tag": ("tags", "ok; " + "x" * 101, "at most 100 characters"),
    "an amount in words": ("balance", "much", "amounts such as 1234.56"),
    "days with a word": ("payment_terms", "30 days", "whole days"),
    "no address": ("email", "jane at x", "one address"),
    "a date in words": ("created_at", "last spring", "29.11.2026"),
    "an error of a spreadsheet": ("city", "#N/A", "this is a spreadsheet error"),
    "a number in scientific notation": ("vat_number", "4.93012E+11", "shortened this number"),
    "text that cannot be stored": ("city", "a\0b", "cannot be stored"),
    "a second client's reference": ("id_number", "R-1", "another client has this reference"),
    "a cell too many": ("city", "Town,surplus", "more cells than columns"),
}


@pytest.mark.parametrize("case", NOT_UNDERSTOOD)
def test_an_invalid_value_is_reported_with_row_column_and_accepted_values(cli, case):
    column, cell, words = NOT_UNDERSTOOD[case]
    take(cli, "name,id_number\nOther,R-1\n")
    text = f"number,website,{column}\nN-1,w,fine\n".replace("fine", "") + f"\nN-2,w,{cell}\n"
    result = take(cli, text)
    assert (result.exit_code, first_line(result)) == (3, "2 clients created, 0 updated, 0 unchanged."), result.output
    told = next(line for line in result.stdout.splitlines() if words in line and line.startswith("  "))
    assert "in row 4" in told
    assert (f"{column} (column C)" in told) or case == "a cell too many"


# A file that is imported first, a second one whose last row is refused, and the reason in the report.
REFUSED = {
    "no column to match by": ("", "city\nTown\n", "row 2: row '': it has no id or number or email or name"),
    "an invalid id": ("", "id,name\nx,A\n", "row 2: id (column A) 'x': The id field must be an integer"),
    "an email twice": (
        "",
        "name,email\nA,a@x.example\nB,A@x.example\n",
        "row 3: email (column B) 'a@x.example': row 2",
    ),
    "a name twice": ("", "name,city\nA,x\nA,y\n", "row 3: name (column A) 'A': row 2 has the same"),
    "an id twice": ("", "id,name\n7,A\n7,B\n", "row 3: id (column A) '7': row 2 has the same"),
    "an email of several clients": (
        "number,name,email\n1,A,a@x.example\n2,B,a@x.example\n",
        "name,email\nC,a@x.example\n",
        "row 2: email (column B) 'a@x.example': several clients have it, with the ids 1, 2",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_a_row_without_a_unique_match_is_refused(cli, case):
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
def test_a_row_without_an_id_is_matched_by_other_columns(cli, case):
    content, options = MATCHES[case]
    take(cli, "number,name,email,vat,phone,city\n0042,Old,a@x.example,DE1,123,Town\n7,Other,o@x.example,DE2,,Town\n")
    assert first_line(take(cli, content, *options)) == "0 clients created, 1 updated, 0 unchanged."
    assert "New" in str(exported(cli)[0]) or exported(cli)[0]["number"] == "N-9"
    assert exported(cli)[1]["name"] == "Other"


def test_a_requested_match_is_not_replaced_by_another(cli):
    result = take(cli, "name,email\nA,a@x.example\n", "--match", "vat")
    assert (result.exit_code, exported(cli)) == (3, [])
    assert "it has no id or vat_number" in result.stdout


def test_a_row_matches_a_deleted_client_only_if_it_is_deleted_itself(cli):
    take(cli, "name,status\nA,deleted\n")
    assert first_line(take(cli, "name,status\nA,deleted\n")) == "0 clients created, 0 updated, 1 unchanged."
    assert first_line(take(cli, "name\nA\n")) == "1 client created, 0 updated, 0 unchanged."
