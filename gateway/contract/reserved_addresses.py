"""No request of Schemathesis makes the tested gateway write to somebody: addresses in it cannot exist.

A gateway sends changes to webhooks and mail to contacts. Generated addresses may exist, and answers show the addresses
of others. So each one that could be accepted is moved below the top-level domain `.example` (RFC 2606, section 2),
in valid and invalid requests alike: a request that is invalid elsewhere may be accepted by mistake.
"""

import re
from collections.abc import Mapping
from typing import Any

from schemas.types.texts import EMAIL_PATTERN

_RESERVED = ".example"
_HOST = "hooks.example"
_URL = re.compile(r"^(\s*https?://)[^/?#]*?(:[0-9]*)?(?=[/?#]|\s*$)", re.IGNORECASE)
_EMAIL = re.compile(EMAIL_PATTERN)
_MAX_EMAIL = 255
_KINDS = ("url", "email")


def is_reserved(host: str) -> bool:
    """Return whether a host is below `.example`."""
    return host.lower().endswith(_RESERVED)


def reserve_addresses(value: Any, kind: str = "") -> None:
    """Replace the addresses in a body or query, in place and at any depth; `kind` is that of the key above."""
    pairs = value.items() if isinstance(value, Mapping) else enumerate(value) if isinstance(value, list) else ()
    for key, each in list(pairs):
        inner = next((word for word in _KINDS if word in str(key).lower()), kind)
        if isinstance(each, str) and inner:
            value[key] = _reserved_url(each) if inner == "url" else _reserved_email(each)
        else:
            reserve_addresses(each, inner)


def _reserved_url(text: str) -> str:
    return _URL.sub(rf"\g<1>{_HOST}\g<2>", text)


def _reserved_email(text: str) -> str:
    bare = text.strip("\t\n\v\f\r ")
    if not _EMAIL.match(text) or is_reserved(bare):
        return text
    longer = text.replace(bare, bare + _RESERVED)
    if len(text) <= _MAX_EMAIL < len(longer):
        return f"{bare.partition('@')[0][:200]}@contract{_RESERVED}"
    return longer
