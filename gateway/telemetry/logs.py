"""The log on standard error: one event per line, JSON or text, each with the id of its request."""

import logging
import sys

from pythonjsonlogger.core import RESERVED_ATTRS
from pythonjsonlogger.orjson import OrjsonFormatter

from gateway.telemetry.observation import REQUEST_ID

_WORDS = "%(asctime)s %(levelname)s %(name)s: %(message)s%(of_request)s"
# Fields of an event that are not shown: ours are in the message already, uvicorn's is the message with ANSI colours.
_NOT_SHOWN = ("of_request", "color_message")
# At their lower levels these log every statement, header or piece of a body, including secrets.
_VERBOSE = ("alembic", "sqlalchemy", "httpx", "httpcore", "python_multipart")
_FIELDS = ("levelname", "name", "message", "request_id")


def configure(style: str, level: str) -> None:
    """Configure every logger of this process; `style` is `json` or `text`."""
    formatter: logging.Formatter = logging.Formatter(_WORDS)
    if style == "json":
        renamed = {"levelname": "level", "name": "logger", "message": "event"}
        formatter = OrjsonFormatter(
            _FIELDS, timestamp="time", rename_fields=renamed, reserved_attrs=[*RESERVED_ATTRS, *_NOT_SHOWN]
        )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(formatter)
    handler.addFilter(_with_request_id)
    logging.basicConfig(handlers=[handler], level=level.upper(), force=True)
    for name in _VERBOSE:
        logging.getLogger(name).setLevel(logging.WARNING)


def _with_request_id(record: logging.LogRecord) -> bool:
    request_id = REQUEST_ID.get()
    record.request_id = request_id or None
    record.of_request = f" (request {request_id})" if request_id else ""
    return True
