"""Where a request comes from, as far as can be known."""

from ipaddress import IPv6Address, ip_address

from starlette.requests import Request
from starlette.types import Scope

_MAX_LENGTH = 64  # characters of what a proxy says and is no IP address


def ip_address_of(scope: Scope) -> str:
    """Return the address that a request comes from, in full: that of the connection, or what a trusted proxy says.

    `""` if unknown.
    """
    client = scope.get("client")
    return str(client[0]) if client else ""


def address_of(request: Request) -> str:
    """Return the address for which guesses are counted; of IPv6 the network that one household or server has (/64).

    The address is that of the connection unless a trusted proxy made it, which then says whose it is. `""` if unknown.
    """
    host = request.client.host if request.client else ""
    try:
        address = ip_address(host)
    except ValueError:
        return host[:_MAX_LENGTH]
    address = getattr(address, "ipv4_mapped", None) or address
    return str(IPv6Address(int(address) >> 64 << 64)) if isinstance(address, IPv6Address) else str(address)
