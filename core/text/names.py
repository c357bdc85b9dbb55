"""What people are called, and found by."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from core.text.folding import folded

UNNAMED: Mapping[str, str] = MappingProxyType({"first_name": "", "last_name": "", "email": ""})
"""A person without a name."""


def full_name(person: Mapping[str, Any]) -> str:
    """First and last name of a contact or user, joined by a space."""
    return f"{person['first_name']} {person['last_name']}".strip()


def shown_name(person: Mapping[str, Any]) -> str:
    """What a person without a name is called by: the email."""
    return full_name(person) or str(person["email"])


SEPARATOR = "\x1f"
"""Stands between texts that are searched together, so that nothing is found that begins in one and ends in another."""


def searched_text(person: Mapping[str, Any]) -> str:
    """What a contact is found by: the whole name, the email and the telephone number."""
    name = " ".join(filter(None, (person.get("first_name", ""), person.get("last_name", ""))))
    return folded(SEPARATOR.join([name, person.get("email", ""), person.get("phone", "")]))
