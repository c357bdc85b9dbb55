"""What each dialect shows of a client, as an SQL expression over the row `c` with its company `o` and category `g`.

That of /api is the finished JSON. That of /api/v1 has numbers for hashed ids, which no database can compute.
"""

from collections.abc import Mapping

from tests.bench.expert.engines import Pairs, Sql

FROM = "clients c JOIN companies o ON o.id = c.company_id JOIN categories g ON g.id = c.category_id"

_MINE = "company_id = c.company_id AND {table}.client_id = c.id"
_CONTACTS = f"FROM contacts WHERE contacts.{_MINE.format(table='contacts')} ORDER BY is_primary DESC, id"
_OWNER = "FROM contacts p WHERE p.company_id = c.company_id AND p.client_id = c.id ORDER BY p.is_primary DESC, p.id"
_DOCUMENTS = f"FROM documents WHERE documents.{_MINE.format(table='documents')} ORDER BY id"
_TAGS = f"FROM client_tags WHERE client_tags.{_MINE.format(table='client_tags')} ORDER BY position"
_GATEWAY_TOKENS = (
    f"FROM client_gateway_tokens WHERE client_gateway_tokens.{_MINE.format(table='client_gateway_tokens')} ORDER BY id"
)


def legacy(sql: Sql) -> str:
    """/api's client."""
    pairs = {
        "id": "c.id",
        "company_name": "c.display_name",
        "description": _or_null("c.private_notes"),
        "status": "CASE WHEN c.archived_at > 0 THEN 'suspended' ELSE 'active' END",
        "phone": _or_null("c.phone"),
        "website": _or_null("c.website"),
        "vat": _or_null("c.vat_number"),
        "category": sql.object({"id": "g.id", "name": "g.name"}),
        "owner": sql.first({"id": "p.id", "name": "p.first_name || ' ' || p.last_name"}, _OWNER),
        "billing": sql.object(_address("") | {"invoice_due_days": "c.settings ->> 'payment_terms'"}),
        "shipping": sql.object(_address("shipping_")),
        "dates": sql.object({"created": sql.time("c.created_at"), "updated": sql.time("c.updated_at")}),
        "tags": sql.texts("title", _TAGS),
    }
    return sql.object(pairs)


def _address(prefix: str) -> dict[str, str]:
    one, two = f"c.{prefix}address1", f"c.{prefix}address2"
    between = f"CASE WHEN {one} <> '' AND {two} <> '' THEN ', ' ELSE '' END"
    rest = {"city": "city", "state": "region", "zip": "postal_code", "country": "country_text"}
    street = {"street": f"NULLIF({one} || {between} || {two}, '')"}
    return street | {name: _or_null(f"c.{prefix}{column}") for name, column in rest.items()}


def _or_null(column: str) -> str:
    return f"NULLIF({column}, '')"


def v1(sql: Sql, public_url: str) -> str:
    """/api/v1's client, with numbers for ids."""
    pairs = {
        "id": "c.id",
        **_columns("c", "user_id", "assigned_user_id", "name", "website", "private_notes"),
        "balance": _money("c.balance"),
        "group_settings_id": f"CASE WHEN {_is_true('g.is_default')} THEN 0 ELSE g.id END",
        "paid_to_date": _money("c.paid_to_date"),
        "credit_balance": _money("c.credit_balance"),
        "last_login": "0",
        **_columns("c", "size_id", "public_notes", "client_hash", "address1", "address2", "phone", "city"),
        "state": "c.region",
        "postal_code": "c.postal_code",
        "country_id": _country("c.country_id"),
        **_columns("c", "industry_id", *(f"custom_value{n}" for n in range(1, 5))),
        **_columns("c", "shipping_address1", "shipping_address2", "shipping_city"),
        "shipping_state": "c.shipping_region",
        "shipping_postal_code": "c.shipping_postal_code",
        "shipping_country_id": _country("c.shipping_country_id"),
        "settings": sql.merged(
            sql.object({"entity": r"'App\Models\Client'", "currency_id": "o.currency_id"}), "c.settings"
        ),
        "is_deleted": sql.truth("c.deleted_at > 0"),
        **_columns("c", "vat_number", "id_number"),
        **_times("c", "updated_at", "archived_at", "created_at"),
        **_columns("c", "display_name", "number"),
        "contacts": sql.array(_contact(sql, public_url), _CONTACTS),
        "documents": sql.array(_document(sql), _DOCUMENTS),
        "gateway_tokens": sql.array(_gateway_token(sql), _GATEWAY_TOKENS),
    }
    return sql.object(pairs)


def _contact(sql: Sql, public_url: str) -> Pairs:
    return {
        **_columns("contacts", "id", "first_name", "last_name", "email"),
        **_times("contacts", "created_at", "updated_at", "archived_at"),
        "is_primary": sql.truth(_is_true("contacts.is_primary")),
        "is_locked": sql.truth(_is_true("contacts.is_locked")),
        **_columns("contacts", "phone", *(f"custom_value{n}" for n in range(1, 5)), "contact_key"),
        "send_email": sql.truth(_is_true("contacts.send_email")),
        **_times("contacts", "last_login"),
        "password": "CASE WHEN contacts.password_hash <> '' THEN '**********' ELSE '' END",
        "link": f"'{public_url}/client/key_login/' || contacts.contact_key",
    }


def _document(sql: Sql) -> Pairs:
    empty = ("assigned_user_id", "project_id", "vendor_id", "preview")
    return {
        **_columns("documents", "id", "user_id"),
        **dict.fromkeys(empty, "''"),
        **_columns("documents", "name", "type"),
        "disk": "'public'",
        "hash": "documents.object_key",
        **_columns("documents", "size", "width", "height"),
        "is_default": sql.truth("1 = 0"),
        **_times("documents", "updated_at"),
        "archived_at": "0",
        **_times("documents", "created_at"),
        "is_deleted": sql.truth("1 = 0"),
        "url": "''",
    }


def _gateway_token(sql: Sql) -> Pairs:
    table = "client_gateway_tokens"
    return {
        **_columns(table, "id", "token", "gateway_customer_reference", "company_gateway_id", "gateway_type_id"),
        "is_default": sql.truth(_is_true(f"{table}.is_default")),
        "meta": sql.merged("'{}'", f"{table}.meta"),
        **_times(table, "created_at", "updated_at"),
        "archived_at": "0",
        "is_deleted": sql.truth("1 = 0"),
    }


def _columns(table: str, *names: str) -> Mapping[str, str]:
    return {name: f"{table}.{name}" for name in names}


def _times(table: str, *names: str) -> Mapping[str, str]:
    return {name: f"{table}.{name} / 1000000" for name in names}


def _money(column: str) -> str:
    return f"{column} / 1000000.0"


def _country(column: str) -> str:
    return f"CASE WHEN {column} = 0 THEN '' ELSE CAST({column} AS TEXT) END"


def _is_true(column: str) -> str:
    # Both engines know the word; SQLite's columns hold 0 and 1.
    return f"{column} = TRUE"
