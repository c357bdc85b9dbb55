"""The framing of a request, and its wishes for the connection, as declared by its head (RFC 9112)."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from gateway.server.refusal import BAD_REQUEST, NO_HOST, UNKNOWN_VERSION, Refused

MAX_HEAD_BYTES = 64 * 1024
END_OF_HEAD = b"\r\n\r\n"

_FRAMING = frozenset({b"host", b"content-length", b"transfer-encoding", b"connection", b"expect"})
_HOST = re.compile(rb"[A-Za-z0-9\-._~%!$&'()*+,;=:\[\]]*")  # the characters of RFC 3986, sections 3.2.2 and 3.2.3
_TOKEN = rb"[!#$%&'*+\-.^_`|~0-9A-Za-z]+"
_REQUEST_LINE = re.compile(rb"(%s) ([!-~]+) HTTP/[0-9]\.[0-9]\r\n" % _TOKEN)
_BEGINNING = re.compile(rb"%s( |\Z)" % _TOKEN)
_BARE_LF = re.compile(rb"(?<!\r)\n")


@dataclass(slots=True)
class Framing:
    """How a request continues: the length of its body, or chunks; and what it expects of the connection."""

    length: int = 0
    is_chunked: bool = False
    keep_alive: bool = True
    wants_continue: bool = False

    @property
    def has_body(self) -> bool:
        """Whether anything follows the head."""
        return self.is_chunked or self.length > 0


def framing_of(version: str, headers: Iterable[tuple[bytes, bytes]]) -> Framing:
    """Return the framing that these headers declare, with names in lower case. Raises `Refused` if it is ambiguous."""
    if version not in ("1.1", "1.0"):
        raise Refused(UNKNOWN_VERSION)
    is_current = version == "1.1"
    found, hosts, has_length = Framing(keep_alive=is_current), 0, False
    for name, value in headers:
        if name not in _FRAMING:
            continue
        if name == b"host":
            hosts += 1
            if not _HOST.fullmatch(value):
                raise Refused(NO_HOST)
        elif name == b"content-length":
            found.length, has_length = int(value), True
        elif name == b"transfer-encoding":
            found.is_chunked = True
        elif name == b"connection":
            found.keep_alive = found.keep_alive and b"close" not in _tokens(value)
        else:
            found.wants_continue = is_current and value.lower() == b"100-continue"
    if hosts > 1 or (hosts == 0 and is_current):
        raise Refused(NO_HOST)  # section 3.2
    if found.is_chunked and (has_length or not is_current):
        raise Refused(BAD_REQUEST)  # section 6.1
    return found


def may_become_a_head(piece: bytes | bytearray, known: int = 0) -> bool:
    """Return whether this can be the beginning of a head whose first `known` bytes were checked before."""
    return bool(_BEGINNING.match(piece)) and not _BARE_LF.search(piece, max(0, known - 1))


def verb_of(head: bytes) -> bytes:
    """Return the method of a head.

    Raises `Refused` if its first line is not a request line (section 3), up to the space.
    """
    found = _REQUEST_LINE.match(head)
    if found is None:
        raise Refused(BAD_REQUEST)
    return found[1]


def target_of(head: bytes | bytearray) -> bytes:
    """Return the target of a head, as far as its first line can be read."""
    words = bytes(head).partition(b"\r\n")[0].split(b" ")
    return words[1] if len(words) > 1 else b""


def _tokens(value: bytes) -> list[bytes]:
    return [token.strip() for token in value.lower().split(b",")]
