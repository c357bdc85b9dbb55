"""Connections to addresses that callers of an API have chosen: each address is checked and then connected to.

The name is resolved once, here. The connection goes to an address that was checked, so it makes no difference what the
name resolves to afterwards (DNS rebinding).
"""

import asyncio
import socket
from collections.abc import Sequence

import httpx

from core.events.targets import Targets

_MAX_TRIED = 4  # of the addresses of one name


class AddressRefused(httpx.ConnectError):
    """The host resolves to no address that a webhook of a caller may reach."""


class CheckedTransport(httpx.AsyncBaseTransport):
    """Sends requests through another transport, only to addresses that `targets` allow."""

    def __init__(self, targets: Targets, inner: httpx.AsyncBaseTransport) -> None:
        self._targets = targets
        self._inner = inner

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send one request and return its response. Raises `AddressRefused`, and what `httpx` raises."""
        addresses = await self._addresses(request.url.host, request.url.port)
        for address in addresses[:-1]:
            try:
                return await self._inner.handle_async_request(_request_to(request, address, len(addresses)))
            except (httpx.ConnectError, httpx.ConnectTimeout):
                continue
        return await self._inner.handle_async_request(_request_to(request, addresses[-1], len(addresses)))

    async def aclose(self) -> None:
        """Close all connections."""
        await self._inner.aclose()

    async def _addresses(self, host: str, port: int | None) -> Sequence[str]:
        """Return those addresses that a host resolves to and that are allowed, at least one."""
        try:
            found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError) as error:
            raise httpx.ConnectError(f"{host} cannot be resolved: {error}") from error
        addresses = dict.fromkeys(str(sockaddr[0]) for *_, sockaddr in found)
        allowed = [address for address in addresses if self._may_reach(host, address)]
        if not allowed:
            where = ", ".join(addresses)
            raise AddressRefused(
                f"{host} resolves to {where}, which is not public; an operator can allow it by GATEWAY_WEBHOOK_ALLOW"
            )
        return allowed[:_MAX_TRIED]

    def _may_reach(self, host: str, address: str) -> bool:
        if not self._targets.may_reach(host, address):
            return False
        return self._targets.is_allowed(host, address) or not _is_of_this_machine(address)


def _request_to(request: httpx.Request, address: str, of: int) -> httpx.Request:
    """Return the request, sent to one of `of` addresses of its host; the header `Host` and the name for TLS stay."""
    timeout = dict(request.extensions.get("timeout", {}))
    if timeout.get("connect"):
        timeout["connect"] /= of  # a host may be reachable at one of its addresses only
    return httpx.Request(
        request.method,
        request.url.copy_with(host=address),
        headers=request.headers,
        stream=request.stream,
        extensions={**request.extensions, "timeout": timeout, "sni_hostname": request.url.host},
    )


def _is_of_this_machine(address: str) -> bool:
    """Return whether an address is this machine's own: it is then also the source address. Nothing is sent."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with socket.socket(family, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect((address, 9))
        except OSError:
            return False  # there is no route to it
        return bool(probe.getsockname()[0] == address)
