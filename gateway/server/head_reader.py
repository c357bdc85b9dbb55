"""Collects the bytes of a request's head until it is complete, within the limit of size."""

from gateway.server.heads import END_OF_HEAD, MAX_HEAD_BYTES, may_become_a_head, target_of
from gateway.server.refusal import BAD_REQUEST, TOO_LARGE, Refused


class HeadReader:
    """The heads of one connection, one after the other."""

    def __init__(self) -> None:
        self._part = bytearray()  # of the next head, as far as it has arrived
        self._last = b""

    @property
    def is_begun(self) -> bool:
        """Whether a head has arrived in part."""
        return bool(self._part)

    def target(self) -> bytes:
        """Return the target of the incomplete head or, if there is none, of the last one."""
        return target_of(self._part or self._last)

    def feed(self, data: bytes) -> tuple[bytes, bytes]:
        """Return the head once it is complete, before that `b""`, and the bytes after it. Raises `Refused`."""
        known = len(self._part)
        piece: bytes | bytearray = self._part
        if known:
            piece += data
        else:
            piece = data.lstrip(b"\r\n")  # RFC 9112, section 2.2: blank lines between requests are ignored
        end = piece.find(END_OF_HEAD, max(0, known - len(END_OF_HEAD) + 1))
        if end < 0:
            self._wait_for_more(piece, known)
            return b"", b""
        end += len(END_OF_HEAD)
        self._last, rest = bytes(piece[:end]), bytes(piece[end:])
        if known:
            self._part = bytearray()
        if end > MAX_HEAD_BYTES:
            raise Refused(TOO_LARGE)
        return self._last, rest

    def _wait_for_more(self, piece: bytes | bytearray, known: int) -> None:
        self._part = piece if isinstance(piece, bytearray) else bytearray(piece)
        if len(piece) > MAX_HEAD_BYTES:
            raise Refused(TOO_LARGE)
        # Garbage is refused at once, because a peer that does not speak HTTP would wait for an answer.
        if piece and not may_become_a_head(piece, known):
            raise Refused(BAD_REQUEST)
