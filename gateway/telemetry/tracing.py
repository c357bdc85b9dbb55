"""A span of OpenTelemetry for every request, if its packages are installed and OTEL_… variables are set.

The variables are the standard's own: OTEL_TRACES_EXPORTER (`otlp` or `console`), OTEL_EXPORTER_OTLP_ENDPOINT,
OTEL_SERVICE_NAME, OTEL_TRACES_SAMPLER, OTEL_PROPAGATORS, … Without them none of the packages is imported.
"""

import logging
import os
import time
from collections.abc import Sequence
from importlib.metadata import entry_points
from typing import TYPE_CHECKING

from dialects.shared.served import Served

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import TracerProvider

log = logging.getLogger(__name__)

_VARIABLES = ("OTEL_TRACES_EXPORTER", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT")
_PROTOCOLS = ("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "OTEL_EXPORTER_OTLP_PROTOCOL")
_SERVICE = "gateway"


class Tracing:
    """An observer that makes spans. It continues a caller's trace (`traceparent`, W3C Trace Context)."""

    def __init__(self, provider: "TracerProvider") -> None:
        from opentelemetry.propagate import extract
        from opentelemetry.trace import SpanKind, StatusCode

        self._provider = provider
        self._tracer = provider.get_tracer(__name__)
        self._extract, self._kind, self._error = extract, SpanKind.SERVER, StatusCode.ERROR

    def __call__(self, served: Served) -> None:
        """Make the span of a request that is over."""
        ended = time.time_ns()
        carrier = {name.decode("latin-1"): value.decode("latin-1") for name, value in served.headers}
        span = self._tracer.start_span(
            f"{served.method} {served.route}".rstrip(),
            context=self._extract(carrier),
            kind=self._kind,
            attributes=_attributes(served),
            start_time=ended - int(served.seconds * 1e9),
        )
        if served.status >= 500:
            span.set_status(self._error)
        span.end(ended)

    def flush(self) -> None:
        """Send the remaining spans, at the end."""
        self._provider.shutdown()


def open_tracing() -> Tracing | None:
    """Return tracing as the environment configures it; None without configuration, or without its packages (logged)."""
    wanted = os.environ.get("OTEL_TRACES_EXPORTER", "otlp" if any(map(os.environ.get, _VARIABLES)) else "none")
    names = [name.strip() for name in wanted.split(",") if name.strip() not in ("", "none")]
    if not names or os.environ.get("OTEL_SDK_DISABLED", "").lower() == "true":
        return None
    try:
        return Tracing(_provider(names))
    except ImportError as error:
        log.warning("tracing is off, because its packages are not installed (pip install '.[otel]'): %s", error)
        return None


def _provider(exporters: Sequence[str]) -> "TracerProvider":
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor

    is_named = "OTEL_SERVICE_NAME" in os.environ or "service.name=" in os.environ.get("OTEL_RESOURCE_ATTRIBUTES", "")
    provider = TracerProvider(resource=Resource.create({} if is_named else {"service.name": _SERVICE}))
    for exporter in exporters:
        provider.add_span_processor(BatchSpanProcessor(_exporter(exporter)()))
    return provider


def _exporter(name: str) -> type:
    if name == "otlp":
        protocol = next(filter(None, map(os.environ.get, _PROTOCOLS)), "http/protobuf")
        name = f"otlp_proto_{protocol.partition('/')[0]}"
    for found in entry_points(group="opentelemetry_traces_exporter", name=name):
        exporter: type = found.load()
        return exporter
    raise ImportError(f"no exporter named {name} is installed")


def _attributes(served: Served) -> dict[str, str | int]:
    # Names of OpenTelemetry's semantic conventions for HTTP, and two of our own.
    found: dict[str, str | int] = {
        "http.request.method": served.method,
        "http.response.status_code": served.status,
        "url.path": served.path,
        "gateway.request_id": served.request_id,
    }
    if served.route:
        found["http.route"] = served.route
    if served.dialect:
        found["gateway.dialect"] = served.dialect
    if served.status >= 500:
        found["error.type"] = str(served.status)
    return found
