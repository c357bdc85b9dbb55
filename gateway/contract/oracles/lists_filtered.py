"""A filtered list equals the unfiltered list filtered here: the same records in the same order."""

import time
from collections.abc import Mapping, Sequence
from typing import Any

from gateway.contract.oracles.api import eventually
from gateway.contract.oracles.filters import FILTERS, Filter
from gateway.contract.oracles.listed import WITH_STATES, Listed, beginning, newest_first, paths_of, shown_with
from gateway.contract.oracles.scene import Scene, attempt, oracle, short
from gateway.contract.oracles.stocked import stock_lists

Shown = Mapping[str, Any]
_MAX_VALUES = 60  # of one filter
_STATES = ("active", "archived", "deleted")


@oracle("with every filter and operator, a list has exactly those records of the whole list that match")
def filters_find_exactly(scene: Scene) -> None:
    stock_lists(scene)
    for path in paths_of(scene):
        newest = newest_first(scene, path)
        whole, base = newest.records, newest.query
        if not whole:
            scene.not_reached(f"filters of {path}: nothing is listed")
        for name, each in FILTERS[(scene.dialect, path)].items():
            with attempt(scene, f"{path}?{name}"):
                compare(scene, path, base, {name: ""}, lambda _shown: True)
                if name in ("created_at", "updated_at"):
                    later = (str(int(time.time()) + hours * 3600) for hours in (12, 48))
                    soon, too_late = later  # a day allows for clocks that are ahead, and for time zones
                    for text in ("1700000000000", "4102444800", "2100-01-01", too_late):  # the first in milliseconds
                        scene.expect_status(scene.api.get(path, {name: text}), 422)
                    compare(scene, path, base, {name: soon}, lambda _shown: False)
                for text in _texts(whole, each):
                    compare(scene, path, base, {name: text}, lambda shown, f=each, t=text: f.holds(shown, t))


@oracle("two filters together find what matches both")
def filters_combine(scene: Scene) -> None:
    stock_lists(scene)
    for path in paths_of(scene):
        newest, known = newest_first(scene, path), FILTERS[(scene.dialect, path)]
        for position, record in enumerate(newest.records[:12]):
            with attempt(scene, path):
                usable = [(name, text) for name, f in known.items() for text in f.texts(record)[:1]]
                usable = [(name, text) for name, text in usable if known[name].holds(record, text)]
                for step in range(1, 3):
                    pair = dict([usable[position % len(usable)], usable[(position + step) % len(usable)]])
                    compare(
                        scene,
                        path,
                        newest.query,
                        pair,
                        lambda shown, p=pair, k=known: all(k[name].holds(shown, text) for name, text in p.items()),
                    )


@oracle(
    "each state, and each parameter about deleted records, lists exactly the records in these states", dialects=("v1",)
)
def states_list_exactly(scene: Scene) -> None:
    stock_lists(scene)
    for path in WITH_STATES:
        hiding = ("filter_deleted_clients", "without_deleted_clients") if path == "/clients" else ()
        cases: list[tuple[dict[str, str], set[str]]] = [
            ({}, {"active", "archived"}),
            ({"with_trashed": "true"}, set(_STATES)),
            ({"with_trashed": "false"}, {"active", "archived"}),
            ({"is_deleted": "true"}, {"deleted"}),
            ({"is_deleted": "false"}, {"active", "archived"}),
            *(({"status": state}, {state}) for state in _STATES),
            ({"status": "active,deleted"}, {"active", "deleted"}),
            ({"status": " active , deleted"}, {"active", "deleted"}),
            ({"status": "active,archived,deleted"}, set(_STATES)),
            *(({"status": state, "with_trashed": "true"}, {state}) for state in _STATES),
            ({"is_deleted": "false", "with_trashed": "true"}, {"active", "archived"}),
            ({"is_deleted": "true", "with_trashed": "true"}, {"deleted"}),
            *(({name: "true", "with_trashed": "true"}, {"active", "archived"}) for name in hiding),
            *(({name: "true", "is_deleted": "true"}, set[str]()) for name in hiding),
            *(({name: "false", "is_deleted": "true"}, {"deleted"}) for name in hiding),
        ]
        for query, states in cases:
            with attempt(scene, f"{path}?{query}"):
                compare(scene, path, {}, query, lambda shown, s=states: state_of(shown) in s)
        _check_states_of_found(scene, path)


