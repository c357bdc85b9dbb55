"""The address of a caller, as far as it is known."""

from ipaddress import IPv6Address, ip_address

from starlette.requests import Request
from starlette.types import Scope

_MAX_LENGTH = 64  # characters of a forwarded value that is not an IP address


def ip_address_of(scope: Scope) -> str:
    """Return the full IP address of the caller: that of the connection, or the one that a trusted proxy forwards.

    Returns `""` if it is unknown.
    """
    client = scope.get("client")
    return str(client[0]) if client else ""


def address_of(request: Request) -> str:
    """Return the address for which guesses are counted; for IPv6 the network of one household or server (/64).

    It is the address of the connection, or the one that a trusted proxy forwards. Returns `""` if it is unknown.
    """
    host = request.client.host if request.client else ""
    try:
        address = ip_address(host)
    except ValueError:
        return host[:_MAX_LENGTH]
    address = getattr(address, "ipv4_mapped", None) or address
    return str(IPv6Address(int(address) >> 64 << 64)) if isinstance(address, IPv6Address) else str(address)
