"""Payment gateway tokens: references to a client's means of payment, kept for the billing system that owns them."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, insert

from core.clock import now
from core.models import client_gateway_tokens


def add(connection: Connection, company_id: int, client_id: int, values: Mapping[str, Any]) -> int:
    """Store a token of a client and return its id."""
    at = now()
    row = {"company_id": company_id, "client_id": client_id, "created_at": at, "updated_at": at} | dict(values)
    statement = insert(client_gateway_tokens).values(row).returning(client_gateway_tokens.c.id)
    return int(connection.execute(statement).scalar_one())
