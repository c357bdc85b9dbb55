"""Parses two streams of HTTP/1.1 while they pass; h11 only reads, and nothing is changed.

If the streams contain something that h11 does not accept, or switch to another protocol (101, CONNECT), the connection
is no longer observed, but its bytes still pass: an ambiguous message is passed on unchanged. A caller's connection to
the old system is never shared with another caller.
"""

import time
from collections import deque
from collections.abc import Callable
from typing import Protocol

import h11

from gateway.migration.mirroring.exchanges import Exchange, is_read
from gateway.migration.mirroring.pending import Body, Budget, Pending

_MAX_HEAD = 64 * 1024
_MAX_PENDING = 64  # requests of one connection without an answer
_AMBIGUOUS = {"content-length", "transfer-encoding"}  # only the old system knows which of them counts
_UNREAD = (h11.NEED_DATA, h11.PAUSED)


class Listener(Protocol):
    """The recipient of requests and answers."""

    def begun(self, number: int, method: str, target: str) -> None: ...
    def finished(self, exchange: Exchange) -> None: ...
    def lost(self, number: int, method: str) -> None: ...
    def unobserved(self) -> None: ...
    def is_wanted(self, method: str, target: str) -> bool: ...


class Observer:
    """Observes one connection. `numbers` counts the requests of all connections."""

    def __init__(self, listener: Listener, budget: Budget, numbers: Callable[[], int]) -> None:
        self._listener = listener
        self._budget = budget
        self._numbers = numbers
        self._requests = _request_reader()
        self._answers: h11.Connection | None = None
        self._pending: deque[Pending] = deque()
        self._current: Pending | None = None
        self._buffered = bytearray()  # bytes of the caller after a request that may switch protocols
        self.is_observing = True

    @property
    def is_idle(self) -> bool:
        """Whether no request is in progress, as far as is known."""
        return self.is_observing and not self._pending and not self._requests.trailing_data[0]

    def sent(self, data: bytes) -> None:
        """Take bytes of the caller; `b""` at the end."""
        if data:
            self._observe(self._read_requests, data)

    def answered(self, data: bytes) -> None:
        """Take bytes of the old system; `b""` at the end."""
        self._observe(self._read_answers, data)

    def close(self) -> None:
        """Report the end of the connection; requests in progress stay without an answer."""
        if self.is_observing:
            self._give_up()

    def _observe(self, read: Callable[[bytes], None], data: bytes) -> None:
        if not self.is_observing:
            return
        try:
            read(data)
        except Exception:  # whatever the error is, the caller's bytes still pass
            self._listener.unobserved()
            self._give_up()

    def _give_up(self) -> None:
        self.is_observing = False
        for pending in self._pending:
            for body in (pending.sent, pending.received):
                body.end()
            if pending.is_wanted:
                self._listener.lost(pending.number, pending.method)
        self._pending.clear()
        self._current = self._answers = None
        self._buffered.clear()

    def _read_requests(self, data: bytes) -> None:
        if any(pending.may_switch and pending.is_complete for pending in self._pending):
            self._buffer_for_switch(data)
            return
        self._requests.receive_data(data)
        while (event := self._requests.next_event()) not in _UNREAD:
            if isinstance(event, h11.Request):
                self._begin(event)
            elif isinstance(event, h11.Data) and self._current is not None:
                self._current.sent.add(bytes(event.data))
            elif isinstance(event, h11.EndOfMessage) and self._current is not None and self._end_request():
                return

    def _buffer_for_switch(self, data: bytes) -> None:
        self._buffered += data
        if len(self._buffered) > _MAX_HEAD:
            raise ValueError("too many bytes after a request that may switch protocols")

    def _begin(self, request: h11.Request) -> None:
        method, target = request.method.decode("ascii"), _origin_form(request.target)
        headers = [(name.decode("ascii"), value.decode("latin-1")) for name, value in request.headers]
        names = {name for name, _ in headers}
        if method == "CONNECT" or len(self._pending) >= _MAX_PENDING or names >= _AMBIGUOUS:
            raise ValueError("a request that cannot be observed")
        wanted = self._listener.is_wanted(method, target)
        self._current = Pending(
            number=self._numbers(),
            method=method,
            target=target,
            headers=headers,
            is_wanted=wanted,
            began=time.monotonic(),
            sent=Body(self._budget, wanted and not is_read(method)),
            received=Body(self._budget, wanted),
            may_switch="upgrade" in names,
        )
        self._pending.append(self._current)
        if wanted:
            self._listener.begun(self._current.number, method, target)

    def _end_request(self) -> bool:
        """Begin the next request with the bytes that have arrived.

        Return whether it must wait for the answer to this one.
        """
        assert self._current is not None
        pending, self._current = self._current, None
        pending.is_complete = True
        rest = self._requests.trailing_data[0]
        self._requests = _request_reader()
        if pending.may_switch:
            self._buffer_for_switch(rest)
            return True
        if rest:
            self._requests.receive_data(rest)
        return False

    def _read_answers(self, data: bytes) -> None:
        if self._answers is None:
            if not data:
                return
            self._answers = _answer_reader(self._pending[0].method)  # an answer to nothing is an IndexError
        self._answers.receive_data(data)
        while self._answers is not None and (event := self._answers.next_event()) not in _UNREAD:
            self._take(event)

    def _take(self, event: object) -> None:
        pending = self._pending[0]
        if isinstance(event, h11.InformationalResponse) and event.status_code == 101:
            raise ValueError("another protocol")
        if isinstance(event, h11.Response):
            pending.status = event.status_code
            pending.answer_headers = [(name.decode("ascii"), value.decode("latin-1")) for name, value in event.headers]
        elif isinstance(event, h11.Data):
            pending.received.add(bytes(event.data))
        elif isinstance(event, h11.EndOfMessage):
            self._end_answer(pending)
        elif isinstance(event, h11.ConnectionClosed):
            self._answers = None

    def _end_answer(self, pending: Pending) -> None:
        assert self._answers is not None
        rest = self._answers.trailing_data[0]
        self._answers = None
        self._finish(pending)
        self._pending.popleft()
        if self._buffered and not any(each.may_switch for each in self._pending):
            buffered, self._buffered = bytes(self._buffered), bytearray()
            self._read_requests(buffered)
        if rest:
            self._read_answers(rest)

    def _finish(self, pending: Pending) -> None:
        is_whole = pending.sent.is_whole and pending.received.is_whole and pending.is_complete
        sent, received = bytes(pending.sent.content), bytes(pending.received.content)
        for body in (pending.sent, pending.received):
            body.end()
        if pending.is_wanted:
            self._listener.finished(
                Exchange(
                    pending.number,
                    pending.method,
                    pending.target,
                    pending.headers,
                    pending.status,
                    pending.answer_headers,
                    pending.began,
                    time.monotonic(),
                    is_whole,
                    sent,
                    received,
                )
            )


def _request_reader() -> h11.Connection:
    return h11.Connection(h11.SERVER, max_incomplete_event_size=_MAX_HEAD)


def _answer_reader(method: str) -> h11.Connection:
    """Return a parser for the answer to a request of this method, which decides whether there is a body."""
    reader = h11.Connection(h11.CLIENT, max_incomplete_event_size=_MAX_HEAD)
    reader.send(h11.Request(method=method, target="/", headers=[("Host", "x")]))
    reader.send(h11.EndOfMessage())
    return reader


def _origin_form(target: bytes) -> str:
    """Return path and query, also of a target with a host (RFC 9112, section 3.2.2)."""
    text = target.decode("ascii")
    if "://" not in text.partition("?")[0]:
        return text
    return "/" + text.partition("://")[2].partition("/")[2]
