"""Connections to addresses that callers of an API have named: each is looked at, and then connected to as it is.

The name is resolved once, here. What is connected to is an address that was looked at, so it makes no difference what
the name resolves to a moment later (DNS rebinding).
"""

import asyncio
import socket
from collections.abc import Sequence

import httpx

from core.events.targets import Targets

_MAX_TRIED = 4  # of the addresses of one name


class AddressRefused(httpx.ConnectError):
    """The host resolves to an address that no caller may name."""


class CheckedTransport(httpx.AsyncBaseTransport):
    """Sends requests by another transport to the addresses that `targets` allow, and to no others."""

    def __init__(self, targets: Targets, inner: httpx.AsyncBaseTransport) -> None:
        self._targets = targets
        self._inner = inner

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send one request. Raises `AddressRefused`, and what `httpx` raises."""
        addresses = await self._addresses(request.url.host, request.url.port)
        for address in addresses[:-1]:
            try:
                return await self._inner.handle_async_request(_sent_to(request, address, len(addresses)))
            except (httpx.ConnectError, httpx.ConnectTimeout):
                continue
        return await self._inner.handle_async_request(_sent_to(request, addresses[-1], len(addresses)))

    async def aclose(self) -> None:
        """Close what is open."""
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
                f"{host} is {where}: only GATEWAY_WEBHOOK_ALLOW lets anybody but an operator send there"
            )
        return allowed[:_MAX_TRIED]

    def _may_reach(self, host: str, address: str) -> bool:
        if not self._targets.may_reach(host, address):
            return False
        return self._targets.is_allowed(host, address) or not _is_of_this_machine(address)


def _sent_to(request: httpx.Request, address: str, of: int) -> httpx.Request:
    """Return the same request to an address of its host: `Host` and the name in the certificate stay as they are."""
    timeout = dict(request.extensions.get("timeout", {}))
    if timeout.get("connect"):
        timeout["connect"] /= of  # who cannot be reached at one address is still reached at another
    return httpx.Request(
        request.method,
        request.url.copy_with(host=address),
        headers=request.headers,
        stream=request.stream,
        extensions={**request.extensions, "timeout": timeout, "sni_hostname": request.url.host},
    )


def _is_of_this_machine(address: str) -> bool:
    """Return whether an address is one of this machine's: the one address that is reached from itself.

    Nothing is sent.
    """
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with socket.socket(family, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect((address, 9))
        except OSError:
            return False  # there is no way to it at all
        return bool(probe.getsockname()[0] == address)
