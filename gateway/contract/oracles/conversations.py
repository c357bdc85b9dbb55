"""The conversation around a request: codings and chunks, where the key is read, what is refused first."""

import gzip
import json
import zlib
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from gateway.contract.oracles.api import Answer, Api
from gateway.contract.oracles.other_keys import limited_key
from gateway.contract.oracles.own_paths import own_paths
from gateway.contract.oracles.protocol_conditions import new_value
from gateway.contract.oracles.protocol_methods import real_paths
from gateway.contract.oracles.resources import IDS, RESOURCES, Resource, v1_client
from gateway.contract.oracles.scene import Scene, at, attempt, oracle

_JSON = "application/json"
_BODIES = ("post", "put", "patch")
_TOO_LARGE = 3 * 1024 * 1024  # bytes; the limit is 2 MB unless it is set otherwise
_NO_RECORD = 2**40  # the number of an id that no register has reached
# Values that every parameter of these names refuses.
_WRONG = {"page": "0", "limit": "0", "per_page": "0", "include": "invoices", "after": "nowhere", "sort": "nothing"}
_FORM = "multipart/form-data; boundary=proof"
_UPLOAD = b'--proof\r\nContent-Disposition: form-data; name="documents[]"; filename="%s"\r\n\r\nx\r\n--proof--\r\n'


class Chunks:
    """Bytes that are sent in chunks, because their length is not announced; they can be sent again."""

    def __init__(self, content: bytes) -> None:
        self._content = content

    def __iter__(self) -> Iterator[bytes]:
        yield from (self._content[:5], self._content[5:])


def _raw_deflated(content: bytes) -> bytes:
    deflate = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return deflate.compress(content) + deflate.flush()


# How a body is sent, its `Content-Encoding`, and its bytes.
_WAYS: tuple[tuple[str, str, Callable[[bytes], Any]], ...] = (
    ("gzip", "gzip", gzip.compress),
    ("gzip in capitals", "GZIP", gzip.compress),
    ("gzip by its older name", "x-gzip", gzip.compress),
    ("gzip in two members", "gzip", lambda content: gzip.compress(content[:7]) + gzip.compress(content[7:])),
    ("deflate", "deflate", zlib.compress),
    ("deflate without the header of zlib", "deflate", _raw_deflated),
    ("identity", "identity", bytes),
    ("chunks", "", Chunks),
    ("chunks of gzip", "gzip", lambda content: Chunks(gzip.compress(content))),
)


@oracle(
    "a body has the same effect and the same limit compressed by gzip or deflate, and in chunks; another coding is a "
    "415 that names these two, and changes nothing",
    writes=True,
)
def codings_change_nothing(scene: Scene) -> None:
    for resource in (each for each in RESOURCES if each.dialect == scene.dialect):
        with attempt(scene, resource.path):
            _check_codings(scene, resource)
    if scene.alone:  # elsewhere bodies may be larger
        with attempt(scene, "a body that is too large"):
            _check_limits(scene)
    if scene.dialect == "v1":
        _check_coded_uploads(scene)


def _check_limits(scene: Scene) -> None:
    """A body is too large by its decoded size, and also if its length is not announced."""
    resource = next(each for each in RESOURCES if each.dialect == scene.dialect)
    path = f"{resource.path}/{resource.make(scene)['id']}"
    before, content = scene.api.one(path), b'{"proof": "' + b"x" * _TOO_LARGE + b'"}'
    for way, coding, coded in _WAYS:
        refused = scene.api.send(resource.method, path, content=coded(content), headers=_headers(_JSON, coding))
        scene.expect(refused.status == 413, f"{refused} with {len(content)} bytes in {way} instead of 413")
    scene.expect_equal(scene.api.one(path), before, f"{path} after bodies that were too large")


