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
