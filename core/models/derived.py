"""Data that is derived from clients and could be recomputed, at a cost; see `core/clients/followers.py`."""

from sqlalchemy import Column, Index, LargeBinary, String, Table

from core.models.columns import Id, company, flag, foreign_key, in_client, integer, long_text, metadata

client_counts = Table(
    "client_counts",
    metadata,
    foreign_key("companies", "company_id"),
    Column("width", Id, primary_key=True),
    Column("block", Id, primary_key=True),
    integer("active"),
    integer("archived"),
    integer("deleted"),
)

# The searched text of a client, folded; see core/projections/search.py. `stand_in` is the display name of a client
# without a name, `rest` is all other text.
client_search = Table(
    "client_search",
    metadata,
    foreign_key("clients", "client_id"),
    company(),
    integer("deleted"),
    long_text("stand_in"),
    long_text("name"),
    long_text("rest"),
    Index("ix_client_search_company", "company_id", "client_id"),
)

# The rendering of a client in a dialect, compressed; see core/projections/renderings.py. It may be missing at any time.
# `maker` is the fingerprint of the view. `body` is the uncompressed text that earlier versions stored.
client_renderings = Table(
    "client_renderings",
    metadata,
    Column("company_id", Id, primary_key=True, autoincrement=False),
    Column("client_id", Id, primary_key=True, autoincrement=False),
    Column("view", String(20), primary_key=True),
    Column("maker", String(64), nullable=False),
    integer("client_at"),
    integer("category_at"),
    integer("company_at"),
    long_text("body"),
    Column("packed", LargeBinary),
    in_client("client_renderings"),
    info={"is_copied": False},
)

# The progress of the backfill that renders all clients again; see core/clients/rendering_backfill.py.
rendering_walks = Table(
    "rendering_walks",
    metadata,
    Column("view", String(20), primary_key=True),
    Column("maker", String(64), primary_key=True),
    integer("last_client_id"),
    flag("finished"),
    info={"is_copied": False},
)
