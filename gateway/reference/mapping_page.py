"""docs/dialects.md, generated from the tables that do the mapping, so that it cannot be wrong."""

from collections.abc import Iterable

from core.events.targets import Targets
from dialects.legacy import categories, contacts, notes, team
from dialects.legacy import clients as legacy
from dialects.shared.scopes import needed_scopes
from dialects.v1.activities import LEDGER_FIELDS, activity_fields
from dialects.v1.clients import client_fields, filters
from dialects.v1.documents import filters as document_filters
from dialects.v1.documents import own_document_fields
from dialects.v1.gateway_tokens import filters as token_filters
from dialects.v1.gateway_tokens import own_gateway_token_fields
from dialects.v1.group_settings import filters as group_filters
from dialects.v1.group_settings import group_fields
from dialects.v1.webhooks import filters as webhook_filters
from dialects.v1.webhooks import webhook_fields
from gateway.enabled_dialects import dialects
from gateway.reference.correspondence import related, stored
from gateway.settings import Settings
from schemas.fields import FieldMap
from schemas.hashing import Hashids
from schemas.queries import Parameter
from schemas.rows import BOTH, CREATE, UPDATE, Constant, Field, Many
from schemas.types import HashedId

_IDS = HashedId(Hashids(min_length=10))

_INTRODUCTION = """# The two dialects, field by field

This page is generated from the mapping tables (`make docs`); a test fails if it is out of date. Keys in one row are
views of the same stored columns. A key in *italics* is sent but never shown; (read) marks a key that a dialect shows
and does not accept. If a dialect has no key for a value, writes through it keep the value.

"""


def mapping_page() -> str:
    """Return the whole page as Markdown."""
    clients, groups = client_fields(_IDS, "https://gateway.example"), group_fields(_IDS)
    people = next(row.of for row in clients.rows if isinstance(row, Many) and row.key == "contacts")
    webhooks = webhook_fields(_IDS, Targets())
    documents, tokens = own_document_fields(_IDS, "https://gateway.example"), own_gateway_token_fields(_IDS)
    return _INTRODUCTION + "\n".join(
        [
            *_section("Client", legacy.FIELDS, clients),
            *_section("Contact", contacts.FIELDS, people),
            *_table("documents of clients", documents),
            *_table("gateway_tokens of clients", tokens),
            *_table("activities of clients, if included", activity_fields(_IDS, clients)),
            *_table("ledger of clients, if included", LEDGER_FIELDS),
            *_table("notes on clients", notes.FIELDS, "/api"),
            *_table("the team", team.FIELDS, "/api"),
            *_table("webhooks", webhooks),
            *_section("Category of clients; in /api/v1 a group setting", categories.FIELDS, groups),
            *_parameters("/api/clients", legacy.FILTERS),
            *_parameters("/api/v1/clients", filters(clients, _IDS)),
            *_parameters("/api/categories", categories.FILTERS),
            *_parameters("/api/contacts", contacts.FILTERS),
            *_parameters("/api/notes", notes.FILTERS),
            *_parameters("/api/team", team.FILTERS),
            *_parameters("/api/v1/group_settings", group_filters(groups)),
            *_parameters("/api/v1/documents", document_filters(documents, _IDS)),
            *_parameters("/api/v1/client_gateway_tokens", token_filters(tokens, _IDS)),
            *_parameters("/api/v1/webhooks", webhook_filters(webhooks)),
            *_operation_section(),
        ]
    )


def _section(title: str, ours: FieldMap, theirs: FieldMap) -> Iterable[str]:
    """Return the rows of both dialects' tables of one resource, side by side."""
    yield from (f"## {title}", "", "| /api | /api/v1 | stored as | what it is |", "| --- | --- | --- | --- |")
    for rows in related([*ours.rows, *theirs.rows], ours.attribute):
        here = [row for row in rows if row in ours.rows]
        there = [row for row in rows if row in theirs.rows]
        columns = ", ".join(stored(rows, ours.attribute))
        yield f"| {_keys(here)} | {_keys(there)} | {columns} | {_about(there) or _about(here)} |"
    yield ""
    yield from _constants([row for table in (ours, theirs) for row in table.rows if isinstance(row, Constant)])


def _about(rows: Iterable[Field | Many]) -> str:
    """Return the descriptions of the rows, with their keys if they differ."""
    descriptions = {row.about: row for row in reversed(list(rows)) if row.about}
    if len(descriptions) < 2:
        return "".join(descriptions)
    return " ".join(f"{_name(row)}: {about}" for about, row in reversed(descriptions.items()))


def _table(title: str, fields: FieldMap, dialect: str = "/api/v1") -> Iterable[str]:
    """Return the rows of a table that only one dialect has."""
    yield from (f"## {title} ({dialect})", "", "| register | key | what it is |", "| --- | --- | --- |")
    for attribute, rows in _by_attribute(fields).items():
        yield f"| {attribute} | {_keys(rows)} | {_about(rows)} |"
    yield ""
    yield from _constants([row for row in fields.rows if isinstance(row, Constant)])


def _constants(rows: Iterable[Constant]) -> Iterable[str]:
    listed = list(rows)
    if listed:
        yield from ("Keys that are always the same:", "")
        yield from (f"- `{row.key}` is `{row.value!r}`: {row.reason}" for row in listed)
        yield ""


def _parameters(path: str, parameters: Iterable[Parameter]) -> Iterable[str]:
    yield from (f"## Query parameters of {path}", "", "| parameter | what it does |", "| --- | --- |")
    yield from (f"| `{each.name}` | {_cell(each.about)} |" for each in parameters)
    yield ""


def _cell(text: str) -> str:
    # A bar would begin another cell.
    return text.replace("|", "\\|")


def _by_attribute(fields: FieldMap) -> dict[str, list[Field | Many]]:
    found: dict[str, list[Field | Many]] = {}
    for row in fields.rows:
        if not isinstance(row, Constant):
            found.setdefault(row.attribute, []).append(row)
    return found


def _operation_section() -> Iterable[str]:
    for dialect in dialects(Settings()):
        title = f"## Operations of {dialect.prefix}"
        yield from (title, "", "| operation | what it does | scope of the key |", "| --- | --- | --- |")
        needed = needed_scopes(dialect)
        for path in dialect.paths:
            for method, operation in path.operations.items():
                route = dialect.prefix + path.path
                yield f"| `{method} {route}` | {operation.about} | {needed[method, route]} |"
        yield ""


def _keys(rows: Iterable[Field | Many]) -> str:
    return ", ".join(_key(row) for row in rows) or "–"


def _name(row: Field | Many) -> str:
    return f"`{row.key or (row.write if isinstance(row, Field) else None)}`"


def _key(row: Field | Many) -> str:
    when = {BOTH: "", CREATE: " (create only)", UPDATE: " (update only)"}.get(row.on, " (read)")
    if row.key is None:
        return f"*`{row.write}`*{when}" if isinstance(row, Field) else ""
    sent = f", sent as `{row.write}`" if isinstance(row, Field) and row.write else ""
    return f"`{row.key}`{sent}{when}"
