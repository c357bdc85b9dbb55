"""Spans of OpenTelemetry, as a collector receives them from a server that is configured by the standard variables."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer

import httpx
import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span, Status

from tests.gateway.command_line import CommandLine, fresh
from tests.gateway.test_cli_serve import started

TRACE, PARENT = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"


class Collector(HTTPServer):
    """Receives what is exported over OTLP/HTTP."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Taking)
        self.received: list[ExportTraceServiceRequest] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    @property
    def spans(self) -> dict[str, Span]:
        """Return the spans by their request's id."""
        scopes = [each for request in self.received for found in request.resource_spans for each in found.scope_spans]
        return {attributes(span)["gateway.request_id"]: span for scope in scopes for span in scope.spans}


class _Taking(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        assert self.path == "/v1/traces"
        body = self.rfile.read(int(self.headers["content-length"]))
        self.server.received.append(ExportTraceServiceRequest.FromString(body))
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_arguments: object) -> None:
        pass


def attributes(of) -> dict[str, str | int]:
    return {each.key: each.value.string_value or each.value.int_value for each in of.attributes}


@pytest.fixture
def collector() -> Iterator[Collector]:
    with Collector() as made:
        threading.Thread(target=made.serve_forever, daemon=True).start()
        yield made
        made.shutdown()


@pytest.fixture
def cli(tmp_path) -> CommandLine:
    return fresh(tmp_path)


def test_every_request_is_a_span_in_its_callers_trace(cli, collector):
    with started(cli, OTEL_EXPORTER_OTLP_ENDPOINT=collector.url, OTEL_RESOURCE_ATTRIBUTES="zone=a") as (process, url):
        traced = {"X-Request-Id": "one", "traceparent": f"00-{TRACE}-{PARENT}-01"}
        httpx.get(f"{url}/api/clients/7", headers=traced)
        httpx.get(f"{url}/api/v1/clients", headers={"X-Request-Id": "two"})
        httpx.get(f"{url}/nowhere", headers={"X-Request-Id": "three"})
        process.terminate()
        _out, err = process.communicate(timeout=60)
    assert "Traceback" not in err
    one, two, three = (collector.spans[name] for name in ("one", "two", "three"))
    assert (one.name, one.kind) == ("GET /api/clients/{id}", Span.SPAN_KIND_SERVER)
    assert (one.trace_id.hex(), one.parent_span_id.hex()) == (TRACE, PARENT)
    assert attributes(one) == {
        "http.request.method": "GET",
        "http.response.status_code": 401,
        "http.route": "/api/clients/{id}",
        "url.path": "/api/clients/7",
        "gateway.request_id": "one",
        "gateway.dialect": "api",
    }
    assert 0 < one.end_time_unix_nano - one.start_time_unix_nano < 30e9
    assert one.status.code == Status.STATUS_CODE_UNSET
    assert two.trace_id != one.trace_id
    assert two.parent_span_id == b""
    assert attributes(two)["http.response.status_code"] == 403
    assert three.name == "GET"
    resource = attributes(collector.received[0].resource_spans[0].resource)
    assert (resource["service.name"], resource["zone"]) == ("gateway", "a")


@pytest.mark.parametrize(
    "settings",
    [{}, {"OTEL_EXPORTER_OTLP_ENDPOINT": "{url}", "OTEL_SDK_DISABLED": "true"}],
    ids=["unset", "disabled"],
)
def test_without_the_setting_nothing_is_sent_or_imported(cli, collector, settings):
    chosen = {name: value.format(url=collector.url) for name, value in settings.items()}
    with started(cli, **chosen, PYTHONPROFILEIMPORTTIME="1") as (process, url):
        httpx.get(f"{url}/api/clients", headers={"traceparent": f"00-{TRACE}-{PARENT}-01"})
        process.terminate()
        _out, err = process.communicate(timeout=60)
    assert collector.received == []
    assert "gateway.telemetry.tracing" in err
    assert "opentelemetry" not in err
    assert "prometheus_client" not in err


def test_a_missing_exporter_is_reported_and_the_server_serves(cli):
    with started(cli, OTEL_TRACES_EXPORTER="unheard-of") as (process, url):
        assert httpx.get(f"{url}/healthz").status_code == 200
        process.terminate()
        _out, err = process.communicate(timeout=60)
    assert "tracing is off" in err
    assert "no exporter named unheard-of is installed" in err