def _check_codings(scene: Scene, resource: Resource) -> None:
    made = resource.make(scene)
    path = f"{resource.path}/{made['id']}"
    for way, coding, coded in _WAYS:
        change = new_value(scene, resource)
        content = coded(json.dumps({**resource.needed(made), **change}).encode())
        answer = scene.api.send(resource.method, path, content=content, headers=_headers(_JSON, coding))
        if scene.expect_status(answer, 200):
            (row,) = (each for each in resource.fields("update") if each.input_key in change)
            shown = at(scene.api.one(path), str(row.key))
            scene.expect_equal(shown, change[row.input_key], f"{answer} in {way}: `{row.key}`")
    before = scene.api.one(path)
    content = json.dumps({**resource.needed(made), **new_value(scene, resource)}).encode()
    for coding, sent, status in (
        ("br", content, 415),
        ("gzip, gzip", gzip.compress(gzip.compress(content)), 415),
        ("gzip", gzip.compress(content)[:-6], 400),
        ("deflate", content, 400),
    ):
        refused = scene.api.send(resource.method, path, content=sent, headers=_headers(_JSON, coding))
        if scene.expect_status(refused, status) and status == 415:
            named = {each.strip() for each in refused.headers.get("Accept-Encoding", "").split(",")}
            scene.expect_equal(sorted(named), ["deflate", "gzip"], f"{refused} in {coding}: Accept-Encoding")
        scene.expect_equal(scene.api.one(path), before, f"{refused} in {coding}: the record after a refused write")


def _check_coded_uploads(scene: Scene) -> None:
    path = f"/clients/{v1_client(scene)['id']}"
    names: list[str] = []
    for way, coding, coded in _WAYS:
        with attempt(scene, f"an upload in {way}"):
            names.append(f"{len(names)}.txt")
            content = coded(_UPLOAD % names[-1].encode())
            answer = scene.api.send("PUT", f"{path}/upload", content=content, headers=_headers(_FORM, coding))
            found = [each["name"] for each in answer.data["documents"]]
            scene.expect_equal(found, names, f"{answer} in {way}: the documents")


def _headers(kind: str, coding: str) -> dict[str, str]:
    return {"Content-Type": kind} | ({"Content-Encoding": coding} if coding else {})


@oracle(
    "a caller without a valid key, or with a key that does not allow the operation, is told so first, whatever else is "
    "wrong with the request",
)
def keys_are_checked_first(scene: Scene) -> None:
    status = 401 if scene.dialect == "api" else 403
    nobody = (scene.api.with_key(None), scene.api.with_key("no-such-key-" + "x" * 60))
    for template, path, operations in real_paths(scene):
        if "get" not in operations:
            continue
        named = {each["name"] for each in operations["get"].get("parameters", ())}
        wrong = {name: text for name, text in _WRONG.items() if name in named}
        with attempt(scene, f"GET {template}"):
            for caller in nobody:
                for query, headers in ((wrong, {}), ({"proof_unknown": "1"}, {"Prefer": "handling=strict"})):
                    scene.expect_status(caller.get(path, query, headers=headers), status)
    for template, path, operations in own_paths(scene) if scene.writes else ():
        for method in (each for each in _BODIES if each in operations):
            with attempt(scene, f"{method} {template}"):
                for sent in _bad_requests(nobody[1], method, path):
                    scene.expect_status(sent, status)
    if scene.writes and scene.alone and (scene.limited_key or scene.environment):
        reader = scene.api.with_key(limited_key(scene, "scope", "read"))
        for template, path, operations in own_paths(scene):
            for method in (each for each in _BODIES if each in operations):
                if operations[method]["x-required-scope"] != "read":
                    with attempt(scene, f"{method} {template} by a key that may only read"):
                        for sent in _bad_requests(reader, method, path):
                            scene.expect_status(sent, status)


def _bad_requests(caller: Api, method: str, path: str) -> Iterator[Answer]:
    bad: tuple[tuple[bytes, Mapping[str, str]], ...] = (
        (b'{"a": ', {"Content-Type": _JSON}),
        (b"a=b", {"Content-Type": "text/plain"}),
        (b"{}", {"Content-Type": _JSON, "Content-Encoding": "br"}),
        (b"{}", {"Content-Type": _JSON, "If-Match": "unquoted", "Idempotency-Key": ""}),
    )
    for content, headers in bad:
        yield caller.send(method.upper(), path, {"include": "invoices"}, content=content, headers=headers)


