"""What is generated is not stale."""

from pathlib import Path

from gateway.mapping_page import mapping_page

ROOT = Path(__file__).parent.parent


def test_the_mapping_page_is_what_the_code_says():
    assert (ROOT / "docs" / "dialects.md").read_text() == mapping_page(), "run: make docs"
