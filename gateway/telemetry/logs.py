"""The log on standard error: one event a line, JSON or words, each with the id of the request that it belongs to."""

import logging
import sys

from pythonjsonlogger.core import RESERVED_ATTRS
from pythonjsonlogger.orjson import OrjsonFormatter

from gateway.telemetry.observation import REQUEST_ID

_WORDS = "%(asctime)s %(levelname)s %(name)s: %(message)s%(of_request)s"
# What an event carries beside its message: ours is in that already, uvicorn's is the same again with colours (ANSI).
_NOT_SHOWN = ("of_request", "color_message")
# At their lower levels these tell of every statement, header or piece of a body, with what is secret in it.
_TALKATIVE = ("alembic", "sqlalchemy", "httpx", "httpcore", "python_multipart")
_FIELDS = ("levelname", "name", "message", "request_id")


def configure(style: str, level: str) -> None:
    """Have every logger of this process write there; `style` is `json` or `text`."""
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
    for name in _TALKATIVE:
        logging.getLogger(name).setLevel(logging.WARNING)


def _with_request_id(record: logging.LogRecord) -> bool:
    request_id = REQUEST_ID.get()
    record.request_id = request_id or None
    record.of_request = f" (request {request_id})" if request_id else ""
    return True
