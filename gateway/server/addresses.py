"""Network addresses and URLs in settings."""

import re
from collections.abc import Sequence
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from urllib.parse import SplitResult, urlsplit

from pydantic import AnyHttpUrl, TypeAdapter, ValidationError

# A host is a domain name, perhaps an internationalized one, or an IPv6 address. What follows it is printable ASCII
# without the characters that would end a URL in a `Link` header (RFC 8288, section 3).
_LABEL = r"\w(?:[\w-]*\w)?"
_HOST = rf"(?:{_LABEL}(?:\.{_LABEL})*\.?|\[[0-9a-f:.]+\])"
_ABSOLUTE = re.compile(rf"https?://{_HOST}(?::(?!0+\b)[0-9]+)?(?:[/?#][!-;=?-~]*)?", re.IGNORECASE)
_REQUIREMENT = "must be an absolute http or https URL"


def is_loopback(host: str) -> bool:
    """Return whether a host name or address is the loopback of this machine."""
    try:
        address = ip_address(host.strip("[]"))
    except ValueError:
        return host == "localhost"
    mapped = getattr(address, "ipv4_mapped", None)
    return (mapped or address).is_loopback


def absolute_url(url: str) -> str:
    """Return an absolute http or https URL (RFC 9110, section 4.2) in its normal form, ASCII. Raises `ValueError`."""
    return str(_parsed(url))


def base_url(url: str) -> str:
    """Return the base of links in its normal form (RFC 3986, section 6): lower case, without a final slash.

    The scheme's default port is removed, as browsers do in `Origin`. Raises `ValueError`.
    """
    parsed = _parsed(url)
    if "?" in url or "#" in url:
        raise ValueError(f"{_REQUIREMENT} without query and fragment, such as https://crm.example")
    return str(parsed).rstrip("/")


def mail_server(url: str) -> SplitResult:
    """Return the parts of an SMTP URL. Raises `ValueError`, which does not show the URL: it may contain a password."""
    try:
        parts = urlsplit(url)
        is_good = parts.scheme in ("smtp", "smtps") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        is_good = False
    if not is_good or parts.path.strip("/") or parts.query or parts.fragment:
        example = "smtp://user:password@host:port or smtps://…"
        raise ValueError(f"not an SMTP URL such as {example}, with special characters percent-encoded") from None
    return parts


def networks(listed: str) -> Sequence[str]:
    """Return the addresses and networks of a comma-separated list, in their normal form. Raises `ValueError`."""
    return [str(_network(each.strip())) for each in listed.split(",") if each.strip()]


def with_mapped(listed: str) -> list[str]:
    """Return these networks, and IPv4 ones also as an IPv6 socket shows them (RFC 4291, section 2.5.5.2)."""
    found = [ip_network(each) for each in networks(listed)]
    mapped = [f"::ffff:{each.network_address}/{96 + each.prefixlen}" for each in found if each.version == 4]
    return [*map(str, found), *mapped]


def _parsed(url: str) -> AnyHttpUrl:
    try:
        if _ABSOLUTE.fullmatch(url):
            return TypeAdapter(AnyHttpUrl).validate_python(url)
    except ValidationError:
        pass
    raise ValueError(f"{_REQUIREMENT}, such as https://crm.example")


def _network(text: str) -> IPv4Network | IPv6Network:
    try:
        network = ip_network(text)
    except ValueError:
        network = None
    # Trusting everybody would let every caller choose its own address.
    if network is None or network.prefixlen == 0:
        raise ValueError("must list IP addresses or networks, such as 127.0.0.1, 10.0.0.0/8, but not all of them")
    return network
