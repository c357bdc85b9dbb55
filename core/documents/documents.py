"""Documents of a client: their rows are in the database, their bytes in the document storage.

Bytes and rows are in different systems, so every object without a row is recorded in `discarded_objects`. An upload
reserves its key there before it stores a byte, and the transaction that creates the row removes the reservation; a
removal adds the key in the transaction that removes the row. Every recorded key that is due is swept, so no crash leaks
bytes.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Connection, bindparam, delete, insert, null, select, union_all, update

from core.database.chunks import chunked
from core.database.rows import first_row
from core.database.timestamps import DatabaseNow, database_now
from core.errors import NotFound, Unavailable
from core.models import discarded_objects, documents
from core.models.records import DocumentRecord
from core.text.clock import SECOND
from core.text.secrets import random_name

_UPLOAD_LEASE = 24 * 3600 * SECOND
_EXTENSION = re.compile(r"\.([A-Za-z0-9]{1,16})$")
_HASH_NAME = re.compile(r"[A-Za-z0-9]{16,100}(\.[A-Za-z0-9]{1,16})?")
_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f]")


@dataclass(frozen=True)
class StoredFile:
    """A file whose bytes are stored: `size` in bytes, `width` and `height` in pixels (0 if it is not an image)."""

    object_key: str
    name: str
    size: int
    width: int = 0
    height: int = 0


def clean_name(filename: str) -> str:
    """Return a filename that can be shown: no folders or control characters, 1 to 255 characters."""
    name = _UNPRINTABLE.sub("", re.split(r"[\\/]", filename)[-1]).strip()
    return name[-255:] or "document"


def extension(name: str) -> str:
    """Return the lower-case extension without its dot; `""` if there is none that can be used."""
    found = _EXTENSION.search(name)
    return found.group(1).lower() if found else ""


def new_object_key(company_id: int, name: str) -> str:
    """Return an unguessable storage key that contains nothing of the filename but its extension."""
    suffix = extension(name)
    return f"{company_id}/{random_name(40)}{'.' + suffix if suffix else ''}"


def object_key(company_id: int, hash_name: str) -> str | None:
    """Return the storage key of the bytes with this hash name; None if no key can have that name."""
    return f"{company_id}/{hash_name}" if _HASH_NAME.fullmatch(hash_name) else None


def reserve_uploads(connection: Connection, object_keys: Iterable[str], lease: int = _UPLOAD_LEASE) -> None:
    """Record keys that are about to be stored.

    They are swept after `lease` microseconds unless a document claims them.
    """
    mark_discarded(connection, object_keys, due_at=DatabaseNow() + lease)


def new(user_id: int, file: StoredFile, is_public: bool = False) -> DocumentRecord:
    """Return the document of a stored file. The document itself is not stored yet."""
    return {
        "user_id": user_id or None,
        "name": file.name,
        "type": extension(file.name),
        "object_key": file.object_key,
        "size": file.size,
        "width": file.width,
        "height": file.height,
        "is_public": is_public,
    }


def claim_uploads(connection: Connection, object_keys: Sequence[str]) -> None:
    """Remove the reservations of keys that documents now have. Raises `Unavailable` if their bytes were swept."""
    if not object_keys:
        return
    # Only reservations that are not due: a sweeper may have read a due one and delete the bytes at any time.
    in_time = discarded_objects.c.object_key.in_(object_keys) & (discarded_objects.c.due_at > DatabaseNow())
    if connection.execute(delete(discarded_objects).where(in_time)).rowcount != len(object_keys):
        raise Unavailable("an upload took so long that its bytes were swept")


def get(connection: Connection, company_id: int, document_id: int) -> DocumentRecord:
    """Return one document. Raises `NotFound`."""
    statement = select(documents).where(documents.c.company_id == company_id, documents.c.id == document_id)
    row = first_row(DocumentRecord, connection, statement)
    if row is None:
        raise NotFound("document")
    return row


def mark_discarded(
    connection: Connection, object_keys: Iterable[str], due_at: ColumnElement[int] | None = None
) -> None:
    """Record keys for sweeping, at once unless a time is given (by the database's clock)."""
    rows = [{"object_key": key} for key in object_keys]
    if rows:
        due = DatabaseNow() if due_at is None else due_at
        connection.execute(insert(discarded_objects).values(object_key=bindparam("object_key"), due_at=due), rows)


def all_keys(connection: Connection) -> tuple[dict[str, int], set[str]]:
    """Return the size of every document by object key, and every recorded key without a row, in one snapshot."""
    owned = select(documents.c.object_key, documents.c.size)
    recorded = select(discarded_objects.c.object_key, null())
    rows = connection.execute(union_all(owned, recorded)).all()
    return {key: size for key, size in rows if size is not None}, {key for key, size in rows if size is None}


def sizes_of(connection: Connection, company_id: int) -> dict[str, int]:
    """Return the sizes of a company's documents by object key."""
    mine = select(documents.c.object_key, documents.c.size).where(documents.c.company_id == company_id)
    return {row.object_key: row.size for row in connection.execute(mine)}


def discarded_among(connection: Connection, object_keys: Sequence[str]) -> list[str]:
    """Return those of these keys that are recorded for sweeping."""
    column = discarded_objects.c.object_key
    return [
        key
        for some in chunked(object_keys)
        for key in connection.execute(select(column).where(column.in_(some))).scalars()
    ]


def keys_of(connection: Connection, company_id: int) -> list[str]:
    """Return the object keys of all of a company's documents."""
    return list(
        connection.execute(select(documents.c.object_key).where(documents.c.company_id == company_id)).scalars()
    )


def due_for_sweeping(connection: Connection, limit: int = 500) -> list[str]:
    """Return keys whose bytes do not belong to any document and are due."""
    statement = select(discarded_objects.c.object_key).where(discarded_objects.c.due_at <= database_now(connection))
    return list(connection.execute(statement.limit(limit)).scalars())


def make_due(connection: Connection, object_keys: Sequence[str]) -> list[str]:
    """Make reserved keys that no document has claimed due for sweeping, and return them.

    The reservation of a key that a document has is removed, and its bytes stay.
    """
    statement = (
        update(discarded_objects).where(discarded_objects.c.object_key.in_(object_keys)).values(due_at=DatabaseNow())
    )
    return list(connection.execute(statement.returning(discarded_objects.c.object_key)).scalars())


def delete_swept(connection: Connection, object_keys: Sequence[str]) -> None:
    """Delete the records of keys whose bytes were deleted."""
    connection.execute(delete(discarded_objects).where(discarded_objects.c.object_key.in_(object_keys)))


def is_any_old(connection: Connection) -> bool:
    """Return whether `delete_old` has anything to do."""
    return connection.execute(select(discarded_objects.c.object_key).where(_is_beyond_lease())).first() is not None


def delete_old(connection: Connection) -> None:
    """Limit every reservation to the lease of an upload from now.

    A clock that was ahead may have written a later time. The key is not due at once, because the upload may be in
    progress.
    """
    due_at = database_now(connection) + _UPLOAD_LEASE
    connection.execute(update(discarded_objects).where(_is_beyond_lease()).values(due_at=due_at))


def _is_beyond_lease() -> ColumnElement[bool]:
    return discarded_objects.c.due_at > DatabaseNow() + _UPLOAD_LEASE