@oracle("an id that names nothing is a 404, also if the values of the body are invalid", writes=True)
def ids_come_before_values(scene: Scene) -> None:
    nobody = str(_NO_RECORD) if scene.dialect == "api" else IDS.format(_NO_RECORD)
    wrong: dict[str, Any] = {"proof": {}}
    actions = dict.fromkeys(("tags", "status", "owner", "target_id"), wrong)
    for template, path, operations in own_paths(scene):
        if "{id}" not in template or path.endswith("/upload"):
            continue
        keys = [
            row.input_key
            for each in RESOURCES
            if template.endswith(each.path + "/{id}")
            for row in each.fields("update")
        ]
        parts = path.split("/")
        for method in (each for each in ("put", "patch") if "requestBody" in operations.get(each, {})):
            with attempt(scene, f"{method} {template}"):
                body = dict.fromkeys(keys, wrong) or actions
                missing = "/".join([*parts[:2], nobody, *parts[3:]])
                scene.expect_status(scene.api.send(method.upper(), missing, body=body), 404)
                scene.expect_status(scene.api.send(method.upper(), path, body=body), 422)


@oracle(
    "a key is read from the documented headers alone, and a caller who sends it in another one is told where it belongs"
)
def keys_have_their_headers(scene: Scene) -> None:
    nobody, key = scene.api.with_key(None), str(scene.api.token)
    bearer = f"Bearer {key}"
    if scene.dialect == "api":
        status, place, read = 401, "Authorization: Bearer", {"Authorization": bearer}
        elsewhere = [{name: key} for name in ("X-API-TOKEN", "X-Ninja-Token", "X-API-KEY")]
    else:
        status, place, read = 403, "X-API-TOKEN", {"X-Ninja-Token": key}
        elsewhere = [{"Authorization": bearer}, {"X-API-KEY": key}]
    for path in ("/clients", "/changes"):
        scene.expect_status(nobody.get(path, headers=read), 200)
        for headers in elsewhere:
            refused = nobody.get(path, headers=headers)
            if scene.expect_status(refused, status):
                said = refused.json["message"]
                scene.expect(place in said, f"{refused} with {[*headers]}: {said!r} does not name {place}")
                if scene.dialect == "api":
                    scheme = refused.headers.get("WWW-Authenticate", "")
                    scene.expect(scheme.startswith("Bearer"), f"{refused}: WWW-Authenticate is {scheme!r}")
        for name in ("api_token", "token", "key", "access_token"):
            scene.expect_status(nobody.get(path, {name: key}), status)


# What clients and proxies send, and what no answer depends on. The method is a harmless one, should it be obeyed.
_WITHOUT_EFFECT = {
    "Accept": "text/html, application/xml;q=0.9",
    "Accept-Language": "de",
    "If-Modified-Since": "Fri, 01 Jan 2100 00:00:00 GMT",
    "If-None-Match": "unquoted",
    "X-Requested-With": "XMLHttpRequest",
    "X-HTTP-Method-Override": "OPTIONS",
}


@oracle("headers without a meaning here, and empty segments of a path, change no answer")
def headers_change_nothing(scene: Scene) -> None:
    for template, path, operations in real_paths(scene):
        if "get" not in operations:
            continue
        headers = dict(_WITHOUT_EFFECT)
        if "304" not in operations["get"].get("responses", {}):  # it shows no version
            headers |= {"If-Match": '"0-0-0"', "If-None-Match": "*"}
        is_still = scene.alone or "{id}" in template  # elsewhere others may write meanwhile
        with attempt(scene, template):
            plain = scene.api.get(path)
            for got in (scene.api.get(path, headers=headers), scene.api.get(path.replace("/", "//"))):
                kind = got.headers.get("Content-Type")
                if scene.expect_status(got, plain.status):
                    scene.expect_equal(kind, plain.headers.get("Content-Type"), f"{got}: Content-Type")
                    scene.expect(not is_still or got.content == plain.content, f"{got} is not the same as {plain}")
