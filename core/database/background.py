"""Background work is marked as such, so that it does not use the threads of requests where it may wait for long."""

from contextvars import ContextVar

IN_BACKGROUND: ContextVar[bool] = ContextVar("in_background", default=False)
"""Whether this is background work of a server process, and no request."""
