"""Where webhooks may be sent if a caller chooses the address: not to this machine, nor to private networks.

The text of a URL does not prove where it leads: the owner of a name decides to what it resolves, differently each time,
and an address can be written in many ways. So `may_reach` is called for every address that a name resolves to, right
before connecting to that very address. `may_name` only prevents obvious mistakes when a webhook is created; it proves
nothing.
"""

import re
import socket
from dataclasses import dataclass
from functools import cached_property
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

# Networks that `is_global` of the standard library accepts, at least in some versions, and that webhooks must not
# reach.
_SPECIAL = tuple(
    ip_network(each)
    for each in (
        "168.63.129.16/32",  # the platform service of Azure, with credentials of the machine
        "192.0.0.0/24",  # protocol assignments (RFC 6890); Oracle Cloud has its metadata here
        "192.88.99.0/24",  # relays of 6to4 (RFC 7526)
        "100.64.0.0/10",  # shared by customers of a carrier (RFC 6598)
        "::/96",  # IPv4-compatible (RFC 4291, section 2.5.5.1)
        "64:ff9b:1::/48",  # NAT64 inside a network (RFC 8215)
        "2001::/23",  # protocol assignments, Teredo among them (RFC 4380)
        "5f00::/16",  # segment routing (RFC 9602)
        "fec0::/10",  # site-local (RFC 3879)
    )
)
_NAT64 = ip_network("64:ff9b::/96")  # RFC 6052
_LOCAL_DOMAINS = ("localhost", "localdomain", "local", "internal", "lan", "intranet")
_HOST_NAME = re.compile(r"[0-9a-z_](?:[0-9a-z_.-]*[0-9a-z_])?")


@dataclass(frozen=True)
class Targets:
    """The operator's configuration: `allowed` are hosts, addresses and networks, `own_host` is the gateway's name."""

    allowed: tuple[str, ...] = ()
    own_host: str = ""

    def may_name(self, host: str) -> bool:
        """Return whether a URL may have this host, as far as that can be determined without resolving it."""
        name = _plain(host)
        written = _written_address(name)
        if written is not None:
            return self.may_reach(name, written)
        if name in self._hosts or not _HOST_NAME.fullmatch(name):
            return name in self._hosts
        # If any network is allowed, a local name may lead there.
        return bool(self._networks) or not (_is_local(name) or name == self._own)

    def may_reach(self, host: str, address: str) -> bool:
        """Return whether the host of a URL may be connected to at this address."""
        return self.is_allowed(host, address) or (_plain(host) != self._own and _is_public(_parsed_address(address)))

    def is_allowed(self, host: str, address: str) -> bool:
        """Return whether the operator has allowed this host or this address."""
        meant = _parsed_address(address)
        return _plain(host) in self._hosts or any(meant in network for network in self._networks)

    @cached_property
    def _hosts(self) -> frozenset[str]:
        return frozenset(_plain(each) for each in self.allowed if _network(each) is None)

    @cached_property
    def _networks(self) -> tuple[Network, ...]:
        return tuple(network for each in self.allowed if (network := _network(each)) is not None)

    @cached_property
    def _own(self) -> str:
        return _plain(self.own_host)


def parse_allowed(listed: str) -> tuple[str, ...]:
    """Return the hosts, addresses and networks of a comma-separated list. Raises `ValueError`."""
    found = [each.strip() for each in listed.split(",") if each.strip()]
    for each in found:
        if _network(each) is None and not _HOST_NAME.fullmatch(_plain(each)):
            raise ValueError("must list hosts, IP addresses or networks, such as n8n.lan, 127.0.0.1, 10.0.0.0/8")
    return tuple(found)


def _plain(host: str) -> str:
    return host.strip("[]").rstrip(".").lower()


def _is_local(name: str) -> bool:
    return "." not in name or name.rpartition(".")[2] in _LOCAL_DOMAINS or name.endswith(".home.arpa")


def _network(text: str) -> Network | None:
    try:
        return ip_network(text.strip("[]"), strict=False)
    except ValueError:
        return None


def _written_address(host: str) -> str | None:
    """Return the address that a host denotes, in any notation that operating systems accept (`127.1`, `0x7f000001`)."""
    try:
        return str(ip_address(host))
    except ValueError:
        pass
    try:
        return socket.inet_ntoa(socket.inet_aton(host))
    except (OSError, ValueError):
        return None


def _parsed_address(text: str) -> Address:
    """Return the address that a text denotes, or the IPv4 address inside an IPv6 address that leads there."""
    address = ip_address(text.partition("%")[0])
    if isinstance(address, IPv4Address):
        return address
    if address in _NAT64:
        return IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address.sixtofour or address


def _is_public(address: Address) -> bool:
    special = address.is_multicast or address.is_reserved or address.is_unspecified or address.is_loopback
    if special or not address.is_global or address.is_link_local:
        return False
    return not any(address in network for network in _SPECIAL)
