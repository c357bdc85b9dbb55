"""The preview of a dry run: the first clients as each dialect will show them."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection

from core.clients import records
from core.importing.incoming import Outcome
from schemas.fields import FieldMap

_COUNT = 3


def of_first(
    company_id: int, dialects: Mapping[str, FieldMap]
) -> Callable[[Connection, Sequence[Outcome]], Sequence[dict[str, Any]]]:
    """Return the function that shows the first clients of a page, by the prefix of each dialect."""

    def preview(connection: Connection, outcomes: Sequence[Outcome]) -> Sequence[dict[str, Any]]:
        ids = [each.id for each in outcomes if each.what != "refused" and each.id is not None][:_COUNT]
        found = {each.record["id"]: each.record for each in records.get_all(connection, company_id, ids)}
        shown = [found[client_id] for client_id in ids if client_id in found]
        return [{path: fields.render(record) for path, fields in dialects.items()} for record in shown]

    return preview


def lines(preview: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """Yield the preview for people, without empty values."""
    for number, client in enumerate(preview, 1):
        for path, shown in client.items():
            yield f"Client {number} as {path} will show it:"
            yield from (f"  {key}: {value}" for key, value in _flat("", shown) if value not in (None, "", 0, False))


def _flat(prefix: str, shown: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(shown, Mapping):
        for key, value in shown.items():
            yield from _flat(f"{prefix}.{key}" if prefix else key, value)
    elif isinstance(shown, list) and any(isinstance(each, Mapping) for each in shown):
        for index, value in enumerate(shown):
            yield from _flat(f"{prefix}.{index}", value)
    elif isinstance(shown, list):
        yield prefix, ", ".join(map(str, shown))
    else:
        yield prefix, shown
