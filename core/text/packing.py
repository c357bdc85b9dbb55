"""Text packed by Zstandard (RFC 8878) with a dictionary: short texts that are nearly alike become a fifth."""

import threading
from typing import Any

FORMAT = 1
"""Raised when `Packing` makes of the same text and dictionary what an earlier version could not unpack."""

_LEVEL = 3


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

        shared = zstd.ZstdCompressionDict(dictionary, dict_type=zstd.DICT_TYPE_RAWCONTENT)
        self.packer = zstd.ZstdCompressor(_LEVEL, dict_data=shared, write_checksum=False)
        self.unpacker = zstd.ZstdDecompressor(dict_data=shared)
