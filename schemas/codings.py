"""Content codings of request bodies (RFC 9110, section 8.4): gzip and deflate, inflated piece by piece within a limit.

One byte can inflate to a thousand. So never more is inflated than the limit allows, and the work is done in pieces,
between which other requests run.
"""

import asyncio
import zlib
from collections.abc import AsyncIterator, Iterator

from starlette.datastructures import Headers

from schemas.errors import BodyTooLarge, MalformedBody, UnsupportedCoding

ACCEPTED = ("gzip", "deflate")

_PIECE = 64 * 1024
_MAX_MEMBERS = 10_000  # per gzip file; each needs a decompressor
_GZIP, _ZLIB, _RAW = 16 + zlib.MAX_WBITS, zlib.MAX_WBITS, -zlib.MAX_WBITS
_NAMES = {"gzip": "gzip", "x-gzip": "gzip", "deflate": "deflate"}


def coding_of(headers: Headers) -> str:
    """Return the body's content coding, `gzip`, `deflate` or "".

    Raises `UnsupportedCoding`, also for several codings.
    """
    if "content-encoding" not in headers:
        return ""
    given = [name.strip().lower() for line in headers.getlist("content-encoding") for name in line.split(",")]
    codings = [name for name in given if name not in ("", "identity")]
    if not codings:
        return ""
    if len(codings) > 1 or codings[0] not in _NAMES:
        raise UnsupportedCoding(ACCEPTED)
    return _NAMES[codings[0]]


async def inflated(stream: AsyncIterator[bytes], coding: str, limit: int) -> AsyncIterator[bytes]:
    """Yield the decoded body of a stream of this coding; an empty stream counts as no body.

    Raises `BodyTooLarge` beyond `limit` bytes, and `MalformedBody` for data that is corrupt, truncated or followed by
    more.
    """
    inflater, size, began = _Inflater(coding), 0, False
    async for chunk in stream:
        began = began or bool(chunk)
        for piece in inflater.pieces(chunk):
            size += len(piece)
            if size > limit:
                raise BodyTooLarge
            yield piece
            await asyncio.sleep(0)
    if began and not inflater.is_complete:
        raise MalformedBody(f"The {coding} body ends too soon.")


class _Inflater:
    def __init__(self, coding: str) -> None:
        self._coding = coding
        self._waiting = b""  # of deflate, until its first two bytes show which kind it is
        self._members = 0
        self._inflate = zlib.decompressobj(_GZIP) if coding == "gzip" else None

    @property
    def is_complete(self) -> bool:
        return self._inflate is not None and self._inflate.eof

    def pieces(self, data: bytes) -> Iterator[bytes]:
        """Yield what these bytes add, in pieces of bounded size. Raises `MalformedBody`, `BodyTooLarge`."""
        if self._inflate is None:
            data = self._waiting = self._waiting + data
            if len(data) < 2:
                return
            self._inflate = zlib.decompressobj(_ZLIB if _has_zlib_header(data) else _RAW)
        try:
            yield from self._members_of(data)
        except zlib.error as error:
            raise MalformedBody(f"The body is not valid {self._coding}.") from error

    def _members_of(self, data: bytes) -> Iterator[bytes]:
        while data:
            assert self._inflate is not None
            if self._inflate.eof:
                self._begin_member()
            yield from _drained(self._inflate, data)
            data = self._inflate.unused_data

    def _begin_member(self) -> None:
        if self._coding != "gzip":
            raise MalformedBody("The deflate body is followed by something else.")
        self._members += 1
        if self._members > _MAX_MEMBERS:
            raise BodyTooLarge
        self._inflate = zlib.decompressobj(_GZIP)


def _drained(inflate: "zlib._Decompress", data: bytes) -> Iterator[bytes]:
    while True:
        piece = inflate.decompress(data, _PIECE)
        data = inflate.unconsumed_tail
        if piece:
            yield piece
        if inflate.eof or (not data and len(piece) < _PIECE):
            return


def _has_zlib_header(data: bytes) -> bool:
    # RFC 9110 means zlib's format (RFC 1950) by `deflate`; some clients send what is inside it alone (RFC 1951).
    return data[0] & 0x0F == 8 and (data[0] << 8 | data[1]) % 31 == 0
