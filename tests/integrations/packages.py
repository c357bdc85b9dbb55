"""Packages of the npm registry, downloaded once into the user's cache. None of them is part of this project."""

import os
import shutil
import subprocess
import tarfile
import tempfile
from functools import cache
from pathlib import Path

import pytest

SECONDS = 90
_CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "gateway-tests"


@cache
def npm_packages(name: str, *packages: str, parts: tuple[str, tuple[str, ...]] | None = None) -> Path:
    """Return a folder with these packages in `node_modules`; skip the test if they are not available.

    `parts` are another package and the beginnings of the names of the files of it that are needed, if its own
    dependencies would take minutes to download.
    """
    if shutil.which("node") is None or shutil.which("npm") is None:
        pytest.skip("there is no Node.js with npm")
    folder = _CACHE / name
    if not folder.exists():
        _bring(folder, packages, parts)
    return folder


def _bring(folder: Path, packages: tuple[str, ...], parts: tuple[str, tuple[str, ...]] | None) -> None:
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent) as made:
        Path(made, "package.json").write_text("{}")
        try:
            _npm("install", "--ignore-scripts", "--no-audit", "--no-fund", *packages, at=made)
            if parts is not None:
                _npm("pack", "--silent", parts[0], at=made)
                _unpack(Path(made), *parts)
        except (subprocess.CalledProcessError, subprocess.TimeoutExpired) as error:
            pytest.skip(f"npm cannot bring {', '.join(packages)}: {type(error).__name__}")
        if not folder.exists():  # another process of the same test run may have been faster
            _move(Path(made), folder)


def _npm(*arguments: str, at: str) -> None:
    environment = os.environ | {"npm_config_update_notifier": "false", "npm_config_fetch_retries": "1"}
    subprocess.run(["npm", *arguments], cwd=at, env=environment, check=True, capture_output=True, timeout=SECONDS)


def _unpack(folder: Path, package: str, beginnings: tuple[str, ...]) -> None:
    name = package.rpartition("@")[0]
    (archive,) = folder.glob("*.tgz")
    with tarfile.open(archive) as packed:
        wanted = [each for each in packed if each.name.removeprefix("package/").startswith(beginnings)]
        packed.extractall(folder / "unpacked", wanted, filter="data")
    (folder / "unpacked" / "package").rename(folder / "node_modules" / name)
    archive.unlink()


def _move(made: Path, folder: Path) -> None:
    try:
        os.rename(made, folder)
    except OSError:
        return  # it is there by now
    made.mkdir()  # for the one who removes it
