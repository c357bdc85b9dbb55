"""The log on standard error: one event a line, JSON or words, each with the id of the request that it belongs to."""

import logging
import sys

from pythonjsonlogger.core import RESERVED_ATTRS
from pythonjsonlogger.orjson import OrjsonFormatter

from gateway.telemetry.observation import REQUEST_ID

_WORDS = "%(asctime)s %(levelname)s %(name)s: %(message)s%(of_request)s"
_FIELDS = ("levelname", "name", "message", "request_id")


def configure(style: str, level: str) -> None:
    """Have every logger of this process write there; `style` is `json` or `text`."""
    formatter: logging.Formatter = logging.Formatter(_WORDS)
    if style == "json":
        renamed = {"levelname": "level", "name": "logger", "message": "event"}
        formatter = OrjsonFormatter(
            _FIELDS, timestamp="time", rename_fields=renamed, reserved_attrs=[*RESERVED_ATTRS, "of_request"]
        )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(formatter)
    handler.addFilter(_with_request_id)
    logging.basicConfig(handlers=[handler], level=level.upper(), force=True)
    logging.getLogger("alembic").setLevel(logging.WARNING)  # which logs every look at the schema


def _with_request_id(record: logging.LogRecord) -> bool:
    request_id = REQUEST_ID.get()
    record.request_id = request_id or None
    record.of_request = f" (request {request_id})" if request_id else ""
    return True
