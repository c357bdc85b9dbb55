"""`gateway mcp` with the protocol's own client: over standard input and output, and over HTTP."""

import json
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import anyio
import httpx
import httpx2
import jsonschema
import pytest

from tests.forking import PROGRAM, ForkedPopen
from tests.gateway.command_line import ACME, KEY, fresh, new_acme
from tests.gateway.test_cli_serve import started
from tests.mcp.calls import json_answer, operations, refusal
from tests.server import free_port

if TYPE_CHECKING:
    from mcp.client.client import Client

TRANSPORTS = ["stdio", "http"]
Connect = Callable[..., "AbstractAsyncContextManager[Client]"]


@pytest.fixture(scope="module")
def gateway(tmp_path_factory):
    """A running gateway with three keys; its URL."""
    cli = new_acme(tmp_path_factory.mktemp("mcp"))
    reading = cli("token", "create", "--email", ACME[3], "--scope", "read")
    legacy = cli("token", "create", "--email", ACME[3], "--dialect", "api", "--scope", "write")
    with started(cli) as (_process, url):
        yield url, {"all": KEY, "read": reading, "api": legacy}


@pytest.fixture(scope="module")
def served(gateway) -> Iterator[Callable[..., str]]:
    """A function that serves tools over HTTP, once for each choice of options, and returns the URL."""
    running: dict[tuple[str, ...], tuple[subprocess.Popen[str], str]] = {}

    def serve(*options: str) -> str:
        if options not in running:
            running[options] = serve_http(gateway[0], *options)
        return running[options][1]

    yield serve
    assert [stop(process) for process, _ in running.values()] == [0] * len(running)


@pytest.fixture(params=TRANSPORTS)
def connect(request, gateway, served) -> Connect:
    """A function that connects a client by a transport, with one of the keys."""
    # Imported late: this takes a second, in every process that collects tests.
    from mcp.client.client import Client
    from mcp.client.stdio import StdioServerParameters
    from mcp.client.streamable_http import streamable_http_client

    url, keys = gateway

    @asynccontextmanager
    async def over_streams(key: str = "all", *options: str) -> "AsyncIterator[Client]":
        environment = {**_environment(), "GATEWAY_MCP_KEY": keys[key]}
        command = ["-m", "gateway", "mcp", url, *options]
        server = StdioServerParameters(command=sys.executable, args=command, env=environment)
        async with Client(server) as client:
            yield client

    @asynccontextmanager
    async def over_http(key: str = "all", *options: str) -> "AsyncIterator[Client]":
        async with (
            httpx2.AsyncClient(headers={"Authorization": f"Bearer {keys[key]}"}) as http,
            Client(streamable_http_client(served(*options), http_client=http)) as client,
        ):
            yield client

    return over_streams if request.param == "stdio" else over_http


def _environment() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not name.startswith("GATEWAY_")}


