"""what clients are found by"""

import unicodedata

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
REST = ("number", "id_number", "custom_value1", "custom_value2", "custom_value3", "custom_value4")
BATCH = 1000


def upgrade() -> None:
    op.create_table(
        "client_search",
        sa.Column("client_id", ID, autoincrement=False, nullable=False),
        sa.Column("company_id", ID, nullable=False),
        sa.Column("deleted", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("stand_in", sa.Text(), server_default="", nullable=False),
        sa.Column("name", sa.Text(), server_default="", nullable=False),
        sa.Column("rest", sa.Text(), server_default="", nullable=False),
        sa.ForeignKeyConstraint(
            ["client_id"], ["clients.id"], name=op.f("fk_client_search_client_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["company_id"], ["companies.id"], name=op.f("fk_client_search_company_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("client_id", name=op.f("pk_client_search")),
    )
    op.create_index("ix_client_search_company", "client_search", ["company_id", "client_id"])
    _fill(op.get_bind())


def _fill(connection: sa.Connection) -> None:
    last = 0
    while rows := _clients(connection, last):
        people = _people(connection, [row.id for row in rows])
        connection.execute(
            sa.text(
                "INSERT INTO client_search (client_id, company_id, deleted, stand_in, name, rest)"
                " VALUES (:client_id, :company_id, :deleted, :stand_in, :name, :rest)"
            ),
            [
                {
                    "client_id": row.id,
                    "company_id": row.company_id,
                    "deleted": int(row.deleted_at > 0),
                    "stand_in": "" if row.name else _folded(row.display_name),
                    "name": _folded(row.name),
                    "rest": _folded(_joined([*(getattr(row, name) for name in REST), *people.get(row.id, ())])),
                }
                for row in rows
            ],
        )
        last = rows[-1].id


def _clients(connection: sa.Connection, last: int) -> list[sa.Row[tuple[int]]]:
    columns: list[sa.ColumnClause[int]] = [
        sa.column(name) for name in ("id", "company_id", "deleted_at", "display_name", "name", *REST)
    ]
    statement = sa.select(*columns).select_from(sa.table("clients")).where(sa.column("id") > last)
    return list(connection.execute(statement.order_by(sa.column("id")).limit(BATCH)))


def _people(connection: sa.Connection, ids: list[int]) -> dict[int, list[str]]:
    statement = sa.text(
        "SELECT client_id, contacts.first_name, contacts.last_name, contacts.email"
        " FROM clients JOIN contacts ON contacts.company_id = clients.company_id AND contacts.client_id = clients.id"
        " WHERE clients.id BETWEEN :low AND :high ORDER BY contacts.id"
    )
    found: dict[int, list[str]] = {}
    for client_id, *texts in connection.execute(statement, {"low": ids[0], "high": ids[-1]}):
        found.setdefault(client_id, []).extend(texts)
    return found


def _joined(texts: list[str]) -> str:
    return "\x1f".join(filter(None, texts))


def _folded(text: str) -> str:
    return unicodedata.normalize("NFC", text).casefold()
