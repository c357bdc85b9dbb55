"""Notes of a team on clients."""

from sqlalchemy import JSON, Column, Index

from core.models.columns import child_of_client, company, long_text, short_text, table, team_user, times

notes = table(
    "notes",
    company(),
    *child_of_client("notes"),
    team_user("user_id"),
    short_text("title"),
    long_text("description"),
    short_text("visibility", 20, default="public"),
    Column("tags", JSON, nullable=False, server_default="[]"),
    long_text("searched"),
    *times(),
    Index("ix_notes_company", "company_id", "id"),
    Index("ix_notes_created", "company_id", "created_at", "id"),
    Index("ix_notes_updated", "company_id", "updated_at", "id"),
)
