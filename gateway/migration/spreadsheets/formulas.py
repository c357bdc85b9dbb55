"""Finds formulas of a workbook without stored results: some programs write such, and only spreadsheets compute them."""

import re
import zipfile
from typing import IO

NO_RESULT = "(formula without a result)"
_CHUNK = 1 << 20
_MAX_CELL = 1 << 16  # bytes of a cell's XML that may extend beyond a chunk
_MAX_FOUND = 100_000
# A cell with a formula and no value (ECMA-376, part 1, section 18.3.1.4). A result that is text may be empty.
_WITHOUT = re.compile(
    rb'<c\b(?![^>]*\bt="str")[^>]*?\br="([A-Z]{1,3}[0-9]{1,7})"(?![^>]*\bt="str")[^>]*>'
    rb"<f\b(?:[^>]*/>|[^>]*>[^<]*</f>)(?:<v\s*/>|<v></v>)?</c>"
)


def without_results(file: IO[bytes], part: str) -> frozenset[str]:
    """Return the cells, such as `B2`, with a formula and no result; `part` is the sheet's name in the zip file."""
    found: set[str] = set()
    with zipfile.ZipFile(file) as archive, archive.open(part.lstrip("/")) as sheet:
        rest = b""
        while (data := sheet.read(_CHUNK)) and len(found) < _MAX_FOUND:
            text = rest + data
            found.update(match[1].decode() for match in _WITHOUT.finditer(text))
            rest = text[-_MAX_CELL:]
    return frozenset(found)
