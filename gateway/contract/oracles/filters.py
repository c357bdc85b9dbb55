"""The meaning of each filter of each list: values to try, and the records that they must find."""

import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from itertools import pairwise
from typing import Any

from gateway.contract.checks.list_parameters import (
    SEARCHED_OF_CLIENT,
    SEARCHED_OF_CONTACTS,
    caseless,
    has_classes,
)

Shown = Mapping[str, Any]
Values = Callable[[Shown], Iterable[str]]
Holds = Callable[[Shown, str], bool]
_COMPARISONS: dict[str, Callable[[Decimal, Decimal], bool]] = {
    "lt": lambda found, value: found < value,
    "lte": lambda found, value: found <= value,
    "gt": lambda found, value: found > value,
    "gte": lambda found, value: found >= value,
    "eq": lambda found, value: found == value,
}
NOBODY = "nobody-has-this"
_LONGEST = 255  # characters of a parameter
_NEAR_TEN = ("lt:10.000001", "gte:10.000001", "gt:9.999999", "lte:9.999999", "10.000001")  # ten is one of the balances
# Wildcards, quotes and operators of databases; to a caller they are letters like any others.
_WILDCARDS = ("%", "_", "*", "\\", 'Zeb"ra', '"Zebra"', "Zebra*", 'Zebra" OR "Apple')


@dataclass(frozen=True)
class Filter:
    """A parameter of a list: values that should find a record, and whether a value must find a record.

    `always` are values to try independently of the records.
    """

    values: Values
    holds: Holds
    always: tuple[str, ...] = ()

    def texts(self, shown: Shown) -> list[str]:
        """Return the values for a record that a parameter can have: neither blank nor too long."""
        return [text for text in self.values(shown) if text.strip() and len(text) <= _LONGEST]


def _known(*keys: str) -> Values:
    return lambda shown: [str(_at(shown, key)) for key in keys if _at(shown, key) not in (None, "")]


def _at(shown: Shown, key: str) -> Any:
    value: Any = shown
    for step in key.split("."):
        value = value[step]
    return value


def _same(key: str) -> Filter:
    """Return a filter by a whole value: neither in another case nor without leading zeros is it the same."""

    def values(shown: Shown) -> Iterator[str]:
        for text in _known(key)(shown):
            yield from (text, text.swapcase(), text.lstrip("0"), f"{text} ")

    return Filter(values, lambda shown, text: str(_at(shown, key)) == text, (NOBODY, "%"))


def _id(key: str) -> Filter:
    return Filter(_known(key), lambda shown, text: str(_at(shown, key)) == text)


def _word(key: str, *words: str) -> Filter:
    return Filter(lambda _shown: words, lambda shown, text: _at(shown, key) == text)


def _flag(key: str) -> Filter:
    words = ("true", "false", "1", "0", "yes", "no")
    return Filter(lambda _shown: words, lambda shown, text: _at(shown, key) is (text in ("true", "1", "yes")))


def _everything(*words: str, other: tuple[str, ...] = ()) -> Filter:
    """Return a filter of words that match every record, and of others that match none."""
    return Filter(lambda _shown: (*words, *other), lambda _shown, text: text in words)


