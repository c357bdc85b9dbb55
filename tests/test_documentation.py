"""What is generated is not stale."""

import re
from pathlib import Path

import pytest

from gateway.cli.openapi import document_text
from gateway.reference.mapping_page import mapping_page

ROOT = Path(__file__).parent.parent


def test_the_mapping_page_is_what_the_code_says():
    assert (ROOT / "docs" / "dialects.md").read_text() == mapping_page(), "run: make docs"


@pytest.mark.parametrize(("dialect", "file"), [("api", "api.yaml"), ("v1", "api-v1.yaml")])
def test_the_openapi_files_are_what_the_code_says(dialect, file):
    assert (ROOT / "openapi" / file).read_text() == document_text(dialect), "run: make docs"


@pytest.mark.parametrize("page", ["CONTRIBUTING.md", "docs/glossary.md"])
def test_every_file_that_a_page_names_exists(page):
    named = set(
        re.findall(r"`((?:core|schemas|dialects|gateway|tests|docs|openapi)/[\w/.-]*)`", (ROOT / page).read_text())
    )
    assert named
    assert sorted(name for name in named if not (ROOT / name).exists()) == []


@pytest.mark.parametrize("page", sorted((ROOT / "docs").glob("*.md")), ids=lambda page: page.name)
def test_every_row_of_a_table_has_a_cell_for_each_column(page):
    text = re.sub(r"^```.*?^```$", "", page.read_text(), flags=re.DOTALL | re.MULTILINE)
    tables = re.findall(r"(?:^\|.*\n)+", text, re.MULTILINE)
    widths = [[columns(row) for row in table.splitlines()] for table in tables]
    assert [table for table, found in zip(tables, widths, strict=True) if len(set(found)) != 1] == []


def columns(row: str) -> int:
    """The cells of a table's row; a bar in code or behind a backslash divides nothing."""
    return len(re.findall(r"(?<!\\)\|", re.sub(r"`[^`]*`", "", row)))
