"""What people are called, and found by."""

from collections.abc import Mapping
from typing import Any

from core.query import Record
from core.text.folding import folded


def full_name(person: Record) -> str:
    """First and last name of a contact or user, joined by a space."""
    return f"{person['first_name']} {person['last_name']}".strip()


def shown_name(person: Record) -> str:
    """What a person without a name is called by: the email."""
    return full_name(person) or str(person["email"])


_BETWEEN = "\x1f"  # no substring of one value begins in another


def searched_text(person: Mapping[str, Any]) -> str:
    """What a contact is found by: the whole name, the email and the telephone number."""
    name = " ".join(filter(None, (person.get("first_name", ""), person.get("last_name", ""))))
    return folded(_BETWEEN.join([name, person.get("email", ""), person.get("phone", "")]))
