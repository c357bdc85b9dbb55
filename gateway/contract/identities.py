"""The file from which Schemathesis reads the identities of a run (Web Fuzzing Commons, "fixed headers")."""

import json
import os
from pathlib import Path
from typing import Any

from gateway.contract.target import Target

OURS, PEER = "company", "another company"


def write_identities(file: Path, dialect: str, target: Target) -> list[str]:
    """Write the file, readable by its owner only, and return the names of the identities."""
    keys = {OURS: target.token} | ({PEER: target.other_token} if target.other_token else {})
    content = {"auth": [_identity(dialect, name, key, target.password) for name, key in keys.items()]}
    with open(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as sink:
        json.dump(content, sink)
    return list(keys)


def _identity(dialect: str, name: str, key: str, password: str | None) -> dict[str, Any]:
    headers = {"Authorization": f"Bearer {key}"} if dialect == "api" else {"X-API-TOKEN": key}
    if dialect == "v1" and password is not None:
        headers["X-API-PASSWORD"] = password
    return {"name": name, "fixedHeaders": [{"name": each, "value": value} for each, value in headers.items()]}
