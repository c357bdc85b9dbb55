"""every register has been looked at for what was edited in landed migrations"""

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nothing more: `migrations/edited.py` has run before the first migration. This one has it run at schema 0017."""
