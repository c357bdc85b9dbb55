"""Generates streams of bytes of connections: pipelined requests of every kind, valid and invalid.

`stream(seed)` always returns the same stream for a seed. The path of a request says what the application does with it.
"""

import random

VERBS = [*["GET"] * 4, "HEAD", *["POST"] * 4, "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "BREW", "QUERY", "M-SEARCH"]
# What the application does: answer after reading the body, without reading it, later, in pieces, or close.
PATHS = ["/read", "/read", "/read", "/early", "/early", "/late", "/pieces", "/close", "/slow"]
INNER = b"DELETE /smuggled HTTP/1.1\r\nHost: inner\r\n\r\n"
LINE = b"A /x HTTP/1.1\r\n"
UPGRADES = ["h2c", "websocket", "TLS/1.0"]
EXTENSIONS = [b"", b"", b";a=b", b';a="b c"']
TRAILERS = [b"", b"", b"Authorization: Bearer trailer\r\n", b"Host: trailer\r\nContent-Length: 9\r\n"]


def stream(seed: int) -> bytes:
    """Return one stream of bytes."""
    chance = random.Random(seed)
    sent = b"".join(request(chance) for _ in range(chance.randint(1, 5)))
    if chance.random() < 0.5:
        sent = broken(chance, sent)
    return sent


def cuts(seed: int, sent: bytes) -> list[tuple[bytes, float]]:
    """Return the stream in pieces, each with the seconds to wait after it."""
    chance = random.Random(f"cuts {seed}")
    pauses = chance.choice([[0], [0, 0, 0.002], [0, 0.004, 0.01]])
    if chance.random() < 0.15:
        sizes = [1] * min(len(sent), 300)
    else:
        sizes = [chance.choice([1, 2, 3, 5, 17, 40, 100, 1000]) for _ in range(60)]
    pieces = []
    for size in sizes:
        piece, sent = sent[:size], sent[size:]
        pieces.append((piece, chance.choice(pauses) if size > 1 else 0))
    return [each for each in [*pieces, (sent, 0)] if each[0]]


def request(chance: random.Random) -> bytes:
    """Return one complete request."""
    verb, version = chance.choice(VERBS), "1.0" if chance.random() < 0.06 else "1.1"
    target = chance.choice(PATHS) + chance.choice(["", "", "?q=1", "?" + "x" * 300])
    if chance.random() < 0.05:
        target = f"http://example.org{target}"
    lines = [f"{verb} {target} HTTP/{version}", f"Host: {chance.choice(['x', 'example.org:80', '[::1]:8000'])}"]
    lines += [each for each in ("X-Empty:", "X-Pad: " + "p" * chance.choice([0, 10, 3000])) if chance.random() < 0.3]
    if chance.random() < 0.15:
        lines += ["Connection: Upgrade", f"Upgrade: {chance.choice(UPGRADES)}"]
    elif chance.random() < 0.1:
        lines.append(f"Connection: {chance.choice(['close', 'Close', 'keep-alive', 'foo, close'])}")
    if chance.random() < 0.12:
        lines.append("Expect: 100-continue")
    framing, body = framed(chance, version)
    headers = [*lines[1:], *framing]
    chance.shuffle(headers)
    blank = b"\r\n" * (chance.random() < 0.05)
    return blank + "\r\n".join([lines[0], *headers, "", ""]).encode() + body


def framed(chance: random.Random, version: str) -> tuple[list[str], bytes]:
    """Return the headers of a body, and its bytes as they are sent."""
    kind = chance.random()
    if kind < 0.35:
        return [], b""
    content = b"".join(chance.choice([INNER, LINE, b"\r\n\r\n", b"0\r\n\r\n", b"abc", b"x" * 700]) for _ in range(4))
    if kind < 0.7 or version == "1.0":
        return [f"Content-Length: {len(content)}"], content
    return [f"Transfer-Encoding: {chance.choice(['chunked', 'Chunked'])}"], chunked(chance, content)


def chunked(chance: random.Random, content: bytes) -> bytes:
    """Return content in chunks, sometimes with extensions and trailers."""
    sent = b""
    while content:
        size = chance.choice([1, 2, 7, 60, 1000])
        piece, content = content[:size], content[size:]
        sent += b"%x%s\r\n%s\r\n" % (len(piece), chance.choice(EXTENSIONS), piece)
    return sent + b"0\r\n" + chance.choice(TRAILERS) + b"\r\n"


REPLACEMENTS = [
    (b"\r\n", b"\n"),
    (b"\r\n", b"\r"),
    (b"\r\n", b"\r\n "),
    (b"\r\n\r\n", b"\r\n"),
    (b"\r\n\r\n", b"\n\n"),
    (b": ", b" : "),
    (b": ", b""),
    (b"Host: ", b"Host: a\r\nHost: "),
    (b"Host: ", b"X: "),
    (b"Host: ", b"Host: a b"),
    (b"Host: ", b"Host: a/@"),
    (b"Content-Length: ", b"Content-Length: +"),
    (b"Content-Length: ", b"Content-Length: 3\r\nContent-Length: "),
    (b"Content-Length: ", b"Content-Length: 3, "),
    (b"Content-Length: ", b"Content-Length: 99999999999999999999"),
    (b"Content-Length: ", b"Transfer-Encoding: chunked\r\nContent-Length: "),
    (b"Content-Length: ", b"Content-Length : "),
    (b"Content-Length: ", b"Content_Length: "),
    (b"Transfer-Encoding: ", b"Content-Length: 4\r\nTransfer-Encoding: "),
    (b"Transfer-Encoding: ", b"Transfer-Encoding: gzip, "),
    (b"Transfer-Encoding: ", b"Transfer-Encoding: identity\r\nTransfer-Encoding: "),
    (b"Transfer-Encoding: ", b"Transfer-Encoding: x"),
    (b"Transfer-Encoding: ", b"Transfer-Encoding:\x0b"),
    (b"Transfer-Encoding: ", b"Transfer\xadEncoding: "),
    (b"HTTP/1.1", b"HTTP/2.0"),
    (b"HTTP/1.1", b"HTTP/1.0"),
    (b"HTTP/1.1", b"http/1.1"),
    (b"HTTP/1.1", b" HTTP/1.1"),
    (b"HTTP/1.1", b"HTTP/1.1 "),
    (b" /", b"  /"),
    (b" /", b"\t/"),
    (b" /", b" /\xc3\xa9"),
    (b" /", b" *"),
    (b"POST", b"CONNECT"),
    (b"POST", b"P" * 70),
    (b"POST", b"PO\x00ST"),
    (b"X-Pad: ", b"X-Pad: " + b"p" * 70_000),
    (b"X-Pad: ", b"X-Pad: \x00"),
    (b"X-Pad: ", b"X-Pad: \x01"),
    (b"X-Empty:", b": x"),
    (b"\r\n0\r\n", b"\r\n00000\r\n"),
    (b"\r\n0\r\n", b"\r\n-1\r\n"),
    (b"\r\n0\r\n", b"\r\n0x0\r\n"),
    (b"\r\n0\r\n", b"\r\n0 \r\n"),
    (b"\r\n0\r\n", b"0\r\n"),
    (b"\r\n7\r\n", b"\r\n8\r\n"),
    (b"\r\n7\r\n", b"\r\n7;\n\r\n"),
]


def broken(chance: random.Random, sent: bytes) -> bytes:
    """Return the stream with one error."""
    kind = chance.random()
    if kind < 0.7:
        old, new = chance.choice(REPLACEMENTS)
        places = [at for at in range(len(sent)) if sent.startswith(old, at)]
        if places:
            at = chance.choice(places)
            return sent[:at] + new + sent[at + len(old) :]
    at = chance.randrange(len(sent))
    if kind < 0.8:
        return sent[:at]
    if kind < 0.9:
        return sent[:at] + bytes([chance.randrange(256)]) + sent[at:]
    return sent + chance.choice([b"FROB\x00 nonsense\r\n\r\n", b"\x16\x03\x01\x02\x00", b"0\r\n\r\n", b"GET"])
