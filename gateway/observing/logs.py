"""The log on standard error: one event a line, JSON or words, each with the id of the request that it belongs to."""

import logging
import sys
from collections.abc import MutableMapping, Sequence
from typing import Any

import structlog
from structlog.typing import Processor

from gateway.observing.observation import REQUEST_ID


def configure(style: str, level: str) -> None:
    """Have every logger of this process write there; `style` is `json` or `text`."""
    about: Sequence[Processor] = (
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _with_request_id,
    )
    render: Sequence[Processor]
    if style == "json":
        render = (structlog.processors.dict_tracebacks, structlog.processors.JSONRenderer())
    else:
        render = (structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty()),)
    formatter = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=about,
        processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *render],
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(formatter)
    logging.basicConfig(handlers=[handler], level=level.upper(), force=True)


def _with_request_id(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    if request_id := REQUEST_ID.get():
        event["request_id"] = request_id
    return event
