"""Requests in progress on a connection, with their bodies up to a limit."""

from dataclasses import dataclass, field

from gateway.migration.mirroring.exchanges import Headers

_MAX_BODY = 8 * 1024 * 1024  # bytes that are kept of a body


@dataclass
class Budget:
    """The number of bytes of bodies that may be kept at once, over all connections."""

    left: int = 64 * 1024 * 1024

    def take(self, size: int) -> bool:
        """Reserve bytes. Return whether there were enough."""
        if size > self.left:
            return False
        self.left -= size
        return True


@dataclass
class Body:
    """A body up to the limits; beyond them, nothing is kept and `is_whole` is false."""

    budget: Budget
    is_wanted: bool
    content: bytearray = field(default_factory=bytearray)
    is_whole: bool = True

    def add(self, data: bytes) -> None:
        """Keep a part of the body, or drop all of it beyond the limits."""
        if not (self.is_wanted and self.is_whole):
            return
        if len(self.content) + len(data) <= _MAX_BODY and self.budget.take(len(data)):
            self.content += data
        else:
            self.is_whole = False
            self.end()

    def end(self) -> None:
        """Release the bytes."""
        self.budget.left += len(self.content)
        self.content = bytearray()
        self.is_wanted = False


@dataclass
class Pending:
    """A request whose answer is not complete."""

    number: int
    method: str
    target: str
    headers: Headers
    is_wanted: bool
    began: float
    sent: Body
    received: Body
    may_switch: bool
    is_complete: bool = False
    status: int = 0
    answer_headers: Headers = field(default_factory=list)
