"""clients counted in blocks of three widths"""

from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("DELETE FROM client_counts")
    op.execute(
        "INSERT INTO client_counts (company_id, width, block, active, archived, deleted)"
        " SELECT company_id, width, id / width,"
        " sum(CASE WHEN deleted_at = 0 AND archived_at = 0 THEN 1 ELSE 0 END),"
        " sum(CASE WHEN deleted_at = 0 AND archived_at <> 0 THEN 1 ELSE 0 END),"
        " sum(CASE WHEN deleted_at <> 0 THEN 1 ELSE 0 END)"
        " FROM clients CROSS JOIN (SELECT 131072 AS width UNION ALL SELECT 8192 UNION ALL SELECT 512) AS widths"
        " GROUP BY company_id, width, id / width"
    )
