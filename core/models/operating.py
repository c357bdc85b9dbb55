"""Messages between an operator's commands and the servers of a register; see core/operations/controls.py.

These tables may be emptied at any time, and are not copied with a register.
"""

from sqlalchemy import Column, Index, String, Table

from core.models.columns import Id, integer, json, long_text, metadata, part_of, short_text

server_controls = Table(
    "server_controls",
    metadata,
    Column("name", String(40), primary_key=True),
    short_text("value"),
    integer("expires_at"),
    info={"is_copied": False},
)

# Commands that show requests live, each with its filter.
tails = Table(
    "tails",
    metadata,
    Column("id", Id, primary_key=True),
    json("filter"),
    integer("expires_at"),
    sqlite_autoincrement=True,
    info={"is_copied": False},
)

tailed_requests = Table(
    "tailed_requests",
    metadata,
    Column("id", Id, primary_key=True),
    part_of("tails", "tail_id"),
    long_text("line"),
    Index("ix_tailed_requests_tail", "tail_id", "id"),
    sqlite_autoincrement=True,
    info={"is_copied": False},
)
