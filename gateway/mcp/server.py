"""The protocol: lists of tools and calls of them, over standard input and output or over HTTP."""

import base64
import json
import socket
from collections.abc import Sequence
from typing import Any

import uvicorn
from httpx import Response as Answer
from mcp.server.lowlevel import Server
from mcp.server.stdio import stdio_server
from mcp.server.transport_security import TransportSecuritySettings
from mcp.shared.exceptions import MCPError
from mcp_types import (
    INVALID_PARAMS,
    BlobResourceContents,
    CallToolRequestParams,
    CallToolResult,
    EmbeddedResource,
    ListToolsResult,
    TextContent,
    ToolAnnotations,
)
from mcp_types import Tool as ToolMessage
from starlette.datastructures import Headers
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from gateway.mcp.tools import InvalidArguments, Tool
from gateway.mcp.upstream import Refusal, Unreachable, Upstream

PATH = "/mcp"
_MAX_FILE = 5 * 1024 * 1024  # bytes of a document; assistants cannot read larger ones
_NO_KEY = Refusal("A key is required: Authorization: Bearer KEY.")
_INSTRUCTIONS = (
    "One client register through two HTTP APIs. Tools whose names begin with api_ use /api (plain ids), "
    "those with v1_ use /api/v1 (hashed ids); both show the same clients. An error says what the key may not do."
)


def server_of(upstream: Upstream, version: str, key: str | None = None) -> Server[Any]:
    """Return the protocol's server over a gateway, with this key, or with the key of each HTTP request."""

    async def list_tools(context: Any, _params: Any) -> ListToolsResult:
        dialects = await upstream.dialects_of(key or _key_of(context.request.headers))
        if isinstance(dialects, Refusal):
            raise MCPError(INVALID_PARAMS, dialects.reason)
        return ListToolsResult(tools=[_tool_message(each) for each in upstream.tools(dialects)])

    async def call_tool(context: Any, params: CallToolRequestParams) -> CallToolResult:
        tool = upstream.tool(params.name)
        if tool is None:
            raise MCPError(INVALID_PARAMS, f"{params.name} is not offered.")
        try:
            answer = await upstream.call(tool, params.arguments or {}, key or _key_of(context.request.headers))
        except (InvalidArguments, Unreachable) as error:
            return _failed(f"{error}.")
        return _result(answer)

    return Server(
        "dual-dialect-gateway",
        version=version,
        instructions=_INSTRUCTIONS,
        on_list_tools=list_tools,
        on_call_tool=call_tool,
    )


async def serve_streams(server: Server[Any]) -> None:
    """Serve standard input and output until the input ends."""
    async with stdio_server() as (incoming, outgoing):
        await server.run(incoming, outgoing, server.create_initialization_options())


async def serve_http(server: Server[Any], upstream: Upstream, listening: socket.socket, hosts: Sequence[str]) -> None:
    """Serve HTTP on a socket until a signal stops the process.

    `hosts` are the names by which callers may reach it. Requests with another `Host` or `Origin` are refused, which
    prevents DNS rebinding.
    """
    security = TransportSecuritySettings(
        allowed_hosts=[each for host in hosts for each in (host, f"{host}:*")],
        allowed_origins=[each for host in hosts for each in (f"http://{host}", f"http://{host}:*", f"https://{host}")],
    )
    application = server.streamable_http_app(
        streamable_http_path=PATH, json_response=True, stateless_http=True, transport_security=security
    )
    config = uvicorn.Config(
        KeyGate(application, upstream), log_config=None, access_log=False, server_header=False, proxy_headers=False
    )
    await uvicorn.Server(config).serve([listening])


class KeyGate:
    """Admits only requests with a key that the gateway accepts, in `Authorization: Bearer KEY` (RFC 6750)."""

    def __init__(self, application: ASGIApp, upstream: Upstream) -> None:
        self._application = application
        self._upstream = upstream

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request (ASGI)."""
        refusal = await self._refusal(scope) if scope["type"] == "http" else None
        await (refusal or self._application)(scope, receive, send)

    async def _refusal(self, scope: Scope) -> JSONResponse | None:
        key = _key_of(Headers(scope=scope))
        try:
            accepted = await self._upstream.dialects_of(key) if key else _NO_KEY
        except Unreachable as error:
            return JSONResponse({"message": f"{error}."}, 503, {"Retry-After": "5"})
        if isinstance(accepted, Refusal):
            return JSONResponse({"message": accepted.reason}, 401, {"WWW-Authenticate": "Bearer"})
        return None


def _key_of(headers: Any) -> str:
    scheme, _, key = headers.get("authorization", "").partition(" ")
    return key.strip() if scheme.lower() == "bearer" else ""


def _tool_message(tool: Tool) -> ToolMessage:
    annotations = ToolAnnotations(
        read_only_hint=tool.is_reading,
        destructive_hint=not tool.is_reading and (tool.scope == "all" or tool.method == "DELETE"),
        idempotent_hint=tool.method in ("GET", "PUT", "DELETE"),
        open_world_hint=False,
    )
    return ToolMessage(
        name=tool.name, description=tool.description, input_schema=dict(tool.input_schema), annotations=annotations
    )


def _result(answer: Answer) -> CallToolResult:
    media_type = answer.headers.get("content-type", "").partition(";")[0]
    if answer.status_code >= 400:
        return _failed(f"{answer.status_code}: {answer.text}")
    if media_type == "application/json":
        data = json.loads(answer.content)
        return CallToolResult(
            content=[TextContent(type="text", text=answer.text)],
            structured_content=data if isinstance(data, dict) else None,
        )
    if not answer.content:
        return CallToolResult(content=[TextContent(type="text", text=f"{answer.status_code}: done.")])
    return _file(answer, media_type)


def _file(answer: Answer, media_type: str) -> CallToolResult:
    if len(answer.content) > _MAX_FILE:
        return _failed(f"The document has {len(answer.content)} bytes, which is more than can be returned.")
    blob = base64.b64encode(answer.content).decode()
    contents = BlobResourceContents(uri=str(answer.url), mime_type=media_type or None, blob=blob)
    return CallToolResult(content=[EmbeddedResource(type="resource", resource=contents)])


def _failed(text: str) -> CallToolResult:
    return CallToolResult(content=[TextContent(type="text", text=text)], is_error=True)
