"""The glossary: every term has a meaning, and is where the glossary says it is."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
ROWS = [
    [cell.strip() for cell in line.strip().strip("|").split("|")]
    for line in (ROOT / "docs" / "glossary.md").read_text().splitlines()
    if line.startswith("| ") and not line.startswith(("| term", "| ---"))
]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[0])
def test_a_term_is_defined_where_the_glossary_says(row):
    term, meaning, where, _also = row
    files = [ROOT / path for path in re.findall(r"`([\w/.]+)`", where)]
    assert meaning
    assert files
    assert [str(file) for file in files if not file.exists()] == []
    code = "".join(file.read_text() for file in files if file.is_file())
    assert [name for name in re.findall(r"`(\w+)`", term) if not re.search(rf"\b(class )?{name}\b", code)] == []


def test_no_term_is_defined_twice():
    terms = [name.strip() for row in ROWS for name in re.split(r",(?= )", row[0])]
    assert sorted(set(terms)) == sorted(terms)
