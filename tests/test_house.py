"""The drawings of docs/house.md are right: which subpackages there are, and which imports which."""

import ast
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PAGE = (ROOT / "docs" / "house.md").read_text()
CONTRACTS = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
packages = pytest.mark.parametrize("package", ["core", "gateway"])


@packages
def test_every_subpackage_is_drawn(package):
    there = {
        path.stem for path in (ROOT / package).iterdir() if path.suffix == ".py" or (path / "__init__.py").exists()
    }
    assert set(drawn(package)) == there - {"__init__"}


@packages
def test_no_subpackage_imports_one_of_its_own_or_a_higher_layer(package):
    floors = drawn(package)
    upwards = {
        f"{path.relative_to(ROOT)} imports {package}.{imported}"
        for path in (ROOT / package).rglob("*.py")
        for imported in subpackages_imported(path, package)
        if imported != subpackage_of(path, package) and floors[imported] >= floors.get(subpackage_of(path, package), 0)
    }
    assert upwards == set()


@packages
def test_the_drawing_is_what_the_import_linter_enforces(package):
    (layers,) = (each["layers"] for each in CONTRACTS if each.get("containers") == [package])
    assert rows(package) == [re.findall(r"\w+", layer) for layer in layers]


@packages
def test_what_the_page_says_of_a_subpackage_is_what_the_subpackage_says_of_itself(package):
    said = dict(re.findall(rf"^\| `{package}/(\w+)` \| (.+) \|$", PAGE, re.MULTILINE))
    subpackages = [path for path in (ROOT / package).iterdir() if (path / "__init__.py").exists()]
    assert said == {subpackage.name: summary(subpackage / "__init__.py") for subpackage in subpackages}


def rows(package: str) -> list[list[str]]:
    """The names on each line of a package's drawing, from top to bottom."""
    found = re.search(rf"^```{package}\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
    assert found is not None
    return [line.split() for line in found[1].splitlines()]


def drawn(package: str) -> dict[str, int]:
    """The layer of each subpackage, 1 for the lowest."""
    return {name: floor for floor, names in enumerate(reversed(rows(package)), 1) for name in names}


def subpackage_of(path: Path, package: str) -> str:
    return path.relative_to(ROOT / package).parts[0].removesuffix(".py")


def subpackages_imported(path: Path, package: str) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and node.module == package:
            yield from (each.name for each in node.names)
        elif isinstance(node, ast.ImportFrom) and (node.module or "").startswith(f"{package}."):
            yield str(node.module).split(".")[1]
        elif isinstance(node, ast.Import):
            yield from (each.name.split(".")[1] for each in node.names if each.name.startswith(f"{package}."))


def summary(path: Path) -> str:
    """The first paragraph of a module's docstring."""
    return " ".join((ast.get_docstring(ast.parse(path.read_text())) or "").partition("\n\n")[0].split())
