"""What network addresses mean."""

from ipaddress import ip_address


def is_loopback(host: str) -> bool:
    """Whether only this machine can be behind an address."""
    try:
        address = ip_address(host)
    except ValueError:
        return host == "localhost"
    mapped = getattr(address, "ipv4_mapped", None)
    return (mapped or address).is_loopback
