"""Internals of libraries that the gateway uses, so that an upgrade that changes them is noticed."""

import inspect

import hashids
import httptools
import pytest
from uvicorn.protocols.http import flow_control, httptools_impl

PROTOCOL_ATTRIBUTES = {
    *("parser", "transport", "flow", "cycle", "url", "headers", "scope", "root_path"),
    *("app", "loop", "logger", "access_logger", "access_log", "server_state"),
}
PROTOCOL_METHODS = {
    *("on_message_begin", "on_url", "on_response_complete", "_start_asgi_task", "_unset_keepalive_if_required"),
    *("connection_made", "connection_lost", "data_received", "eof_received", "shutdown", "pause_writing"),
}
CYCLE_ATTRIBUTES = {
    *("disconnected", "response_started", "response_complete", "keep_alive", "waiting_for_100_continue"),
    *("body", "more_body", "message_event", "on_response", "chunked_encoding", "expected_content_length"),
}
CYCLE_PARAMETERS = {
    *("scope", "transport", "flow", "logger", "access_logger", "access_log", "default_headers", "message_event"),
    *("expect_100_continue", "keep_alive", "on_response"),
}


@pytest.mark.parametrize("name", sorted(PROTOCOL_METHODS))
def test_uvicorns_protocol_has_the_method(name):
    assert callable(getattr(httptools_impl.HttpToolsProtocol, name, None)), f"uvicorn moved HttpToolsProtocol.{name}"


@pytest.mark.parametrize("name", sorted(PROTOCOL_ATTRIBUTES))
def test_uvicorns_protocol_sets_the_attribute(name):
    source = inspect.getsource(httptools_impl.HttpToolsProtocol)
    assert f"self.{name}" in source, f"uvicorn moved HttpToolsProtocol.{name}"


@pytest.mark.parametrize("name", sorted(CYCLE_ATTRIBUTES))
def test_uvicorns_cycle_sets_the_attribute(name):
    source = inspect.getsource(httptools_impl.RequestResponseCycle)
    assert f"self.{name} = " in source or f"self.{name}: " in source, f"uvicorn moved RequestResponseCycle.{name}"


def test_uvicorns_cycle_runs_the_application():
    assert list(inspect.signature(httptools_impl.RequestResponseCycle.run_asgi).parameters) == ["self", "app"]


def test_uvicorns_cycle_takes_the_parameters():
    taken = set(inspect.signature(httptools_impl.RequestResponseCycle).parameters)
    assert taken == CYCLE_PARAMETERS, f"uvicorn changed RequestResponseCycle: {taken ^ CYCLE_PARAMETERS}"


def test_uvicorn_has_its_status_lines_and_its_pattern_of_invalid_header_bytes():
    assert httptools_impl.STATUS_LINE[404] == b"HTTP/1.1 404 Not Found\r\n"
    assert httptools_impl.HEADER_VALUE_RE.search(b"a\nb")


def test_uvicorns_flow_control_has_the_attributes():
    assert flow_control.HIGH_WATER_LIMIT > 0
    assert {"pause_reading", "resume_reading"} <= vars(flow_control.FlowControl).keys()


def test_httptools_chains_errors_of_its_callbacks():
    class Refusing:
        def on_headers_complete(self):
            raise KeyError("mine")

    with pytest.raises(httptools.HttpParserCallbackError) as raised:
        httptools.HttpRequestParser(Refusing()).feed_data(b"GET / HTTP/1.1\r\n\r\n")
    assert isinstance(raised.value.__context__, KeyError), "httptools moved the error of a callback"


@pytest.mark.parametrize("name", ["_reorder", "_ensure_length"])
def test_hashids_has_the_function(name):
    assert callable(getattr(hashids, name, None)), f"hashids moved {name}"


@pytest.mark.parametrize("name", ["_alphabet", "_guards", "_min_length"])
def test_hashids_has_the_attribute(name):
    assert hasattr(hashids.Hashids(), name), f"hashids moved Hashids.{name}"
