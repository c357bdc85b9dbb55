"""Faults of the transmission of a source's answers. Each function returns whether it has answered itself."""

import time

from tests.moving.faulty_source import Connection, Source

SILENCE = 60  # seconds, longer than any caller here listens to it


def answers_that_break_off(_source: Source, connection: Connection, turn: int, body: bytes) -> bool:
    if turn % 2:
        connection.head(200, Content_Length=str(len(body)))
        connection.write(body[: len(body) // 2])
        connection.close()
    return turn % 2 == 1


def answers_that_end_too_early(_source: Source, connection: Connection, turn: int, body: bytes) -> bool:
    """There is no length, so only the JSON shows that the end is missing."""
    if turn % 2:
        connection.head(200, Connection="close")
        connection.write(body[: len(body) // 2])
        connection.close()
    return turn % 2 == 1


def silence_before_the_answer(_source: Source, connection: Connection, turn: int, body: bytes) -> bool:
    if turn == 1:
        time.sleep(SILENCE)
        connection.close()
    return turn == 1


def silence_within_the_answer(_source: Source, connection: Connection, turn: int, body: bytes) -> bool:
    if turn == 2:
        connection.head(200, Content_Length=str(len(body)))
        connection.write(body[:100])
        time.sleep(SILENCE)
        connection.close()
    return turn == 2


def answers_that_trickle(_source: Source, connection: Connection, turn: int, body: bytes) -> bool:
    """Slower as a whole than the limit on silence, but never silent that long."""
    connection.head(200, Content_Length=str(len(body)))
    for start in range(0, len(body), len(body) // 8):
        connection.write(body[start : start + len(body) // 8])
        time.sleep(0.1)
    return True


def resets(_source: Source, connection: Connection, turn: int, body: bytes) -> bool:
    if turn in (1, 3):
        connection.reset()
    return turn in (1, 3)


def too_many_requests(_source: Source, connection: Connection, turn: int, body: bytes) -> bool:
    if turn in (1, 3):
        connection.send(429, b"{}", **({"Retry_After": "1"} if turn == 1 else {}))
    return turn in (1, 3)


def server_errors(_source: Source, connection: Connection, turn: int, body: bytes) -> bool:
    if turn in (1, 2, 4):
        connection.send({1: 500, 2: 502, 4: 503}[turn], b"<html>")
    return turn in (1, 2, 4)


def silence_for_ever(_source: Source, connection: Connection, turn: int, body: bytes) -> bool:
    time.sleep(SILENCE)
    connection.close()
    return True


def broken_for_ever(_source: Source, connection: Connection, turn: int, body: bytes) -> bool:
    connection.head(200, Content_Length=str(len(body)))
    connection.write(body[:-1])
    connection.close()
    return True


def busy_for_ever(_source: Source, connection: Connection, turn: int, body: bytes) -> bool:
    connection.send(503, b"", Retry_After="0")
    return True
