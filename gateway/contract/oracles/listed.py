"""The records of a list that are compared one by one: all of them, or a part of a long list.

A deployment may have any number of records, also from earlier runs, so that nothing may depend on walking a whole list.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from dialects.legacy import team
from dialects.v1.users import user_fields
from gateway.contract.oracles.api import EVERYTHING, Query
from gateway.contract.oracles.filters import FILTERS
from gateway.contract.oracles.resources import IDS, RESOURCES
from gateway.contract.oracles.scene import Scene

MAX_COMPARED = 400  # records of one list
WITH_STATES = ("/clients", "/group_settings", "/webhooks")  # of /api/v1, where deleted records can be listed and read


@dataclass(frozen=True)
class Listed:
    """The first records of a list, the query and the order in which they are listed, and the total of the list."""

    records: list[dict[str, Any]]
    query: Mapping[str, str]
    order: Mapping[str, str]
    total: int
    complete: bool  # whether the list ends with them

    @property
    def ids(self) -> list[Any]:
        """The ids of the records."""
        return [each["id"] for each in self.records]


def paths_of(scene: Scene) -> list[str]:
    """Return the paths of the dialect's lists that have known filters."""
    return [path for dialect, path in FILTERS if dialect == scene.dialect]


def sort_columns(scene: Scene, path: str) -> dict[str, str]:
    """Return the sort columns of a list, each with the key that shows its value."""
    tables = {(each.dialect, each.path): each.table for each in RESOURCES}
    tables |= {("api", "/team"): team.FIELDS, ("v1", "/users"): user_fields(IDS)}
    return {str(row.sort): str(row.key) for row in tables[(scene.dialect, path)].fields() if row.sort and row.key}


def unfiltered(scene: Scene, path: str) -> Listed:
    """Return every record of a list, those of a recent part of a long one, or those it begins with."""
    whole = _in_all_states(scene, path)
    if whole.complete:
        return whole
    part = _in_all_states(scene, path, _recent(scene, path))
    return part if part.complete and part.records else whole


def newest_first(scene: Scene, path: str) -> Listed:
    """Return every record of a list in its default order, or the newest ones of a long list.

    A filter of a long list finds those of them that match, and then others: filters keep the order.
    """
    whole = _in_all_states(scene, path)
    return whole if whole.complete else _newest(scene, path)


def shown_with(scene: Scene, path: str) -> dict[str, str]:
    """Return the query for everything that the filters of a list look at."""
    return {"include": "tags"} if scene.dialect == "v1" and path == "/clients" else {}


def beginning(scene: Scene, path: str, query: Query, order: Query = EVERYTHING, more: Query = EVERYTHING) -> Listed:
    """Return the first records of a list. `more` are parameters of what is shown of each."""
    records, total = scene.api.counted(path, {**query, **order, **more}, MAX_COMPARED)
    return Listed(records, query, order, total, total <= MAX_COMPARED or len(records) < MAX_COMPARED)


def _in_all_states(scene: Scene, path: str, query: Query = EVERYTHING, order: Query = EVERYTHING) -> Listed:
    states = {"with_trashed": "true"} if scene.dialect == "v1" and path in WITH_STATES else {}
    return beginning(scene, path, {**states, **query}, order, shown_with(scene, path))


def _newest(scene: Scene, path: str) -> Listed:
    if scene.dialect == "v1":
        return _in_all_states(scene, path, order={"sort": "id|desc"})
    created = next(each for each in sort_columns(scene, path) if each.endswith("created"))
    return _in_all_states(scene, path, order={"sort": created, "order": "desc"})


def _recent(scene: Scene, path: str) -> dict[str, str]:
    """Return a filter for the records made lately (/api/v1), or for those of this run, whose names tell it (/api)."""
    if scene.dialect == "api":
        return {"search": scene.run}
    made = [each["created_at"] for each in _newest(scene, path).records]
    # Some of the records made within the oldest of these seconds are missing, so the next one is the first.
    return {"created_at": str(min(min(made) + 1, max(made)))}
