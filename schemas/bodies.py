"""Parses request bodies of every kind into one plain tree: JSON, urlencoded and multipart forms with PHP's keys.

Forms become what PHP makes of them (`tags[]=a&tags[]=b`, `tags[0]=a`, `settings[currency_id]=1`): dicts, lists and
strings, and for uploads `UploadFile`. Objects whose keys are 0, 1, 2, … are lists.
"""

import asyncio
import re
from collections.abc import AsyncIterator, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

from python_multipart.multipart import parse_options_header
from starlette.datastructures import FormData, Headers, UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser

from core.database.outages import storage_outage
from schemas.codings import coding_of, inflated
from schemas.errors import BodyTooLarge, BodyTooSlow, MalformedBody, UnsupportedMediaType
from schemas.json_bodies import MAX_DEPTH, read_json
from schemas.lists import as_list

JSON = "application/json"
URLENCODED = "application/x-www-form-urlencoded"
MULTIPART = "multipart/form-data"

_MAX_KEYS = 10_000
_MAX_FILES = 100
_MAX_SECONDS = 30  # between two pieces of a body
_KEY = re.compile(r"([^\[\]]+)((?:\[[^\[\]]*\])*)")


@dataclass(frozen=True)
class Limits:
    """The maximum size of a body in bytes: `text` for JSON, urlencoded and a form's fields, `upload` for files."""

    text: int = 2 * 1024 * 1024
    upload: int = 100 * 1024 * 1024


@dataclass
class Body:
    """A parsed body: its tree, whether it came as a form, and its files by field name without brackets."""

    tree: dict[str, Any] = field(default_factory=dict)
    is_form: bool = False
    files: list[tuple[str, UploadFile]] = field(default_factory=list)

    async def close(self) -> None:
        """Remove the temporary files."""
        for _, file in self.files:
            await file.close()


async def read_body(headers: Headers, stream: AsyncIterator[bytes], limits: Limits) -> Body:
    """Read and parse a body, which may be compressed; a missing body is an empty tree.

    Raises `UnsupportedMediaType`, `UnsupportedCoding`, `MalformedBody` (bad syntax, bad UTF-8, nested too deeply),
    `BodyTooLarge`, `BodyTooSlow`, and `Unavailable` if uploaded files cannot be stored temporarily.
    """
    stream = _with_timeout(stream)
    coding = coding_of(headers)
    kind, parameters = parse_options_header(headers.get("content-type", ""))
    media_type = kind.decode("latin-1").lower()
    if media_type == MULTIPART:
        pieces = _limited(headers, stream, coding, limits.upload + limits.text)
        return await _read_multipart(headers, parameters, pieces, limits)
    raw = b"".join([piece async for piece in _limited(headers, stream, coding, limits.text)])
    if not raw and media_type in ("", JSON, URLENCODED):
        return Body(is_form=media_type == URLENCODED)
    if media_type == JSON:
        return Body(_json_tree(raw))
    if media_type == URLENCODED:
        return Body(nest(_pairs(raw)), is_form=True)
    raise UnsupportedMediaType(media_type)


