"""Limits of an API key: its scope, the API and the networks in which it is valid, and when it expires."""

from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network

from core.text.clock import in_words


class Scope(StrEnum):
    """What a key may do, from the least to the most. Each scope includes those before it."""

    READ = "read"
    """Read everything."""
    APPEND = "append"
    """Also create records, but not change or remove any."""
    WRITE = "write"
    """Also change and remove records, but not purge or merge clients."""
    ALL = "all"
    """Also purge and merge."""

    def includes(self, needed: "Scope") -> bool:
        """Return whether a key of this scope may run an operation that needs the given scope."""
        return _LEVELS[self] >= _LEVELS[needed]


_LEVELS = {scope: level for level, scope in enumerate(Scope)}


@dataclass(frozen=True, slots=True)
class KeyLimits:
    """The limits of a key.

    `dialect` is the only API in which it is valid, `networks` a comma-separated list of addresses and networks; ""
    means no limit. `expires_at` is a time in microseconds, 0 for never.
    """

    scope: Scope = Scope.ALL
    dialect: str = ""
    networks: str = ""
    expires_at: int = 0

    def refusal(self, dialect: str, address: str, is_expired: bool) -> str:
        """Return why a request to this API from this address is refused, as a sentence without a full stop; else ""."""
        if is_expired:
            return f"This key expired at {in_words(self.expires_at)}"
        if self.dialect and self.dialect != dialect:
            return f"This key is for {self.dialect} only, not for {dialect or 'anything else'}"
        if self.networks and not _is_within(address, self.networks):
            return f"This key may not be used from {address or 'an unknown address'}"
        return ""


NO_LIMITS = KeyLimits()


def _is_within(address: str, networks: str) -> bool:
    try:
        parsed = ip_address(address)
    except ValueError:
        return False  # for example of a Unix socket, or a forwarded value that is not an address
    parsed = getattr(parsed, "ipv4_mapped", None) or parsed
    return any(parsed in network for network in _parsed(networks))


@lru_cache(maxsize=1024)
def _parsed(networks: str) -> tuple[IPv4Network | IPv6Network, ...]:
    return tuple(ip_network(each) for each in networks.split(","))
