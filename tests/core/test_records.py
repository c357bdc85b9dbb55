"""The record types declare what the tables have, so that the type checker is right about columns."""

from typing import Any, get_args, get_type_hints

import pytest
from sqlalchemy import JSON, Boolean, String, Table

from core import models
from core.models import operating_records, records

KINDS = {
    models.activities: operating_records.ActivityRecord,
    models.categories: records.CategoryRecord,
    models.client_gateway_tokens: records.GatewayTokenRecord,
    models.clients: records.ClientRecord,
    models.companies: operating_records.CompanyRecord,
    models.contacts: records.ContactRecord,
    models.documents: records.DocumentRecord,
    models.notes: records.NoteRecord,
    models.outbox: operating_records.MailRecord,
    models.tokens: operating_records.KeyRecord,
    models.users: operating_records.UserRecord,
    models.webhook_deliveries: operating_records.DeliveryRecord,
    models.webhooks: operating_records.WebhookRecord,
}


@pytest.mark.parametrize(("table", "kind"), KINDS.items(), ids=lambda each: getattr(each, "name", ""))
def test_a_kind_of_records_has_each_column_of_its_table_in_its_type(table: Table, kind: type) -> None:
    told = get_type_hints(kind)
    assert {column.name: told.get(column.name) for column in table.columns} == {
        column.name: _type_of(column.type, bool(column.nullable)) for column in table.columns
    }


def test_a_client_has_the_kinds_of_its_children() -> None:
    told = get_type_hints(records.ClientRecord)
    children = {name: get_args(told[name]) for name in ("contacts", "documents", "gateway_tokens", "tags")}
    assert children == {
        "contacts": (records.ContactRecord,),
        "documents": (records.DocumentRecord,),
        "gateway_tokens": (records.GatewayTokenRecord,),
        "tags": (str,),
    }


def _type_of(kind: Any, is_nullable: bool) -> Any:
    python = {JSON: dict[str, Any], Boolean: bool, String: str}
    plain = next((each for of, each in python.items() if isinstance(kind, of)), int)
    return plain | None if is_nullable else plain