def serve_http(url: str, *options: str) -> tuple[subprocess.Popen[str], str]:
    """`gateway mcp --http` and the URL that it prints."""
    command = [*PROGRAM, "mcp", url, "--http", "--port", "0", *options]
    process = ForkedPopen(command, env=_environment(), stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    assert process.stdout is not None
    return process, process.stdout.readline().strip()


def stop(process: subprocess.Popen[str]) -> int:
    process.terminate()
    process.communicate(timeout=60)
    return process.returncode


def test_every_operation_that_reads_is_a_tool_and_with_write_all_are(connect, gateway):
    async def look() -> None:
        every = operations(gateway[0])
        async with connect() as client:
            reading = {tool.name: tool for tool in (await client.list_tools()).tools}
        assert reading.keys() == {name for name, (_method, scope) in every.items() if scope == "read"}
        assert all(tool.annotations.read_only_hint for tool in reading.values())
        async with connect("all", "--write") as client:
            tools = {tool.name: tool for tool in (await client.list_tools()).tools}
        assert tools.keys() == every.keys()
        assert {name for name, tool in tools.items() if tool.annotations.destructive_hint} >= {
            "api_deleteClient",
            "v1_purgeClient",
            "v1_mergeClients",
        } & every.keys()
        for tool in tools.values():
            jsonschema.Draft202012Validator.check_schema(tool.input_schema)
            assert len(tool.description) > 20
            assert "#/components" not in json.dumps(tool.input_schema)

    anyio.run(look)


def test_what_one_dialect_writes_the_other_reads(connect, gateway):
    async def work() -> None:
        async with connect("all", "--write") as client:
            owner = {"first_name": "Jane", "last_name": "Doe", "email": f"jane{free_port()}@acme.example"}
            body = owner | {"client_company_name": "Model & Sons", "tags": ["priority"]}
            made = await json_answer(client, "api_createClient", body=body)
            found = await json_answer(client, "v1_listClients", name="Model & Sons", sort="id|desc")
            assert found["data"][0]["contacts"][0]["email"] == owner["email"]
            hashed = found["data"][0]["id"]
            await json_answer(client, "v1_updateClient", id=hashed, body={"private_notes": "Key account."})
            shown = await json_answer(client, "api_getClient", id=made["data"]["id"])
            assert shown["data"]["description"] == "Key account."
            assert len((await json_answer(client, "api_listClients", limit=1, page=1))["data"]) == 1

    anyio.run(work)


def test_a_refusal_is_passed_on_with_its_reason(connect):
    async def work() -> None:
        async with connect("read", "--write") as client:
            assert (await json_answer(client, "v1_listClients"))["data"] is not None
            assert "read" in await refusal(client, "api_createClient", body={"first_name": "x"})
            assert (await refusal(client, "v1_createClient", body={})).startswith("403: ")
        async with connect("all", "--write") as client:
            assert (await refusal(client, "api_createClient", body={})).startswith("422: ")
            assert (await refusal(client, "api_getClient", id=10**9)).startswith("404: ")

    anyio.run(work)


def test_arguments_that_a_tool_does_not_take_lead_nowhere_else(connect):
    async def work() -> None:
        async with connect() as client:
            for wrong in ({}, {"id": "../clients"}, {"id": ".."}, {"id": ""}, {"id": 1, "more": 2}):
                result = await client.call_tool("api_getClient", wrong)
                assert result.is_error, wrong

    anyio.run(work)


def test_a_key_of_one_dialect_sees_the_tools_of_that_one(connect):
    async def work() -> None:
        async with connect("api") as client:
            assert {tool.name.partition("_")[0] for tool in (await client.list_tools()).tools} == {"api"}
        async with connect("all", "--dialect", "v1") as client:
            assert {tool.name.partition("_")[0] for tool in (await client.list_tools()).tools} == {"v1"}

    anyio.run(work)


def test_what_is_not_offered_cannot_be_called(connect):
    from mcp.shared.exceptions import MCPError

    async def work() -> None:
        async with connect() as client:
            for name in ("api_createClient", "v1_purgeClient", "nothing"):
                with pytest.raises(MCPError, match=f"{name} is not offered"):
                    await client.call_tool(name, {"body": {}})

    anyio.run(work)


def test_a_document_comes_as_bytes(connect, gateway):
    url, keys = gateway
    headers = {"X-API-TOKEN": keys["all"]}
    made = httpx.post(f"{url}/api/v1/clients", headers=headers, json={"name": "With a document"}).json()["data"]
    upload = {"url": f"{url}/api/v1/clients/{made['id']}/upload", "headers": headers}
    done = httpx.post(**upload, data={"_method": "PUT"}, files={"documents[]": ("a.pdf", b"%PDF-1.7 bytes")}).json()

    async def work() -> None:
        async with connect() as client:
            result = await client.call_tool("v1_downloadDocument", {"id": done["data"]["documents"][0]["id"]})
            assert result.content[0].resource.blob == "JVBERi0xLjcgYnl0ZXM="

    anyio.run(work)


INITIALIZE = {
    "jsonrpc": "2.0",
    "id": 1,
    "method": "initialize",
    "params": {"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "test", "version": "1"}},
}
ACCEPTING = {"Accept": "application/json, text/event-stream"}


@pytest.fixture(scope="module")
def over_http(gateway):
    process, where = serve_http(gateway[0])
    yield where
    assert stop(process) == 0


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 200),
        ({"Origin": "http://localhost:3000"}, 200),
        ({"Authorization": ""}, 401),
        ({"Authorization": "Bearer wrong"}, 401),
        ({"Authorization": "Basic dTpw"}, 401),
        ({"Origin": "https://evil.example"}, 403),
        ({"Origin": "null"}, 403),
        ({"Host": "evil.example"}, 421),
        ({"Host": "evil.example:8765"}, 421),
        ({"Host": "127.0.0.1.evil.example"}, 421),
    ],
    ids=str,
)
def test_over_http_only_who_has_a_key_and_comes_by_a_known_name_is_let_in(over_http, gateway, headers, status):
    sent = {"Authorization": f"Bearer {gateway[1]['read']}"} | ACCEPTING | headers
    assert httpx.post(over_http, json=INITIALIZE, headers=sent).status_code == status


def test_only_this_machine_is_listened_to_over_http(over_http):
    assert over_http.startswith("http://127.0.0.1:")
    port = int(over_http.rpartition(":")[2].partition("/")[0])
    listening = {line.split()[1] for line in Path("/proc/net/tcp").read_text().splitlines()[1:]}
    assert [each for each in listening if each.endswith(f":{port:04X}")] == [f"0100007F:{port:04X}"]


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (("{url}",), "Set --key or GATEWAY_MCP_KEY"),
        (("{url}", "--key", "wrong"), "The gateway refuses the key: "),
        (("http://127.0.0.1:1", "--key", "x"), "No gateway answers at http://127.0.0.1:1"),
        (("http://127.0.0.1:1", "--http"), "No gateway answers at http://127.0.0.1:1"),
        (("crm.example", "--key", "x"), "'crm.example' is not the URL"),
        (("{url}", "--http", "--key", "x"), "has its own key"),
        (("{url}/docs", "--key", "x"), "this is not a gateway"),
    ],
    ids=str,
)
def test_wrong_options_of_mcp_are_refused_in_one_sentence(gateway, tmp_path, words, expected):
    process = fresh(tmp_path).start("mcp", *(each.format(url=gateway[0]) for each in words))
    out, err = process.communicate(timeout=60)
    assert (process.returncode, out) == (1, "")
    assert err.startswith("Error: ")
    assert expected in err
    assert err.count("\n") == 1


def test_standard_output_carries_nothing_but_the_protocol(gateway, tmp_path):
    command = [sys.executable, "-m", "gateway", "mcp", gateway[0], "--key", gateway[1]["read"]]
    done = subprocess.run(
        command, cwd=tmp_path, env=_environment(), input=f"{json.dumps(INITIALIZE)}\n", capture_output=True, text=True
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert [json.loads(line)["jsonrpc"] for line in done.stdout.splitlines()] == ["2.0"]
    assert list(tmp_path.iterdir()) == []
