"""Previews of a change: a client as every dialect would show it, with the changes marked."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection

from core.clients import clients
from core.database.savepoints import dry_run
from core.models.records import ClientRecord
from core.text.plural import counted
from gateway.pages.bridge.client_dialects import ClientDialect, Link
from gateway.pages.bridge.json_lines import NOT_COMPARED, Line, lines
from gateway.pages.bridge.member_pages import PageRequest


@dataclass(frozen=True)
class Preview:
    """One dialect's view. `changes` is the number of changed lines, in words; `""` if there was no client before."""

    client_dialect: ClientDialect
    lines: Sequence[Line]
    changes: str


class Previewer:
    """Shows what a change would make of a client, without making it."""

    def __init__(self, client_dialects: Sequence[ClientDialect], links: Sequence[Mapping[str, Link]]) -> None:
        self._client_dialects = list(zip(client_dialects, links, strict=True))

    def of(
        self, page_request: PageRequest, before: ClientRecord | None, change: Callable[[Connection], int]
    ) -> list[Preview]:
        """Return the views after `change`, which returns the client's id. Raises what that raises."""

        def unit(connection: Connection) -> ClientRecord:
            return clients.get(connection, page_request.member.actor, change(connection)).record

        after = dry_run(page_request.connection, unit)
        return self.compared(before, after)

    def compared(self, before: ClientRecord | None, after: ClientRecord) -> list[Preview]:
        """Return the views of a client, each compared with that of the same client before, if there was one."""
        return [self._preview(client_dialect, links, before, after) for client_dialect, links in self._client_dialects]

    def _preview(
        self, client_dialect: ClientDialect, links: Mapping[str, Link], before: ClientRecord | None, after: ClientRecord
    ) -> Preview:
        was: Any = NOT_COMPARED
        if before is not None:
            # The time of the change is always new, and in every view.
            was = client_dialect.show(before | {"updated_at": after["updated_at"]})
        shown = lines(client_dialect.show(after), links if client_dialect.sees(after) else {}, was)
        number = sum(line.change != "" for line in shown)
        return Preview(client_dialect, shown, "" if before is None else counted(number, "changed line"))
