"""Programs of several versions, made of the present one, which tests install and replace."""

import shutil
from pathlib import Path

ROOT = Path(__file__).parents[1]


class Releases:
    """Each is a folder; the link `current` leads to the one that is installed."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.current = folder / "current"

    def install(self, name: str, file: str = "app.py", old: str = "", new: str = "") -> None:
        """Install this program with one text of `gateway` replaced; its /healthz tells its name."""
        package = self._copy(name, "gateway")
        _replace(package / "app.py", '{"status": "ok"}', f'{{"status": "ok", "release": "{name}"}}')
        if old:
            _replace(package / file, old, new)
        self._link(package.parent)

    def install_migration(self, name: str, revision: str, text: str) -> Path:
        """Install this program with one more migration; its folder."""
        package = self._copy(name, "core")
        (package / "database" / "migrations" / "versions" / f"{revision}_{name}.py").write_text(text)
        self._link(package.parent)
        return package.parent

    def _copy(self, name: str, package: str) -> Path:
        # With its bytecode, which holds for files of the same time and size: to compile a package takes seconds. Other
        # tests may write some meanwhile, under a name with a number behind it until it is whole.
        target = self._folder / name / package
        shutil.copytree(ROOT / package, target, ignore=shutil.ignore_patterns("*.pyc.*"))
        return target

    def _link(self, folder: Path) -> None:
        self.current.unlink(missing_ok=True)
        self.current.symlink_to(folder)


def _replace(file: Path, old: str, new: str) -> None:
    text = file.read_text()
    assert old in text
    file.write_text(text.replace(old, new))
