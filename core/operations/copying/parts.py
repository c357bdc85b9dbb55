"""The rows of each table that belong to one company, and that are copied to another register.

Every table with a company is copied, and so is what belongs to its keys. What waits to be sent is copied only on
request, or two registers would send it. Leases, unfinished answers and the progress of backfills belong to the register
that made them.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Table, select

from core.clients import category_backfill
from core.models import (
    categories,
    client_counts,
    companies,
    discarded_objects,
    idempotency_keys,
    login_guesses,
    metadata,
    outbox,
    tokens,
    webhook_deliveries,
    webhooks,
)
from core.operations.copying.rows import Part

_WITHOUT_COMPANY = (discarded_objects, login_guesses)
_COUNTED_AGAIN = (client_counts,)
_VALUES: Mapping[Table, Mapping[str, int]] = {
    categories: {"unrendered_from": category_backfill.FIRST},
    webhooks: {"due_at": 0, "leased_until": 0},
}
WAITING: Mapping[Table, ColumnElement[bool]] = {
    outbox: outbox.c.sent_at == 0,
    webhook_deliveries: webhook_deliveries.c.ended_at == 0,
}
"""The conditions that a row waits to be sent, by table."""


@dataclass(frozen=True)
class CompanyParts:
    """The parts of a register's tables that belong to one company; `with_waiting` includes what waits to be sent."""

    company_id: int
    with_waiting: bool = False

    def all(self) -> dict[Table, Part]:
        """Return the part of each table, those first that others refer to."""
        left_out = (*_WITHOUT_COMPANY, *_COUNTED_AGAIN)
        kept = [each for each in metadata.sorted_tables if each.info.get("is_copied", True) and each not in left_out]
        return {table: Part(self._conditions(table), _VALUES.get(table, {})) for table in kept}

    def owned(self, table: Table) -> ColumnElement[bool]:
        """Return the condition that a row of the table is the company's."""
        if table is companies:
            return companies.c.id == self.company_id
        if "company_id" in table.c:
            return table.c["company_id"] == self.company_id
        keys = select(tokens.c.id).where(tokens.c.company_id == self.company_id)
        return table.c["token_id"].in_(keys)

    def _conditions(self, table: Table) -> list[ColumnElement[bool]]:
        conditions = [self.owned(table)]
        if table is idempotency_keys:
            conditions.append(idempotency_keys.c.status != 0)
        if table in WAITING and not self.with_waiting:
            conditions.append(~WAITING[table])
        return conditions
