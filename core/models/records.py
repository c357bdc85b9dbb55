"""Typed records: rows of the tables as they are read, so that the type checker finds misspelt columns.

Each kind has the columns of its table, and the values that are read with them. A record may be partial; which columns
are required is defined by the table. Records must not be changed, because they may be shared; `with_values` returns a
changed copy.
"""

from collections.abc import Mapping
from typing import Any, TypedDict, TypeVar, cast

from core.query import Record, StoredRecord


class Row(TypedDict, total=False):
    """What every row of a company has."""

    id: int
    company_id: int


class CategoryRecord(Row, total=False):
    """A category or group setting; lists add the numbers of its clients."""

    name: str
    searched: str
    description: str
    visibility: str
    icon: str
    settings: dict[str, Any]
    is_default: bool
    created_at: int
    updated_at: int
    archived_at: int
    deleted_at: int
    unrendered_from: int
    version_ahead: int
    client_count: int
    clients: int
    version_at: int


class ContactRecord(Row, total=False):
    """A contact of a client, or a contact-type user; with the client's name if it is read by its own id."""

    client_id: int | None
    first_name: str
    last_name: str
    email: str
    email_key: str
    phone: str
    custom_value1: str
    custom_value2: str
    custom_value3: str
    custom_value4: str
    is_primary: bool
    is_locked: bool
    send_email: bool
    password_hash: str
    contact_key: str
    last_login: int
    job_position: str
    social: dict[str, Any]
    searched: str
    created_at: int
    updated_at: int
    archived_at: int
    deleted_at: int
    client_deleted: bool
    client_name: str
    client_at: int


class DocumentRecord(Row, total=False):
    """A file of a client."""

    client_id: int
    user_id: int | None
    name: str
    type: str
    object_key: str
    size: int
    width: int
    height: int
    is_public: bool
    searched: str
    created_at: int
    updated_at: int


class GatewayTokenRecord(Row, total=False):
    """A reference to a client's means of payment."""

    client_id: int
    token: str
    gateway_customer_reference: str
    company_gateway_id: str
    gateway_type_id: str
    is_default: bool
    meta: dict[str, Any]
    created_at: int
    updated_at: int


class NoteRecord(Row, total=False):
    """A note on a client."""

    client_id: int
    user_id: int | None
    title: str
    description: str
    visibility: str
    tags: dict[str, Any]
    searched: str
    created_at: int
    updated_at: int
    author: str


class ClientRecord(Row, total=False):
    """A client with all that belongs to it."""

    user_id: int | None
    assigned_user_id: int | None
    category_id: int
    name: str
    display_name: str
    number: str
    id_number: str
    vat_number: str
    website: str
    phone: str
    private_notes: str
    public_notes: str
    industry_id: str
    size_id: str
    address1: str
    address2: str
    city: str
    region: str
    postal_code: str
    country_id: int
    country_text: str
    shipping_address1: str
    shipping_address2: str
    shipping_city: str
    shipping_region: str
    shipping_postal_code: str
    shipping_country_id: int
    shipping_country_text: str
    custom_value1: str
    custom_value2: str
    custom_value3: str
    custom_value4: str
    classification: str
    extras: dict[str, Any]
    more_custom_values: dict[str, Any]
    settings: dict[str, Any]
    balance: int
    paid_to_date: int
    credit_balance: int
    client_hash: str
    hash_told: bool
    number_generated: bool
    version_ahead: int
    created_at: int
    updated_at: int
    archived_at: int
    deleted_at: int
    category_name: str
    category_is_default: bool
    company_currency_id: str
    contacts: list[ContactRecord]
    documents: list[DocumentRecord]
    gateway_tokens: list[GatewayTokenRecord]
    tags: list[str]


StoredClient = StoredRecord[ClientRecord]
StoredCategory = StoredRecord[CategoryRecord]
StoredNote = StoredRecord[NoteRecord]
StoredContact = StoredRecord[ContactRecord]

R = TypeVar("R", bound=Record)


def with_values(record: R, values: Mapping[str, Any]) -> R:
    """Return a copy of the record with these values. Their names are checked by the tables."""
    return cast(R, {**record, **values})
