"""Checks of the values that a client is given, by the rules that need the register."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection

from core.access import companies
from core.access.emails import check_email_is_free
from core.access.keys import Actor
from core.attribute import Changes
from core.clients import categories, numbers
from core.clients.attributes import check_size, columns_changed
from core.database.deferred import prefetching
from core.errors import Problem, Rejected, gathered
from core.models import users
from core.models.records import ClientRecord
from core.text import currencies, languages

CATEGORY_ATTRIBUTES = ("category_id", "group_id")
"""The attributes that decide the category of a client."""


def checked_changes(connection: Connection, actor: Actor, client: ClientRecord, values: Mapping[str, Any]) -> Changes:
    """Return the column changes of these assignments, after checking every rule that needs the register."""
    changes = columns_changed(client, values)
    if any(changes.get(column) for column in numbers.GIVEN) or "category_id" in changes:
        companies.lock(connection, actor.company_id)  # before the category, as changes of a category do
    numbers_given = numbers.uniqueness_queries(actor.company_id, changes, client["id"])
    with gathered() as problems, prefetching(connection, numbers_given):
        if "category_id" in changes:
            given = next(name for name in CATEGORY_ATTRIBUTES if name in values)
            with problems:
                changes["category_id"] = categories.resolve(connection, actor.company_id, changes["category_id"], given)
        for column in numbers.GIVEN:
            with problems:
                if changes.get(column):
                    numbers.check_is_free(connection, actor.company_id, column, changes[column], client["id"])
        with problems:
            _check_team_user(connection, actor.company_id, changes.get("assigned_user_id"))
        with problems:
            _check_settings(changes.get("settings", {}), client["settings"])
    if changes.get("number") == "":
        del changes["number"]  # a client without a new number keeps its own
    return changes


def check_owner(connection: Connection, actor: Actor, owner: Mapping[str, str]) -> None:
    """Raise `Rejected` if the email of an account owner is taken."""
    if owner.get("email"):
        check_email_is_free(connection, actor.company_id, owner["email"])


def _check_settings(settings: Mapping[str, Any], known: Mapping[str, Any]) -> None:
    currency_id, language_id = settings.get("currency_id"), settings.get("language_id")
    if currency_id is not None and currency_id not in currencies.IDS:
        raise Rejected(Problem("settings.currency_id", "exists"))
    # Earlier versions accepted any text as a language. A stored one stays until it is changed.
    if language_id and language_id != known.get("language_id") and language_id not in languages.IDS:
        raise Rejected(Problem("settings.language_id", "exists"))
    check_size(settings)


def _check_team_user(connection: Connection, company_id: int, user_id: int | None) -> None:
    if user_id is None:
        return
    known = users.select().where(users.c.id == user_id, users.c.company_id == company_id)
    if connection.execute(known).first() is None:
        raise Rejected(Problem("assigned_user_id", "exists"))