async def _with_timeout(stream: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    while True:
        try:
            async with asyncio.timeout(_MAX_SECONDS):
                chunk = await anext(stream)
        except TimeoutError:
            raise BodyTooSlow from None
        except StopAsyncIteration:
            return
        yield chunk


def nest(pairs: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    """Return the tree that PHP makes of form pairs. Raises `MalformedBody` if a key is both a value and an object."""
    root: dict[str, Any] = {}
    for key, value in pairs:
        found = _KEY.fullmatch(key)
        steps = [found[1], *re.findall(r"\[([^\[\]]*)\]", found[2])] if found else [key]
        if len(steps) > MAX_DEPTH:
            raise MalformedBody("A key is nested too deeply.")
        _insert_value(root, steps, value)
    return {key: _with_lists(value) for key, value in root.items()}


def _insert_value(node: dict[str, Any], steps: list[str], value: Any) -> None:
    for step in steps[:-1]:
        child = node.setdefault(_numbered(node, step), {})
        if not isinstance(child, dict):
            child = node[step] = {}
        node = child
    node[_numbered(node, steps[-1])] = value


def _numbered(node: dict[str, Any], step: str) -> str:
    return step if step else str(len(node))


def _with_lists(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    children = {key: _with_lists(child) for key, child in value.items()}
    return as_list(children)


def _json_tree(raw: bytes) -> dict[str, Any]:
    tree = read_json(raw, MAX_DEPTH)
    if tree == []:
        return {}  # PHP encodes an empty array this way
    if not isinstance(tree, dict):
        raise MalformedBody("The body must be a JSON object.")
    return tree


def _pairs(raw: bytes) -> list[tuple[str, str]]:
    if raw.count(b"&") >= _MAX_KEYS:
        raise BodyTooLarge
    try:
        return parse_qsl(raw.decode(), keep_blank_values=True, errors="strict")
    except (UnicodeDecodeError, ValueError) as error:
        raise MalformedBody("The form cannot be decoded.") from error


def _limited(headers: Mapping[str, str], stream: AsyncIterator[bytes], coding: str, limit: int) -> AsyncIterator[bytes]:
    """Yield the pieces of a body, decoded, up to `limit` bytes."""
    if not coding:
        return _received(headers, stream, limit)
    # Compressing incompressible data makes it a little longer.
    return inflated(_received(headers, stream, limit + limit // 100 + 100), coding, limit)


async def _received(headers: Mapping[str, str], stream: AsyncIterator[bytes], limit: int) -> AsyncIterator[bytes]:
    announced = headers.get("content-length", "")
    length = int(announced) if announced.isdecimal() else -1
    if length > limit:
        raise BodyTooLarge
    size = 0
    async for chunk in stream:
        size += len(chunk)
        if size > limit:
            raise BodyTooLarge
        yield chunk
        if size == length:
            return  # do not wait for the final empty message


class _StrictParser(MultiPartParser):
    """Starlette's parser, but text that is not UTF-8 and a missing final boundary are errors.

    Starlette has no public way for either: it decodes fields that are not UTF-8 as Latin-1, and does not report whether
    the last boundary came. The tests of multipart bodies fail if a new version moves what is used here.
    """

    complete = False

    def on_end(self) -> None:
        self.complete = True

    def on_part_end(self) -> None:
        part = self._current_part
        if part.file is None:
            try:
                self.items.append((part.field_name, part.data.decode()))
            except UnicodeDecodeError as error:
                raise MalformedBody("A field of the form is not UTF-8.") from error
        else:
            super().on_part_end()


async def _read_multipart(
    headers: Headers, parameters: Mapping[bytes, bytes], stream: AsyncIterator[bytes], limits: Limits
) -> Body:
    if not parameters.get(b"boundary"):
        raise MalformedBody("The multipart body has no boundary.")
    parser = _StrictParser(
        headers,
        stream,  # type: ignore[arg-type]
        max_files=_MAX_FILES,
        max_fields=_MAX_KEYS,
        max_part_size=limits.text,
    )
    try:
        form: FormData = await parser.parse()
    except OSError as error:
        raise storage_outage("a temporary file cannot be written", error) from error
    except MultiPartException as error:
        # Only the text of the exception says whether a limit was exceeded.
        too_much = error.message.startswith(("Part exceeded", "Too many"))
        raise (BodyTooLarge if too_much else MalformedBody)(error.message) from error
    if not parser.complete:
        await form.close()
        raise MalformedBody("The multipart body ends too soon.")
    fields = [(key, value) for key, value in form.multi_items() if isinstance(value, str)]
    files = [(key.partition("[")[0], value) for key, value in form.multi_items() if isinstance(value, UploadFile)]
    return Body(nest(fields), is_form=True, files=[(key, file) for key, file in files if file.filename or file.size])
