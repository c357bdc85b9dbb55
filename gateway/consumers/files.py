"""Files with the expectations of integrations: Pact files, and HAR archives of their sessions."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

Content = dict[str, Any]


class UnusableFile(Exception):
    """A file does not have the expected content; the text is for the user."""


def expectations(file: Path) -> Content:
    """Return the content of a Pact file or a HAR. Raises `UnusableFile`."""
    content = read_object(file)
    if not is_har(content) and not is_pact(content):
        raise UnusableFile(f"{file} is neither a Pact file nor a HAR")
    if is_pact(content) and _version(content) not in (2, 3, 4):
        raise UnusableFile(f"{file} is of version {_version(content)} of the Pact specification; 2, 3 and 4 are known")
    return content


def is_har(content: Content) -> bool:
    """Return whether this is an HTTP Archive (HAR 1.2)."""
    log = content.get("log")
    return isinstance(log, dict) and isinstance(log.get("entries"), list)


def is_pact(content: Content) -> bool:
    """Return whether this is a Pact file of any version."""
    named = all(isinstance(content.get(each), dict) for each in ("consumer", "provider"))
    return named and (isinstance(content.get("interactions"), list) or isinstance(content.get("messages"), list))


def read_object(file: Path) -> Content:
    """Return the JSON object in a file. Raises `UnusableFile`."""
    try:
        content = json.loads(file.read_bytes())
    except OSError as error:
        raise UnusableFile(f"{file}: {(error.strerror or str(error)).lower()}") from None
    except ValueError as error:
        raise UnusableFile(f"{file} is not JSON: {error}") from None
    if not isinstance(content, dict):
        raise UnusableFile(f"{file} is not a JSON object")
    return content


def own_states(file: Path) -> dict[str, Content]:
    """Return a consumer's own provider states: by name `{"state": …, "params": {…}}`. Raises `UnusableFile`."""
    try:
        content = yaml.load(file.read_bytes(), yaml.CSafeLoader)
    except (OSError, yaml.YAMLError) as error:
        raise UnusableFile(f"{file} cannot be read: {error}") from None
    if not isinstance(content, Mapping):
        raise UnusableFile(f"{file} does not map names to states")
    states = {str(name): {"state": each} if isinstance(each, str) else each for name, each in content.items()}
    for name, each in states.items():
        if not isinstance(each, dict) or not isinstance(each.get("state"), str):
            raise UnusableFile(f"{file} has no state for {name!r}")
    return states


def _version(content: Content) -> int:
    metadata = content.get("metadata")
    metadata = metadata if isinstance(metadata, dict) else {}
    for key in ("pactSpecification", "pact-specification"):
        if isinstance(found := metadata.get(key), dict):
            return int(str(found.get("version", "2")).partition(".")[0] or 2)
    return int(str(metadata.get("pactSpecificationVersion", "2")).partition(".")[0])
