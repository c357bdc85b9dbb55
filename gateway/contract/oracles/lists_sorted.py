"""Every sort column orders the list, in both directions, and the id breaks ties in the direction of the last level."""

from collections.abc import Mapping, Sequence
from itertools import groupby, pairwise
from typing import Any

from gateway.contract.oracles.listed import Listed, beginning, paths_of, sort_columns, unfiltered
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


@oracle("every sort column orders the list in both directions, with ties broken by the id")
def sorts_order(scene: Scene) -> None:
    stock_lists(scene)
    for path in paths_of(scene):
        known = unfiltered(scene, path)
        rank = _ranks(scene, path, known)
        for column, key in sort_columns(scene, path).items():
            with attempt(scene, f"{path} sorted by {column}"):
                up, down = (_sorted(scene, path, known.query, column, word) for word in ("asc", "DESC"))
                found, wanted = len(up), len(known.records)
                scene.expect(found == wanted, f"{path} sorted by {column} has {found} of {wanted} records")
                _ascends(scene, f"{path} sorted by {column}", up, [key], rank)
                if not known.complete:  # the list ends with other records than it begins with
                    _ascends(scene, f"{path} sorted by {column} descending", down[::-1], [key], rank)
                    continue
                ids = [each["id"] for each in up]
                scene.expect(
                    ids == [each["id"] for each in reversed(down)],
                    f"{path}: {column} descending is not the reverse of {column} ascending",
                )


@oracle("a list without a sort parameter is in its default order")
def default_order(scene: Scene) -> None:
    stock_lists(scene)
    for path in paths_of(scene):
        known = unfiltered(scene, path)
        rank = _ranks(scene, path, known)
        ranks = [rank[each["id"]] for each in known.records]
        newest_first = scene.dialect == "api" and path != "/contacts"
        wanted = sorted(ranks, reverse=newest_first)
        scene.expect(
            ranks == wanted, f"{path}: the default order is not {'newest' if newest_first else 'oldest'} first"
        )


@oracle("a sort by several columns applies them one after the other", dialects=("v1",))
def sorts_have_levels(scene: Scene) -> None:
    stock_lists(scene)
    for path, pairs in _LEVELS.items():
        known = unfiltered(scene, path)
        rank = _ranks(scene, path, known)
        for pair in pairs:
            with attempt(scene, f"{path}?sort={pair}"):
                _check_levels(scene, path, pair, known, rank)


def _check_levels(scene: Scene, path: str, pair: tuple[str, str], known: Listed, rank: Mapping[Any, int]) -> None:
    first, second = pair
    for form in ([("sort", f"{first}|asc,{second}|asc")], [("sort[]", f"{first}|asc"), ("sort[]", second)]):
        wanted = len(known.records)
        size: list[tuple[str, Any]] = [("per_page", wanted + known.complete), *known.query.items(), *form]
        found = scene.api.get(path, size).data
        scene.expect(len(found) == wanted, f"{path}?sort={first},{second} lists {len(found)} of {wanted}")
        _ascends(scene, f"{path} sorted by {form}", found, [first, second], rank)
    if not known.complete:
        scene.not_reached(f"{path} sorted by {first}, and by {second} descending: too many records")
        return
    up, mixed = (
        _by(first, scene.api.all(path, {**known.query, "sort": f"{first}|asc,{second}|{word}"}))
        for word in ("asc", "desc")
    )
    turned = [(value, ids[::-1]) for value, ids in up]
    scene.expect_equal(mixed, turned, f"{path} sorted by {first}, and by {second} descending")


def _by(key: str, listed: Sequence[Shown]) -> list[tuple[Any, list[Any]]]:
    """Return the ids of records by their value at a key, in the order of the list; letters have no case there.

    Records with a time are left out: those of one second have different parts of it, which are not shown.
    """
    exact = [each for each in listed if key not in _SECONDS or not each[key]]
    groups = groupby(exact, lambda each: _key(key, each[key]))
    return [(value, [each["id"] for each in some]) for value, some in groups]


@oracle("contacts and contact_email sort by the primary contact's email", dialects=("v1",), subjects=("clients",))
def sorts_by_contact(scene: Scene) -> None:
    stock_lists(scene)
    for column in ("contacts", "contact_email"):
        listed = scene.api.all("/clients", {"sort": f"{column}|asc"})
        emails = [next((c["email"] for c in each["contacts"] if c["is_primary"]), "").lower() for each in listed]
        scene.expect(emails == sorted(emails), f"/clients sorted by {column} is not")


def _sorted(scene: Scene, path: str, base: Mapping[str, str], column: str, word: str) -> list[dict[str, Any]]:
    order = {"sort": column, "order": word} if scene.dialect == "api" else {"sort": f"{column}|{word}"}
    return beginning(scene, path, base, order).records


def _ranks(scene: Scene, path: str, known: Listed) -> Mapping[Any, int]:
    """Return the position of each record by id, because the order of ids is not visible if they are hashed."""
    if scene.dialect == "api":
        return {each["id"]: each["id"] for each in known.records}
    by_id = _sorted(scene, path, known.query, "id", "asc")
    return {each["id"]: place for place, each in enumerate(by_id)}


def _ascends(scene: Scene, where: str, listed: Sequence[Shown], keys: Sequence[str], rank: Mapping[Any, int]) -> None:
    for one, next_one in pairwise(listed):
        order = _order(one, next_one, keys)
        ids = [rank.get(each["id"], each["id"]) for each in (one, next_one)]
        unknown = any(isinstance(each, str) for each in ids)  # of a long list, not all positions are known
        ok = order in (-1, 2) or (order == 0 and (unknown or ids[0] < ids[1]))
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
