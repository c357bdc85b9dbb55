"""The files in the report folder of a run. Only files that an earlier run wrote are replaced."""

import hashlib
import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

FORMATS = {"junit": "xml", "ndjson": "ndjson", "json": "json"}
_ENDINGS = (*FORMATS.values(), "log", "gateway.log", "oracles.gateway.log", "oracles.json", "oracles.log", "reach.json")

# The tag of bford.info/cachedir, by which backups skip the folder; the second line names its creator.
_TAG = "CACHEDIR.TAG"
_TAGGED = "Signature: 8a477f597d28d172789f06886806bc55\n# This folder was made by `gateway contract`.\n"


class ForeignFile(Exception):
    """The report folder has something that no run of this command wrote; the text is for the user."""


@dataclass(frozen=True)
class Reports:
    """The reports of one dialect in a folder."""

    folder: Path
    dialect: str

    def file(self, ending: str) -> Path:
        """Return the path of the report with that suffix, such as `json`."""
        return (self.folder / f"{self.dialect}.{ending}").absolute()

    def check(self) -> None:
        """Raise `ForeignFile` if a file or folder that a run would replace is not as an earlier run left it."""
        written = self._recorded()
        for ending in _ENDINGS:
            file = self.file(ending)
            if _exists(file) and not _is_unmodified(file, written):
                raise ForeignFile(_complaint(file))
        cache = self.file("cache")
        if _exists(cache) and not _is_our_cache(cache):
            raise ForeignFile(_complaint(cache))

    @contextmanager
    def replaced(self) -> Iterator[None]:
        """Remove an earlier run's files, and record those that this run writes in the block. Raises `ForeignFile`.

        Files of an earlier run could be mistaken for reports of this run, or change what its seed generates.
        """
        self.check()
        self.folder.mkdir(parents=True, exist_ok=True)
        for ending in _ENDINGS:
            self.file(ending).unlink(missing_ok=True)
        cache = self.file("cache")
        shutil.rmtree(cache, ignore_errors=True)
        cache.mkdir()
        (cache / _TAG).write_text(_TAGGED)
        # Without digests until the run is done, because a run that is killed leaves unfinished files.
        self._record(dict.fromkeys(_ENDINGS))
        try:
            yield
        finally:
            self._record({ending: _digest(self.file(ending)) for ending in _ENDINGS if self.file(ending).exists()})

    @property
    def _record_file(self) -> Path:
        return self.folder / f".gateway-contract-{self.dialect}"

    def _record(self, digests: dict[str, str | None]) -> None:
        self._record_file.write_text(json.dumps({"written by gateway contract": digests}, indent=2) + "\n")

    def _recorded(self) -> dict[str, str | None]:
        if not _exists(self._record_file):
            return {}
        try:
            recorded: dict[str, str | None] = json.loads(self._record_file.read_text())["written by gateway contract"]
        except (OSError, ValueError, LookupError, TypeError):
            raise ForeignFile(_complaint(self._record_file)) from None
        return {self.file(ending).name: digest for ending, digest in recorded.items()}


def _exists(path: Path) -> bool:
    return path.is_symlink() or path.exists()


def _is_unmodified(file: Path, written: dict[str, str | None]) -> bool:
    if file.is_symlink() or not file.is_file() or file.name not in written:
        return False
    return written[file.name] in (None, _digest(file))


def _is_our_cache(cache: Path) -> bool:
    tag = cache / _TAG
    return not cache.is_symlink() and cache.is_dir() and tag.is_file() and tag.read_text(errors="replace") == _TAGGED


def _digest(file: Path) -> str:
    with file.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()


def _complaint(path: Path) -> str:
    return f"{path} is there and not as an earlier run left it. Remove it, or name another --report-dir."
