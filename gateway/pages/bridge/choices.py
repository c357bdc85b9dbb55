"""The choices of a form field: lists of the register, by the attribute that the field sets."""

from collections.abc import Callable, Mapping, Sequence

from sqlalchemy import Connection

from core.access import users
from core.access.keys import Actor
from core.clients import categories
from core.text import countries, currency_codes, languages
from core.text.names import shown_name
from dialects.v1.statics import INDUSTRIES, SIZES

Choices = Sequence[tuple[object, str]]
"""The values of the register with their labels."""

MAX_CHOICES = 500
"""The length up to which a list is offered; beyond it the value is typed."""


def choices(connection: Connection, actor: Actor, attribute: str) -> Choices:
    """Return the possible values of an attribute of a client or its children; empty if there is no list."""
    found = _LISTS[attribute](connection, actor) if attribute in _LISTS else ()
    return found if len(found) <= MAX_CHOICES else ()


def _categories(connection: Connection, actor: Actor) -> Choices:
    return [(each["id"], each["name"]) for each in categories.names(connection, actor.company_id, MAX_CHOICES + 1)]


def _groups(connection: Connection, actor: Actor) -> Choices:
    found = categories.names(connection, actor.company_id, MAX_CHOICES + 1)
    return [(each["id"], each["name"]) for each in found if not each["is_default"]]


def _team(connection: Connection, actor: Actor) -> Choices:
    people = users.team(connection, actor.company_id)
    return [(each["id"], shown_name(each) + (" (disabled)" if each["disabled_at"] else "")) for each in people]


def _countries(_connection: Connection, _actor: Actor) -> Choices:
    return sorted(((number, countries.name_of(number)) for number in countries.numbers()), key=lambda each: each[1])


def _country_names(connection: Connection, actor: Actor) -> Choices:
    return [(name, name) for _, name in _countries(connection, actor)]


def _currencies(_connection: Connection, _actor: Actor) -> Choices:
    import pycountry  # imported late, because it loads its lists

    named = {code: pycountry.currencies.get(alpha_3=code) for code in sorted(currency_codes.codes())}
    return [(currency_codes.by_code(code), f"{code} {each.name if each else ''}") for code, each in named.items()]


def _languages(_connection: Connection, _actor: Actor) -> Choices:
    import pycountry

    named = {code: pycountry.languages.get(alpha_2=code.partition("_")[0]) for code in sorted(languages.codes())}
    return [(languages.by_code(code), f"{code} {each.name if each else ''}") for code, each in named.items()]


def _numbered(names: Sequence[str]) -> Callable[[Connection, Actor], Choices]:
    return lambda _connection, _actor: [(str(number), name) for number, name in enumerate(names, start=1)]


_LISTS: Mapping[str, Callable[[Connection, Actor], Choices]] = {
    "category_id": _categories,
    "group_id": _groups,
    "assigned_user_id": _team,
    "country_id": _countries,
    "shipping_country_id": _countries,
    "country": _country_names,
    "settings.currency_id": _currencies,
    "settings.language_id": _languages,
    "industry_id": _numbered(INDUSTRIES),
    "size_id": _numbered(SIZES),
}
