"""The OpenAPI files of this repository, read once and only if needed."""

from functools import cache
from pathlib import Path
from typing import Any

import yaml

FOLDER = Path(__file__).parents[1] / "openapi"
# libyaml's loader, where PyYAML was built with it, takes a tenth of the time.
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@cache
def openapi_file(name: str) -> dict[str, Any]:
    """Return the document in a file of `openapi/`. All callers share it, so copy it before changing it."""
    document: dict[str, Any] = yaml.load((FOLDER / name).read_text(), Loader=_LOADER)
    return document
