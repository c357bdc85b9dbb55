"""Every sort column orders the list, in both directions, and the id breaks ties in the direction of the last level."""

from collections.abc import Mapping, Sequence
from itertools import groupby, pairwise
from typing import Any

from dialects.legacy import team
from dialects.v1.users import user_fields
from gateway.contract.oracles.lists_filtered import paths_of, unfiltered
from gateway.contract.oracles.resources import IDS, RESOURCES
from gateway.contract.oracles.scene import Scene, at, attempt, oracle
from gateway.contract.oracles.stocked import stock_lists

Shown = Mapping[str, Any]
Keys = Mapping[str, str]
_SECONDS = ("created_at", "updated_at", "archived_at")
_STATES = {"active": 0, "suspended": 1}
_LEVELS = {
    "/clients": (("vat_number", "phone"), ("country_id", "name"), ("size_id", "industry_id")),
    "/documents": (("type", "name"), ("name", "id")),
    "/group_settings": (("archived_at", "name"),),
    "/users": (("last_name", "first_name"),),
    "/webhooks": (("event_id", "target_url"), ("rest_method", "event_id")),
}


def sort_columns(scene: Scene, path: str) -> dict[str, str]:
    """Return the sort columns of a list, each with the key that shows its value."""
    tables = {(each.dialect, each.path): each.table for each in RESOURCES}
    tables |= {("api", "/team"): team.FIELDS, ("v1", "/users"): user_fields(IDS)}
    return {str(row.sort): str(row.key) for row in tables[(scene.dialect, path)].fields() if row.sort and row.key}


@oracle("every sort column orders the list in both directions, with ties broken by the id")
def sorts_order(scene: Scene) -> None:
    stock_lists(scene)
    for path in paths_of(scene):
        whole, base = unfiltered(scene, path)
        rank = _ranks(scene, path, base)
        for column, key in sort_columns(scene, path).items():
            with attempt(scene, f"{path} sorted by {column}"):
                up, down = (_sorted(scene, path, base, column, word) for word in ("asc", "DESC"))
                scene.expect(len(up) == len(whole), f"{path} sorted by {column} has {len(up)} of {len(whole)} records")
                ids = [each["id"] for each in up]
                scene.expect(
                    ids == [each["id"] for each in reversed(down)],
                    f"{path}: {column} descending is not the reverse of {column} ascending",
                )
                _ascends(scene, f"{path} sorted by {column}", up, [key], rank)


@oracle("a list without a sort parameter is in its default order")
def default_order(scene: Scene) -> None:
    stock_lists(scene)
    for path in paths_of(scene):
        listed, base = unfiltered(scene, path)
        rank = _ranks(scene, path, base)
        ranks = [rank[each["id"]] for each in listed]
        newest_first = scene.dialect == "api" and path != "/contacts"
        wanted = sorted(ranks, reverse=newest_first)
        scene.expect(
            ranks == wanted, f"{path}: the default order is not {'newest' if newest_first else 'oldest'} first"
        )


@oracle("a sort by several columns applies them one after the other", dialects=("v1",))
def sorts_have_levels(scene: Scene) -> None:
    stock_lists(scene)
    for path, pairs in _LEVELS.items():
        whole, base = unfiltered(scene, path)
        rank = _ranks(scene, path, base)
        for pair in pairs:
            with attempt(scene, f"{path}?sort={pair}"):
                _check_levels(scene, path, pair, whole, base, rank)


def _check_levels(
    scene: Scene, path: str, pair: tuple[str, str], whole: Sequence[Shown], base: Mapping[str, str], rank: Any
) -> None:
    first, second = pair
    for form in ([("sort", f"{first}|asc,{second}|asc")], [("sort[]", f"{first}|asc"), ("sort[]", second)]):
        size: list[tuple[str, Any]] = [("per_page", 5000), *base.items(), *form]
        listed = scene.api.get(path, size).data
        scene.expect(len(listed) == len(whole), f"{path}?sort={first},{second} lists {len(listed)} of {len(whole)}")
        _ascends(scene, f"{path} sorted by {form}", listed, [first, second], rank)
    up, mixed = (
        _by(first, scene.api.all(path, {**base, "sort": f"{first}|asc,{second}|{word}"})) for word in ("asc", "desc")
    )
    turned = [(value, ids[::-1]) for value, ids in up]
    scene.expect_equal(mixed, turned, f"{path} sorted by {first}, and by {second} descending")


def _by(key: str, listed: Sequence[Shown]) -> list[tuple[Any, list[Any]]]:
    """Return the ids of records by their value at a key, in the order of the list."""
    return [(value, [each["id"] for each in some]) for value, some in groupby(listed, lambda each: each[key])]


@oracle("contacts and contact_email sort by the primary contact's email", dialects=("v1",), subjects=("clients",))
def sorts_by_contact(scene: Scene) -> None:
    stock_lists(scene)
    for column in ("contacts", "contact_email"):
        listed = scene.api.all("/clients", {"sort": f"{column}|asc"})
        emails = [next((c["email"] for c in each["contacts"] if c["is_primary"]), "").lower() for each in listed]
        scene.expect(emails == sorted(emails), f"/clients sorted by {column} is not")


def _sorted(scene: Scene, path: str, base: Mapping[str, str], column: str, word: str) -> list[dict[str, Any]]:
    if scene.dialect == "api":
        return scene.api.all(path, {**base, "sort": column, "order": word})
    return scene.api.all(path, {**base, "sort": f"{column}|{word}"})


def _ranks(scene: Scene, path: str, base: Mapping[str, str]) -> dict[Any, int]:
    """Return the position of each record by id, because the order of ids is not visible if they are hashed."""
    if scene.dialect == "api":
        return {each["id"]: each["id"] for each in scene.api.all(path, base)}
    return {each["id"]: place for place, each in enumerate(scene.api.all(path, {**base, "sort": "id|asc"}))}


def _ascends(scene: Scene, where: str, listed: Sequence[Shown], keys: Sequence[str], rank: Mapping[Any, int]) -> None:
    for one, next_one in pairwise(listed):
        order = _order(one, next_one, keys)
        ok = order < 0 or (order == 0 and rank[one["id"]] < rank[next_one["id"]])
        ok = ok or order == 2
        said = [(at(each, key), each["id"]) for each in (one, next_one) for key in keys]
        if not scene.expect(ok, f"{where}: {said} are in the wrong order"):
            return


def _order(one: Shown, other: Shown, keys: Sequence[str]) -> int:
    """Return -1, 0 or 1; 2 if only the database knows the order: letters beyond ASCII, and parts of a second."""
    for key in keys:
        if key == "id" or (key in _SECONDS and at(one, key) == at(other, key) != 0):
            return 0 if key == "id" else 2
        first, second = _key(key, at(one, key)), _key(key, at(other, key))
        if first != second:
            if any(isinstance(part, str) and not part.isascii() for part in (*first, *second)):
                return 2
            return -1 if first < second else 1
    return 0


def _key(key: str, value: Any) -> tuple[Any, ...]:
    if key == "status":
        return (_STATES.get(value, 2),)
    if key == "number" and str(value).isdigit() and str(value).isascii():
        return (0, int(value))
    if key == "number":
        return (1, str(value).lower())
    if key in ("country_id", "shipping_country_id"):
        return (int(value or 0),)
    return (str(value or "").lower(),) if not isinstance(value, int | float) else (value,)
