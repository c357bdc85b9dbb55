"""Verifies Pact files: each interaction gets our keys and its provider state, then goes to the Pact library."""

import json
import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from urllib.parse import urlsplit

import httpx

from gateway.consumers.caller import DIALECTS, KEY_HEADERS, PASSWORD_HEADER, Caller, dialect_of, key_header
from gateway.consumers.caller import refusal_of_keys as refused_keys
from gateway.consumers.files import Content
from gateway.consumers.remote_states import RemoteStates
from gateway.consumers.states import NotSetUp, Situation, set_up
from gateway.consumers.verdicts import Outcome, Verdict
from gateway.contract.reading_only import READING, WriteRefused

_HTTP = "Synchronous/HTTP"
_MAX_LENGTH = 400
_TIMEOUT_MILLISECONDS = 30_000


def verify_pact(
    content: Content, caller: Caller, default: str | None, own: Mapping[str, Content], remote: RemoteStates | None
) -> Iterator[Verdict]:
    """Return a verdict for each interaction.

    Paths without a dialect get the prefix of `default`. States are set up by `remote`, if given, else through the
    public APIs, where `own` are the consumer's names for them.
    """
    consumer = str(content["consumer"].get("name", "?"))
    for interaction in [*content.get("interactions", []), *content.get("messages", [])]:
        about = str(interaction.get("description", ""))
        request = interaction.get("request")
        if interaction.get("type", _HTTP) != _HTTP or not isinstance(request, dict):
            yield Verdict(consumer, "message", about, Outcome.LEFT_OUT, ["it is not an HTTP request"])
            continue
        method, path = str(request.get("method", "GET")).upper(), _with_prefix(request, default)
        name = f"{method} {path}"
        if not caller.writes and method not in READING:
            yield Verdict(consumer, name, about, Outcome.LEFT_OUT, ["it may write, and --write is not given"])
            continue
        yield _verdict(consumer, name, content, interaction, caller, own, remote)


def _with_prefix(request: Content, default: str | None) -> str:
    path = str(request.get("path", "/"))
    if default and not dialect_of(path):
        prefix = DIALECTS[default]
        request["path"] = path = prefix + path
        for generator in _generators(request, "path"):
            generator["expression"] = prefix + str(generator.get("expression", ""))
    return path


def _generators(request: Content, part: str) -> list[Content]:
    found = (request.get("generators") or {}).get(part)
    return [found] if isinstance(found, dict) and "expression" in found else []


def _verdict(
    consumer: str,
    name: str,
    content: Content,
    interaction: Content,
    caller: Caller,
    own: Mapping[str, Content],
    remote: RemoteStates | None,
) -> Verdict:
    about = str(interaction.get("description", ""))
    situation = Situation(caller, dialect_of(str(interaction["request"].get("path", "/"))) or "api")
    states = _states(interaction)
    try:
        caller.reset()
        for state, params in states:
            if remote is not None:
                situation.values.update(remote.set_up(consumer, state, params))
            else:
                set_up(situation, state, params, own)
    except WriteRefused as refused:
        return Verdict(consumer, name, about, Outcome.LEFT_OUT, [f"its state is not set up: {refused}"])
    except (NotSetUp, httpx.HTTPError) as error:
        return Verdict(consumer, name, about, Outcome.NOT_SET_UP, [str(error)])
    wrong = _mismatches(content, _with_our_keys(interaction, situation), situation)
    if not wrong:
        return Verdict(consumer, name, about, Outcome.MET)
    return Verdict(consumer, name, about, Outcome.PENDING if interaction.get("pending") else Outcome.FAILED, wrong)


def _states(interaction: Content) -> list[tuple[str, Content]]:
    """Return the names and parameters of the provider states, in the form of any version of the specification."""
    given = interaction.get("providerStates") or interaction.get("providerState") or interaction.get("provider_state")
    if not given:
        return [("", {})]
    states: list[Content] = [{"name": given}] if isinstance(given, str) else given
    return [(str(each.get("name", "")), each.get("params") or {}) for each in states]


def _with_our_keys(interaction: Content, situation: Situation) -> Content:
    """Return the interaction with our key and password, unless it is about an invalid key."""
    request = dict(interaction["request"])
    given = request.get("headers") or {}
    has_key = any(name.lower() in KEY_HEADERS for name in given)
    is_refused = interaction.get("response", {}).get("status") == refused_keys(situation.dialect)
    if not situation.as_in_file and not is_refused:
        headers = {name: value for name, value in given.items() if name.lower() not in KEY_HEADERS}
        headers |= key_header(situation.dialect, situation.caller.token)
        for name in headers:
            if name.lower() == PASSWORD_HEADER and situation.caller.password:
                headers[name] = situation.caller.password
        request["headers"] = headers
    elif not has_key:
        request["headers"] = given
    state = {"name": " and ".join(name for name, _ in _states(interaction)) or "nothing", "params": situation.values}
    rest = _without_header(interaction, "providerState", "provider_state")
    return {**rest, "request": request, "providerStates": [state], "pending": False}


def _without_header(content: Content, *keys: str) -> Content:
    return {key: value for key, value in content.items() if key not in keys}


def _mismatches(content: Content, interaction: Content, situation: Situation) -> list[str]:
    from pact import Verifier  # imported late, because it is a large library

    os.environ["PACT_DO_NOT_TRACK"] = "true"
    url = urlsplit(situation.caller.url)
    with TemporaryDirectory(prefix="gateway-contract-") as folder, _quiet():
        file = Path(folder) / "pact.json"
        file.touch(0o600)
        file.write_text(json.dumps({**_without_header(content, "messages"), "interactions": [interaction]}))
        verifier = Verifier(str(content["provider"].get("name", "gateway")), host=url.hostname or "localhost")
        verifier.add_transport(url=situation.caller.url).add_source(file).set_request_timeout(_TIMEOUT_MILLISECONDS)
        with suppress(RuntimeError):  # says only that something failed; the results say what
            verifier.verify()
        results = verifier.results
    return [_shortened(line) for line in _reasons(results)]


def _reasons(results: Mapping[str, Any]) -> Iterator[str]:
    if not results.get("interactionResults") and not results.get("errors"):
        yield "the verifier could not read the interaction"
    for error in results.get("errors", []):
        mismatch = error.get("mismatch", {})
        for each in mismatch.get("mismatches", []):
            yield _line(each)
        if not mismatch.get("mismatches"):
            yield str(mismatch.get("message", mismatch))


def _line(mismatch: Mapping[str, Any]) -> str:
    where = {"BodyMismatch": "path", "HeaderMismatch": "key", "QueryMismatch": "parameter"}.get(
        mismatch.get("type", "")
    )
    what = str(mismatch.get("mismatch") or f"expected {mismatch.get('expected')} but was {mismatch.get('actual')}")
    return f"{mismatch.get(where)}: {what}" if where and mismatch.get(where) else f"{mismatch.get('type')}: {what}"


def _shortened(line: str) -> str:
    line = line.replace("\n", " ")
    return line if len(line) <= _MAX_LENGTH else f"{line[:_MAX_LENGTH]}…"


@contextmanager
def _quiet() -> Iterator[None]:
    """Silence the verifier, which writes to the standard output and error of the process; the report is ours."""
    sys.stdout.flush()
    kept, nowhere = [os.dup(1), os.dup(2)], os.open(os.devnull, os.O_WRONLY)
    try:
        for stream in (1, 2):
            os.dup2(nowhere, stream)
        yield
    finally:
        for stream, descriptor in enumerate(kept, start=1):
            os.dup2(descriptor, stream)
            os.close(descriptor)
        os.close(nowhere)
