"""The names of people, and their searched text."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from core.text.folding import folded

UNNAMED: Mapping[str, str] = MappingProxyType({"first_name": "", "last_name": "", "email": ""})
"""A person without a name."""


def full_name(person: Mapping[str, Any]) -> str:
    """Return the first and last name of a contact or user, joined by a space."""
    return f"{person['first_name']} {person['last_name']}".strip()


def shown_name(person: Mapping[str, Any]) -> str:
    """Return the display name of a person: the full name, else the email."""
    return full_name(person) or str(person["email"])


SEPARATOR = "\x1f"
"""Separates texts that are searched together, so that no match begins in one and ends in another."""


def searched_text(person: Mapping[str, Any]) -> str:
    """Return the searched text of a contact: the full name, the email and the telephone number."""
    name = " ".join(filter(None, (person.get("first_name", ""), person.get("last_name", ""))))
    return folded(SEPARATOR.join([name, person.get("email", ""), person.get("phone", "")]))
