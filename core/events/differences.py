"""The differences between two states of a client, for people to read: without secrets, and bounded in size."""

from collections.abc import Mapping, Sequence
from typing import Any

import orjson
from sqlalchemy import Boolean

from core.models import client_gateway_tokens, contacts, documents
from core.query import Record
from core.text.equality import is_same, is_same_json
from core.text.secrets import MASK

# Values that every change sets, and random names that give access.
_LEFT_OUT = frozenset(
    {
        "id",
        "company_id",
        "client_id",
        "client_hash",
        "contact_key",
        "object_key",
        "email_key",
        "display_name",
        "category_name",
        "category_is_default",
        "company_currency_id",
        "created_at",
        "updated_at",
        "version_ahead",
        "hash_told",
        "number_generated",
    }
)
_SECRET = frozenset({"password_hash", "token", "gateway_customer_reference", "meta"})
_CHILDREN = {"contacts": contacts, "documents": documents, "gateway_tokens": client_gateway_tokens}
_FLAGS = frozenset(
    str(column.name) for table in _CHILDREN.values() for column in table.columns if isinstance(column.type, Boolean)
)

_MAX_TEXT = 1000
_MAX_LIST = 100
_MAX_TREE = 8000  # bytes of JSON
_CUT = "…"

Difference = tuple[dict[str, Any], dict[str, Any]]


def differences(before: Record, after: Record) -> Difference:
    """Return the attributes that differ, with their values before and after.

    Of settings only the keys that differ are listed; contacts, documents and gateway tokens are listed by id, added and
    removed ones with all their values. A secret that differs is masked, and long text is cut.
    """
    was: dict[str, Any] = {}
    became: dict[str, Any] = {}
    for name, value in after.items():
        known = before[name]
        if name in _LEFT_OUT or is_same(known, value) or not (known or value):
            continue
        old, new = _difference(name, known, value)
        if old or new:
            was[name], became[name] = _bounded(old), _bounded(new)
    return was, became


def contents(client: Record) -> dict[str, Any]:
    """Return all values of a client that are not empty, in the same form."""
    present = {name: value for name, value in client.items() if value and name not in _LEFT_OUT}
    for name in present.keys() & _CHILDREN.keys():
        _, present[name] = _children_difference((), present[name])
    return {name: _bounded(value) for name, value in present.items()}


def _difference(name: str, known: Any, value: Any) -> tuple[Any, Any]:
    if name in _CHILDREN:
        return _children_difference(known, value)
    return _keys_difference(known, value) if isinstance(value, dict) else (known, value)


def _keys_difference(known: Mapping[str, Any], value: Mapping[str, Any]) -> Difference:
    keys = [key for key in {**known, **value} if not is_same_json(known.get(key), value.get(key))]
    return {key: known[key] for key in keys if key in known}, {key: value[key] for key in keys if key in value}


def _children_difference(known: Sequence[Record], value: Sequence[Record]) -> Difference:
    old, new = ({child["id"]: child for child in children} for children in (known, value))
    was, became = {}, {}
    for child_id in {**old, **new}:
        before, after = old.get(child_id), new.get(child_id)
        if before and after:
            names = [name for name in after if name not in _LEFT_OUT and not is_same(before[name], after[name])]
        else:
            names = [name for name, each in (before or after or {}).items() if name not in _LEFT_OUT and each]
        if before and names:
            was[str(child_id)] = {name: _shown(name, before[name]) for name in names}
        if after and names:
            became[str(child_id)] = {name: _shown(name, after[name]) for name in names}
    return was, became


def _shown(name: str, value: Any) -> Any:
    if name in _FLAGS:
        return bool(value)  # SQLite stores them as numbers
    return MASK if value and name in _SECRET else value


def _bounded(value: Any) -> Any:
    if isinstance(value, str) and len(value) > _MAX_TEXT:
        return value[:_MAX_TEXT] + _CUT
    if isinstance(value, list) and len(value) > _MAX_LIST:
        return [*value[:_MAX_LIST], _CUT]
    return _fitting(value) if isinstance(value, dict) else value


def _fitting(tree: dict[str, Any]) -> dict[str, Any]:
    if len(orjson.dumps(tree)) <= _MAX_TREE:
        return tree
    fitting: dict[str, Any] = {}
    size = 0
    for key, value in tree.items():
        size += len(key) + len(orjson.dumps(value))
        if size > _MAX_TREE:
            return fitting | {_CUT: f"{len(tree) - len(fitting)} more"}
        fitting[key] = value
    return fitting