def _check_states_of_found(scene: Scene, path: str) -> None:
    """A state restricts what another filter finds."""
    name, text = ("event_id", "1") if path == "/webhooks" else ("filter", scene.run)
    found = FILTERS[("v1", path)][name]
    for state in _STATES:
        with attempt(scene, f"{path}?{name}={text}&status={state}"):
            query = {name: text, "status": state}
            compare(scene, path, {}, query, lambda shown, s=state: state_of(shown) == s and found.holds(shown, text))


def state_of(shown: Shown) -> str:
    """Return the state of a record of /api/v1."""
    return "deleted" if shown["is_deleted"] else "archived" if shown["archived_at"] else "active"


@oracle("a value that no record has finds nothing, and an unknown parameter is named and has no effect")
def unknown_parameters_change_nothing(scene: Scene) -> None:
    for path in paths_of(scene):
        plain = scene.api.get(path)
        answer = scene.api.get(path, {"proof_unknown": "1"})
        scene.expect_equal(answer.data, plain.data, f"{answer} beside the same without the parameter")
        ignored = answer.headers.get("X-Ignored-Query", "")
        scene.expect("proof_unknown" in ignored, f"{answer}: X-Ignored-Query is {ignored!r}")
        scene.expect("X-Ignored-Query" not in plain.headers, f"{plain} names an ignored parameter that was not sent")
        strict = dict.fromkeys(("handling=strict", "respond-async, Handling=strict", 'handling="strict", wait=5'), 422)
        for prefer, status in (*strict.items(), ("handling=lenient", 200)):
            said = scene.api.get(path, {"proof_unknown": "1"}, headers={"Prefer": prefer})
            scene.expect_status(said, status)


def _texts(whole: Sequence[Shown], definition: Filter) -> list[str]:
    """Return the values to try: distinct ones of records from all parts of the list, and those always tried."""
    texts: dict[str, None] = {}
    step = max(1, len(whole) // 20)
    by_record = [definition.texts(record) for record in whole[::step]]
    for position in range(max(map(len, by_record), default=0)):
        for values in by_record:
            if position < len(values):
                texts.setdefault(values[position])
    chosen = list(texts)
    step = max(1, len(chosen) // _MAX_VALUES)
    return list(dict.fromkeys([*definition.always, *chosen[::step]]))


def compare(scene: Scene, path: str, base: Mapping[str, str], query: Mapping[str, str], holds: Any) -> None:
    """Compare a filtered list with the whole one as it is now, because others may write to a deployment."""
    found, wanted = list[Any](), list[Any]()
    total = 0
    for _ in eventually(1 if scene.alone else 3, 1.0):
        known = _cached(scene, path)
        order = {} if known.complete else {**known.order, **shown_with(scene, path)}
        listed = beginning(scene, path, {**order, **base, **query})
        found, wanted = listed.ids, [each["id"] for each in known.records if holds(each)]
        if not known.complete:  # there are others, older than those known, that match
            wanted += [each["id"] for each in listed.records[len(wanted) :] if holds(each)]
        total = listed.total if listed.complete else len(found)
        if found == wanted and total == len(found):
            break
        _whole.clear()
    missing, more = [each for each in wanted if each not in found], [each for each in found if each not in wanted]
    words = f"lacks {short(missing)}, has {short(more)} in addition" if missing or more else "is in another order"
    if scene.expect(found == wanted, f"{path} {dict(query)}: the list {words}"):
        scene.expect(total == len(found), f"{path} {dict(query)}: the total is {total} of {len(found)} records")


_whole: dict[str, Listed] = {}


def _cached(scene: Scene, path: str) -> Listed:
    key = f"{scene.api.url} {scene.api.token} {scene.dialect} {path} {scene.verdict.name}"
    if key not in _whole:
        _whole.clear()
        _whole[key] = newest_first(scene, path)
    return _whole[key]