def _pieces(*texts: str | None) -> Iterator[str]:
    """Yield parts of texts: the whole, in the other case, both halves, with decomposed accents, another end.

    Finally the end of each text together with the beginning of the next one, which no record has.
    """
    for text in texts:
        if text:
            whole = text[:240]
            yield f"{whole[:-1]}{NOBODY}"
            yield from (whole, whole.swapcase(), whole[: len(whole) // 2 + 1].strip(), whole[len(whole) // 2 :].strip())
            yield unicodedata.normalize("NFD", whole)
    known = [text for text in texts if text]
    yield from (f"{one[-4:]}{between}{other[:4]}" for one, other in pairwise(known) for between in ("", " "))


def _contains(*keys: str) -> Filter:
    return _within(lambda shown: [_at(shown, key) for key in keys])


def _within(of: Callable[[Shown], Sequence[str | None]]) -> Filter:
    """Return a filter by a part of any of these texts."""

    def holds(shown: Shown, text: str) -> bool:
        return any(caseless(text) in caseless(each or "") for each in of(shown))

    return Filter(lambda shown: _pieces(*of(shown)), holds, (NOBODY, *_WILDCARDS))


def _words(of: Callable[[Shown], Iterable[str | None]]) -> Filter:
    """Return a filter of words that must all be found somewhere in these texts."""

    def values(shown: Shown) -> Iterator[str]:
        texts = [text for text in of(shown) if text]
        for text in texts:
            yield from (text[:100], text.swapcase()[:100])
        words = [text.split()[0][:80] for text in texts if text.split()]
        yield " ".join(reversed(words[:3]))
        yield f"{words[0] if words else ''} {NOBODY}"
        yield from (unicodedata.normalize("NFD", text)[:100] for text in texts[:1])
        # The end of each text together with the beginning of the next one, which no record has.
        yield from (
            f"{one.split()[-1][-4:]}{other.split()[0][:4]}"
            for one, other in pairwise(texts)
            if one.strip() and other.strip()
        )

    def holds(shown: Shown, text: str) -> bool:
        known = [caseless(each) for each in of(shown) if each]
        return all(any(caseless(word) in each for each in known) for word in text.split())

    return Filter(values, holds, _WILDCARDS)


def _since(key: str) -> Filter:
    """Return a filter by time: since a second, in any time zone, or since the midnight (UTC) of a date."""

    def values(shown: Shown) -> Iterator[str]:
        at = datetime.fromtimestamp(shown[key], UTC)
        yield from (str(shown[key]), str(shown[key] + 1), f"{at:%Y-%m-%d}")
        yield from (f"{at + timedelta(seconds=1):%Y-%m-%d %H:%M:%S}", f"{at:%Y-%m-%dT%H:%M}")
        yield from (f"{at:%Y-%m-%dT%H:%M:%S}.999999Z", f"{shown[key]}.0", f"{shown[key]}.999999")
        for seconds, hours in ((0, 2.5), (1, 2.5), (0, -5), (1, -5), (1, 0)):
            yield (at + timedelta(seconds=seconds)).astimezone(timezone(timedelta(hours=hours))).isoformat()

    return Filter(values, lambda shown, text: bool(shown[key] >= _moment(text)), ("2001-09-09",))


def _moment(text: str) -> float:
    """Return the Unix seconds of a timestamp or a date, which is in UTC unless it has a zone."""
    if text.replace(".", "", 1).isdigit():
        return float(text)
    at = datetime.fromisoformat(text)
    return (at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp()


def _compared(key: str) -> Filter:
    def values(shown: Shown) -> Iterator[str]:
        amount = Decimal(str(shown[key]))
        for near in (amount, amount + Decimal("0.01"), amount - Decimal("0.01")):
            yield from (f"{operator}:{near}" for operator in _COMPARISONS)
        yield from (f"{amount}:{operator}" for operator in _COMPARISONS)
        yield str(amount)

    def holds(shown: Shown, text: str) -> bool:
        parts = text.split(":")
        operator = next((part for part in parts if part in _COMPARISONS), "eq")
        number = next(part for part in parts if part not in _COMPARISONS)
        return _COMPARISONS[operator](Decimal(str(shown[key])), Decimal(number))

    return Filter(values, holds, _NEAR_TEN)


def _between(key: str) -> Filter:
    def values(shown: Shown) -> Iterator[str]:
        amount = Decimal(str(shown[key]))
        yield from (f"{amount}:{amount + 5}", f"{amount - 5}:{amount}", f"{amount + 5}:{amount}")
        yield f"{amount + Decimal('0.01')}:{amount + 5}"

    def holds(shown: Shown, text: str) -> bool:
        low, high = sorted(Decimal(part) for part in text.split(":"))
        return low <= Decimal(str(shown[key])) <= high

    return Filter(values, holds, ("10.000001:10.05", "9.5:9.999999"))


def _emails(client: Shown) -> list[str]:
    return [contact["email"] for contact in client["contacts"] if contact["email"]]


def _of_user(user: Shown) -> list[str | None]:
    return [f"{user['first_name']} {user['last_name']}".strip(), user["email"]]


def _of_client(client: Shown) -> list[str | None]:
    people = [contact[key] for contact in client["contacts"] for key in SEARCHED_OF_CONTACTS]
    return [*(client[key] for key in SEARCHED_OF_CLIENT), *people]


_CUSTOM = {f"custom_value{n}": _same(f"custom_value{n}") for n in range(1, 5)}
_TIMES = {"created_at": _since("created_at"), "updated_at": _since("updated_at")}
_CLASSES = Filter(
    lambda document: ["public", "private", "pdf", "image", "other", "image,pdf", document["type"]],
    has_classes,
)
_DOCUMENTS = {
    "type": _CLASSES,
    "filter": _words(lambda document: [document["name"]]),
    "is_public": _flag("is_public"),
    **_TIMES,
}

# By dialect and path; parameters about states, order and pages have files of their own.
FILTERS: dict[tuple[str, str], dict[str, Filter]] = {
    ("api", "/clients"): {
        "status": _word("status", "active", "suspended"),
        "category_id": _id("category.id"),
        "client_id": _id("id"),
        "tag": Filter(
            lambda client: [*(each for tag in client["tags"] for each in (tag, tag.swapcase(), f" {tag} ")), NOBODY],
            lambda client, text: text.strip() in client["tags"],
        ),
        "search": _contains("company_name"),
    },
    ("api", "/categories"): {
        "type": _everything("client"),
        "visibility": _word("visibility", "everyone", "hidden"),
        "search": _contains("name"),
    },
    ("api", "/contacts"): {
        "status": _word("status", "active", "suspended"),
        "client_id": _id("client.id"),
        "account_owner": _word("account_owner", "yes", "no"),
        "search": _contains("name", "email", "phone"),
    },
    ("api", "/notes"): {
        "resource_type": _everything("client", other=("lead", "project", "task", "user")),
        "resource_id": _id("resource.id"),
        "visibility": _word("visibility", "public", "private"),
        "search": _contains("title", "description"),
    },
    ("api", "/team"): {
        "status": _word("status", "active", "suspended", "deleted"),
        "role_id": Filter(
            lambda member: [str(member["role"]["id"]), "99"], lambda member, text: str(member["role"]["id"]) == text
        ),
        "search": _contains("name", "email"),
    },
    ("v1", "/clients"): {
        "balance": _compared("balance"),
        "between_balance": _between("balance"),
        "client_id": _same("id"),
        "email": Filter(
            lambda client: [*_emails(client), *(each.upper() for each in _emails(client)), NOBODY],
            lambda client, text: text.lower() in [each.lower() for each in _emails(client)],
        ),
        "filter": _words(_of_client),
        "name": _contains("name"),
        "group": _same("group_settings_id"),
        "country_id": Filter(
            _known("country_id"),
            lambda client, text: client["country_id"] == str(int(text)),
            ("0", "999", "12345"),  # numbers of no country, also for a client without one
        ),
        "tag": Filter(
            lambda client: [*(each for tag in client.get("tags", []) for each in (tag, tag.swapcase())), NOBODY],
            lambda client, text: text in client.get("tags", []),
        ),
        **{key: _same(key) for key in ("number", "id_number", "vat_number", "phone", "assigned_user_id")},
        **{key: _id(key) for key in ("group_settings_id", "industry_id", "size_id")},
        **_CUSTOM,
        **_TIMES,
    },
    ("v1", "/documents"): _DOCUMENTS | {"client_id": _same("client_id")},
    ("v1", "/client_gateway_tokens"): {
        "client_id": _same("client_id"),
        "company_gateway_id": _same("company_gateway_id"),
        "is_default": _flag("is_default"),
        **_TIMES,
    },
    ("v1", "/group_settings"): {"filter": _words(lambda group: [group["name"]]), "name": _contains("name"), **_TIMES},
    ("v1", "/webhooks"): {
        "filter": _words(lambda webhook: [webhook["target_url"]]),
        "event_id": _same("event_id"),
        "target_url": _same("target_url"),
        **_TIMES,
    },
    ("v1", "/users"): {"filter": _within(_of_user), **_TIMES},
}
