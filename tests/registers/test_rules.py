"""Migrations that would interrupt running gateways are refused, with advice on what to do instead."""

from types import ModuleType

import pytest

from core.database.migrations import files
from core.database.migrations.compatibility import FIRST_MARKED
from tests.registers.rules import broken_by

HEAD = """
import sqlalchemy as sa
from alembic import op
from core.database.migrations.compatibility import CONTRACTS, EXPANDS
from core.database.migrations.steps import *
from core.database.migrations.steps_of_rows import *
"""
FAX = 'sa.Column("fax", sa.String(255), nullable=False'

REFUSED = {
    "no word of compatibility": ("steps = []", "says neither"),
    "a dropped column": (
        f'compatibility = EXPANDS; steps = [DropColumn("clients", {FAX}))]',
        "To drop column fax of clients is a contraction.",
    ),
    "a new condition": (
        'compatibility = EXPANDS; steps = [AddCheck("clients", "ck_fax", "fax <> 1")]',
        "is a contraction",
    ),
    "a column without a default": (
        f'compatibility = EXPANDS; steps = [AddColumn("clients", {FAX}))]',
        "refuses the rows of the version before",
    ),
    "an index that locks": (
        'compatibility = EXPANDS\ndef upgrade(): op.create_index("ix_clients_fax", "clients", ["fax"])',
        "To create index ix_clients_fax of clients keeps writers waiting",
    ),
    "all rows in one transaction": (
        "compatibility = EXPANDS\ndef upgrade(): op.execute(\"UPDATE clients SET fax = ''\")",
        "Backfill does not",
    ),
    "a column of another type": (
        'compatibility = EXPANDS\ndef upgrade(): op.alter_column("clients", "fax", type_=sa.Text())',
        "To change table clients is a contraction.",
    ),
    "a dropped table in plain": ('compatibility = EXPANDS\ndef upgrade(): op.drop_table("notes")', "is a contraction"),
    "a reference that is checked at once": (
        "compatibility = CONTRACTS\n"
        'def upgrade(): op.create_foreign_key("fk_fax", "clients", "companies", ["fax"], ["id"])',
        "keeps everybody waiting",
    ),
    "a company's table in plain": (
        "compatibility = EXPANDS\n"
        'def upgrade(): op.create_table("faxes", sa.Column("company_id", sa.BigInteger(), primary_key=True))',
        "is for CreateTable",
    ),
    "a reference in a column": (
        'compatibility = EXPANDS; steps = [CreateTable("faxes", lambda: [sa.Column("client_id", sa.BigInteger(),'
        ' sa.ForeignKey("clients.id"))])]',
        "a ForeignKeyConstraint beside it",
    ),
    "a look at the rows": (
        "compatibility = CONTRACTS\ndef upgrade(): op.get_bind().execute(sa.text('SELECT 1')).scalar()",
        "make it of steps",
    ),
}
ALLOWED = {
    "steps": f'compatibility = EXPANDS; steps = [AddColumn("clients", {FAX}, server_default="")),'
    ' CreateIndex("clients", "ix_fax", ["fax"]), Backfill("clients", "fax = 1", "fax = 0")]',
    "a contraction": f'compatibility = CONTRACTS; steps = [DropColumn("clients", {FAX}))]',
    "a new table with its index, and a column": "compatibility = EXPANDS\n"
    "def upgrade():\n"
    '    op.create_table("faxes", sa.Column("id", sa.BigInteger(), primary_key=True))\n'
    '    op.create_index("ix_faxes", "faxes", ["id"])\n'
    f'    op.add_column("clients", {FAX}, server_default=""))',
}


def migration(text: str) -> ModuleType:
    made = ModuleType("migration")
    exec(HEAD + text, made.__dict__)
    return made


@pytest.mark.parametrize("revision", [each for each in files.revisions() if each > FIRST_MARKED] or ["none yet"])
def test_every_new_migration_keeps_to_the_rules(revision):
    if revision == "none yet":
        pytest.skip("no migration has landed since the rules")
    assert broken_by(files.load(revision)) == []


@pytest.mark.parametrize("case", REFUSED)
def test_what_would_keep_gateways_from_serving_is_refused(case):
    text, why = REFUSED[case]
    assert why in " ".join(broken_by(migration(text)))


@pytest.mark.parametrize("case", ALLOWED)
def test_a_migration_that_keeps_nobody_waiting_is_allowed(case):
    assert broken_by(migration(ALLOWED[case])) == []
