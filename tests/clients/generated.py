"""Packages that openapi-python-client makes from a document."""

import os
import subprocess
import sys
from pathlib import Path


def generate(document: Path, package: Path) -> None:
    """Make a package from a document, without a warning."""
    # The generator formats what it makes with the ruff beside it.
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    command = [sys.executable, "-m", "openapi_python_client", "generate", "--meta", "none"]
    done = subprocess.run(
        [*command, "--path", str(document), "--output-path", str(package), "--fail-on-warning"],
        env=os.environ | {"PATH": path},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
