"""A gateway with deliberate faults: the header `X-Fault` names the one that is applied to a request and its answer."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import parse_qsl, urlencode


@dataclass(frozen=True)
class Request:
    """A request, read whole."""

    method: str
    path: str
    query: str
    headers: Mapping[str, str]
    body: bytes
    raw_path: bytes = b""  # as it was sent, percent-encoded

    def without_params(self, *names: str) -> "Request":
        """The request without some query parameters."""
        kept = [(name, value) for name, value in parse_qsl(self.query, keep_blank_values=True) if name not in names]
        return replace(self, query=urlencode(kept))

    @property
    def json(self) -> dict[str, Any]:
        """The JSON object of the body, empty if it is none."""
        try:
            content = json.loads(self.body or b"{}")
        except ValueError:
            content = None
        return content if isinstance(content, dict) else {}

    def with_json(self, content: Any) -> "Request":
        """The request with another JSON body."""
        body = json.dumps(content).encode()
        return replace(self, body=body, headers={**self.headers, "content-length": str(len(body))})

    def with_params(self, **values: str) -> "Request":
        """The request with other values of query parameters."""
        kept = [(key, value) for key, value in parse_qsl(self.query, keep_blank_values=True) if key not in values]
        return replace(self, query=urlencode([*kept, *values.items()]))

    @property
    def params(self) -> dict[str, str]:
        """The parameters of the query; of a repeated one, the last value."""
        return dict(parse_qsl(self.query, keep_blank_values=True))

    def without_header(self, name: str) -> "Request":
        """The request without a header."""
        return replace(self, headers={key: value for key, value in self.headers.items() if key != name})

    def with_headers(self, **headers: str) -> "Request":
        """The request with headers, `x_api_token` for `x-api-token`."""
        return replace(self, headers={**self.headers, **{k.replace("_", "-"): v for k, v in headers.items()}})


@dataclass(frozen=True)
class Response:
    """An answer, written whole."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""

    @property
    def ok(self) -> bool:
        return 200 <= self.status < 300

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    def with_json(self, content: Any) -> "Response":
        """The answer with another JSON body."""
        body = json.dumps(content).encode()
        return replace(self, body=body, headers={**self.headers, "content-length": str(len(body))})

    def with_header(self, name: str, value: str) -> "Response":
        """The answer with another value of a header, by its name in lower case."""
        return replace(self, headers={**self.headers, name: value})

    def without_header(self, name: str) -> "Response":
        return replace(self, headers={key: value for key, value in self.headers.items() if key != name})


Send = Callable[[Request], Awaitable[Response]]
Fault = Callable[[Request, Send], Awaitable[Response]]


class Faulty:
    """ASGI middleware: a request that names a fault is answered by it, any other as it should be."""

    def __init__(self, app, faults: Mapping[str, Fault]) -> None:
        self.app = app
        self.faults = faults

    async def __call__(self, scope, receive, send) -> None:
        fault = self.faults.get(_headers(scope).get("x-fault", "")) if scope["type"] == "http" else None
        if fault is None or scope["path"].endswith("/openapi.json"):
            await self.app(scope, receive, send)
            return
        query = scope["query_string"].decode("latin-1")
        whole = await _whole(receive)
        request = Request(scope["method"], scope["path"], query, _headers(scope), whole, scope["raw_path"])
        answer = await fault(request, lambda each: self._send(scope, each))
        headers = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in answer.headers.items()]
        await send({"type": "http.response.start", "status": answer.status, "headers": headers})
        await send({"type": "http.response.body", "body": answer.body})

    async def _send(self, scope, request: Request) -> Response:
        messages = iter([{"type": "http.request", "body": request.body, "more_body": False}])
        sent: list[dict[str, Any]] = []

        async def receive():
            for message in messages:
                return message
            return await asyncio.Event().wait()  # the client stays, whatever the application waits for

        async def send(message):
            sent.append(message)

        headers = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in request.headers.items()]
        inner = dict(scope, method=request.method, path=request.path, headers=headers)
        await self.app(dict(inner, query_string=request.query.encode("latin-1")), receive, send)
        start = {name.decode("latin-1"): value.decode("latin-1") for name, value in sent[0]["headers"]}
        return Response(sent[0]["status"], start, b"".join(message.get("body", b"") for message in sent[1:]))


def _headers(scope) -> dict[str, str]:
    return {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}


async def _whole(receive) -> bytes:
    body = b""
    while True:
        message = await receive()
        body += message.get("body", b"")
        if not message.get("more_body"):
            return body
