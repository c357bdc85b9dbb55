"""indexes of what clients are filtered by, and what else they and documents are found by"""

import unicodedata

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

_BATCH = 1000
_SET_ONLY = {
    "vat_number": "vat_number <> ''",
    "phone": "phone <> ''",
    "country_id": "country_id <> 0",
    "industry_id": "industry_id <> ''",
    "size_id": "size_id <> ''",
    "assigned_user_id": "assigned_user_id IS NOT NULL",
}
# All digits: by how many there are without leading zeros, then by these. Everything else after them, as text.
_IS_DIGITS = "ltrim(number, '0123456789') = ''"
_NUMBER_LENGTH = f"CASE WHEN {_IS_DIGITS} THEN length(ltrim(number, '0')) ELSE 256 END"
_NUMBER_TEXT = f"CASE WHEN {_IS_DIGITS} THEN ltrim(number, '0') ELSE lower(number) END"

_TEXTS = ("number", "id_number", "custom_value1", "custom_value2", "custom_value3", "custom_value4")
_CLIENTS = sa.text(f"SELECT id, {', '.join(_TEXTS)} FROM clients WHERE id > :after ORDER BY id LIMIT :size")  # noqa: S608
_PEOPLE = sa.text(
    "SELECT contacts.client_id, contacts.first_name, contacts.last_name, contacts.email, contacts.phone"
    " FROM clients JOIN contacts ON contacts.company_id = clients.company_id AND contacts.client_id = clients.id"
    " WHERE clients.id BETWEEN :low AND :high AND contacts.deleted_at = 0"
    " ORDER BY contacts.client_id, contacts.is_primary DESC, contacts.id"
)
_FIND_BY = sa.text("UPDATE client_search SET rest = :rest WHERE client_id = :client_id")
_DOCUMENTS = sa.text("SELECT id, name FROM documents WHERE id > :after ORDER BY id LIMIT :size")
_FIND_DOCUMENT_BY = sa.text("UPDATE documents SET searched = :searched WHERE id = :id")


def upgrade() -> None:
    op.add_column("documents", sa.Column("searched", sa.Text(), server_default="", nullable=False))
    _find_documents(op.get_bind())
    _find_by_phone(op.get_bind())
    for column, is_set in _SET_ONLY.items():
        op.create_index(
            f"ix_clients_{column}",
            "clients",
            ["company_id", column, "id"],
            sqlite_where=sa.text(is_set),
            postgresql_where=sa.text(is_set),
        )
    values = [sa.text(f"({_NUMBER_LENGTH})"), sa.text(f"({_NUMBER_TEXT})")]
    op.create_index("ix_clients_number_value", "clients", ["company_id", *values, "id"])


def _find_documents(connection: sa.Connection) -> None:
    after = 0
    while rows := connection.execute(_DOCUMENTS, {"after": after, "size": _BATCH}).all():
        connection.execute(_FIND_DOCUMENT_BY, [{"id": row.id, "searched": _folded(row.name)} for row in rows])
        after = rows[-1].id


def _find_by_phone(connection: sa.Connection) -> None:
    after, found = 0, False
    while rows := connection.execute(_CLIENTS, {"after": after, "size": _BATCH}).all():
        with_phone = _with_phone(connection, rows[0].id, rows[-1].id)
        changed = [
            {"client_id": row.id, "rest": _rest(row, with_phone[row.id])} for row in rows if row.id in with_phone
        ]
        if changed:
            connection.execute(_FIND_BY, changed)
        after, found = rows[-1].id, found or bool(changed)
    if found and sa.inspect(connection).has_table("client_search_grams"):
        # PostgreSQL keeps its own index; that of SQLite is made of all rows at once.
        op.execute("INSERT INTO client_search_grams (client_search_grams) VALUES ('rebuild')")


def _with_phone(connection: sa.Connection, low: int, high: int) -> dict[int, list[str]]:
    """What the contacts of clients are found by, of those clients who have a contact with a telephone number."""
    texts: dict[int, list[str]] = {}
    with_phone = set()
    for client_id, *person in connection.execute(_PEOPLE, {"low": low, "high": high}):
        texts.setdefault(client_id, []).extend(person)
        if person[-1]:
            with_phone.add(client_id)
    return {client_id: texts[client_id] for client_id in with_phone}


def _rest(client: sa.Row[tuple[str, ...]], people: list[str]) -> str:
    return _folded("\x1f".join(filter(None, [*(getattr(client, name) for name in _TEXTS), *people])))


def _folded(text: str) -> str:
    return unicodedata.normalize("NFC", text).casefold()
