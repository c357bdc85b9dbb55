"""Calls of the tools of `gateway mcp`, and the operations of the gateway that must be tools."""

import json
from typing import TYPE_CHECKING, Any

import httpx

if TYPE_CHECKING:
    from mcp.client.client import Client


async def json_answer(client: "Client", tool: str, /, **arguments: Any) -> Any:
    """The JSON that a tool answers."""
    result = await client.call_tool(tool, arguments)
    assert not result.is_error, result.content
    assert json.loads(result.content[0].text) == result.structured_content
    return result.structured_content


async def refusal(client: "Client", tool: str, /, **arguments: Any) -> str:
    """What a tool that is refused says."""
    result = await client.call_tool(tool, arguments)
    assert result.is_error
    return result.content[0].text


def operations(url: str) -> dict[str, tuple[str, str]]:
    """The method and the scope of every operation that takes something else than files alone, by the tool's name."""
    found = {}
    for dialect, prefix in (("api", "/api"), ("v1", "/api/v1")):
        for path in httpx.get(f"{url}{prefix}/openapi.json").json()["paths"].values():
            for method, operation in path.items():
                content = operation.get("requestBody", {}).get("content", {"application/json": {}})
                if "application/json" in content:
                    found[f"{dialect}_{operation['operationId']}"] = (method, operation["x-required-scope"])
    return found
