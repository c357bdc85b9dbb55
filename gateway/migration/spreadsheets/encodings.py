"""Determines the encoding of a file: by its byte order mark, its zero bytes, or whether its bytes are UTF-8."""

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO

from gateway.migration.remote import SourceFailed

WINDOWS, MAC = "windows-1252", "mac-roman"
_CHUNK = 2**16
_MARKS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
_NAMES = {"utf-8": "UTF-8", "utf-8-sig": "UTF-8", WINDOWS: "Windows-1252", MAC: "Mac Roman"}
_LINE_END = re.compile(rb"\r\n|\r|\n")
_NOT_ASCII = re.compile(rb"[\x80-\xff]")
_UTF8_CHARACTER = re.compile(rb"[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}")
# A file in an 8-bit encoding has such bytes in many lines. In only a few lines they are damage, and no encoding is
# guessed.
_MIN_SHARE = 100
_EXCERPT = 30


@dataclass
class _Survey:
    """Statistics of the bytes outside ASCII."""

    lines: int = 0
    lines_beyond_ascii: int = 0
    beyond_ascii: int = 0
    of_utf8: int = 0
    windows_letters: int = 0
    mac_letters: int = 0
    line_feeds: int = 0

    def add(self, chunk: bytes) -> None:
        lines = _LINE_END.split(chunk)
        self.lines += len(lines)
        self.lines_beyond_ascii += sum(1 for line in lines if _NOT_ASCII.search(line))
        self.beyond_ascii += len(_NOT_ASCII.findall(chunk))
        self.of_utf8 += sum(map(len, _UTF8_CHARACTER.findall(chunk)))
        self.windows_letters += sum(chunk.count(letter) for letter in range(0xC0, 0x100))
        self.mac_letters += sum(chunk.count(letter) for letter in range(0x80, 0xA0))
        self.line_feeds += chunk.count(b"\n")

    @property
    def legacy(self) -> str:
        """The likely 8-bit encoding; `""` if there is none."""
        if self.of_utf8 * 2 >= self.beyond_ascii or self.lines_beyond_ascii * _MIN_SHARE < self.lines:
            return ""
        # Excel for the Mac ends lines with CR, and has accented letters below 0xA0.
        return MAC if not self.line_feeds and self.mac_letters > self.windows_letters else WINDOWS


@dataclass(frozen=True)
class Damage:
    """The first bytes that are not valid text: their line, counted from 1, and the text around them."""

    line: int
    found: bytes
    around: bytes


def recognised(file: IO[bytes]) -> str:
    """Return the encoding of a file, by its Python name. Raises `SourceFailed` if its bytes are not text."""
    marked = _marked(file)
    if marked:
        return checked(file, marked)
    damage = damage_of(file, "utf-8")
    if damage is None:
        return "utf-8"
    survey = _Survey()
    for chunk in _chunks(file):
        survey.add(chunk)
    lone = survey.beyond_ascii == 1 and b";" not in _head(file) and b"\t" not in _head(file)
    if survey.legacy and not lone:
        return checked(file, survey.legacy)
    raise SourceFailed(_damaged("utf-8", damage))


def checked(file: IO[bytes], encoding: str) -> str:
    """Return the encoding if the whole file is valid in it. Raises `SourceFailed`."""
    damage = damage_of(file, encoding)
    if damage is not None:
        raise SourceFailed(_damaged(encoding, damage))
    return encoding


def named(name: str) -> str:
    """Return the encoding with this common name. Raises `LookupError`."""
    found = codecs.lookup("windows-1252" if name.casefold() in ("ansi", "windows") else name)
    if not found._is_text_encoding:
        raise LookupError(name)
    return {"utf-8": "utf-8-sig", "cp1252": WINDOWS}.get(found.name, found.name)


def in_words(encoding: str) -> str:
    """Return the common name of an encoding."""
    return _NAMES.get(encoding, encoding.upper())


def damage_of(file: IO[bytes], encoding: str) -> Damage | None:
    """Return the first place where a file is not valid in an encoding; None if there is none."""
    decoder = codecs.getincrementaldecoder(encoding)()
    line, last = 1, ""
    try:
        for chunk in _chunks(file):
            text = decoder.decode(chunk)
            line, last = line + _breaks(last, text), text[-1:]
        decoder.decode(b"", final=True)
    except UnicodeDecodeError as error:
        before = error.object[: error.start].decode(encoding, "replace")
        around = error.object[max(0, error.start - _EXCERPT) : error.end + _EXCERPT]
        return Damage(line + _breaks(last, before), error.object[error.start : error.end], around)
    return None


def _breaks(last: str, text: str) -> int:
    """Return the number of line ends in a text, not counting one that began in the text before (`last`)."""
    split = 1 if last == "\r" and text.startswith("\n") else 0
    return text.count("\n") + text.count("\r") - text.count("\r\n") - split


def _marked(file: IO[bytes]) -> str:
    head = _head(file)
    if head.startswith((codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)):
        return "utf-32"
    marked = next((name for mark, name in _MARKS if head.startswith(mark)), "")
    if marked or b"\0" not in head:
        return marked
    # Latin letters in UTF-16 have one zero byte each.
    first, second = head[0::2].count(0), head[1::2].count(0)
    if max(first, second) * 4 < len(head) // 2 or first == second:
        return ""
    return "utf-16-be" if first > second else "utf-16-le"


def _head(file: IO[bytes]) -> bytes:
    file.seek(0)
    return file.read(1024)


def _chunks(file: IO[bytes]) -> Iterator[bytes]:
    file.seek(0)
    return iter(lambda: file.read(_CHUNK), b"")


def _damaged(encoding: str, damage: Damage) -> str:
    shown = damage.found[:4].hex(" ")
    problem = f"The file is not CSV in {in_words(encoding)}: line {damage.line} has bytes that are not text ({shown})"
    if not encoding.startswith("utf-8"):
        return f"{problem}. Nothing was imported."
    around = " ".join("".join(each if each.isprintable() else " " for each in _windows(damage.around)).split())
    return (
        f"{problem}. Nothing was imported. Correct that line; if it should read {around!r}, the file is in"
        " Windows-1252: use --encoding windows-1252."
    )


def _windows(content: bytes) -> str:
    return content.decode(WINDOWS, "replace")
