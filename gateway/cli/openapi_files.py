"""Reads OpenAPI documents from files."""

import json
from pathlib import Path
from typing import Any

import yaml

from gateway.cli.errors import CommandError


def read_document(file: Path) -> dict[str, Any]:
    """Return the OpenAPI document in a file, YAML or JSON. Raises `CommandError`, and `OSError`."""
    content = file.read_bytes()
    try:
        # JSON is also YAML, but a YAML parser reads it a hundred times slower.
        document = json.loads(content) if content.lstrip().startswith(b"{") else yaml.load(content, yaml.CSafeLoader)
    except (yaml.YAMLError, ValueError) as error:
        raise CommandError(f"{file} is not YAML: {error}") from None
    if not isinstance(document, dict) or not isinstance(document.get("paths"), dict):
        raise CommandError(f"{file} is not an OpenAPI document.")
    return document
