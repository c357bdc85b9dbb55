"""Documents of a client: rows here, bytes in the document storage.

Bytes and rows live in different systems, so every object without a row is first written down in `discarded_objects`:
an upload notes its key before it stores a byte and strikes it out in the transaction that makes the row; an erasure
adds the key in the transaction that removes the row. Whatever is noted and due is swept, so no crash leaks bytes.
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
    """Bytes that are in the storage already: `size` in bytes, `width` and `height` in pixels (0 for no image)."""

    object_key: str
    name: str
    size: int
    width: int = 0
    height: int = 0


def clean_name(filename: str) -> str:
    """A filename as it may be shown: no folders, no control characters, at most 255 characters, never empty."""
    name = _UNPRINTABLE.sub("", re.split(r"[\\/]", filename)[-1]).strip()
    return name[-255:] or "document"


def extension(name: str) -> str:
    """The lower-case extension without its dot, `""` if there is none worth the name."""
    found = _EXTENSION.search(name)
    return found.group(1).lower() if found else ""


def new_object_key(company_id: int, name: str) -> str:
    """A storage key that nobody can guess and that holds nothing of the filename but its extension."""
    suffix = extension(name)
    return f"{company_id}/{random_name(40)}{'.' + suffix if suffix else ''}"


def object_key(company_id: int, hash_name: str) -> str | None:
    """The storage key of bytes that are shown by this name; None if no key can end so."""
    return f"{company_id}/{hash_name}" if _HASH_NAME.fullmatch(hash_name) else None


def reserve_uploads(connection: Connection, object_keys: Iterable[str], lease: int = _UPLOAD_LEASE) -> None:
    """Write down keys that are about to be stored, so that they are swept if no document takes them in `lease` µs."""
    mark_discarded(connection, object_keys, due_at=DatabaseNow() + lease)


def new(user_id: int, file: StoredFile, is_public: bool = False) -> DocumentRecord:
    """The document that a stored file becomes."""
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
    """Take back the notes of stored keys that documents now take. Raises `Unavailable` if their bytes were swept."""
    if not object_keys:
        return
    # Only a note that is not yet due: one that is may have been read by a sweeper, who deletes the bytes any moment.
    in_time = discarded_objects.c.object_key.in_(object_keys) & (discarded_objects.c.due_at > DatabaseNow())
    if connection.execute(delete(discarded_objects).where(in_time)).rowcount != len(object_keys):
        raise Unavailable("an upload took so long that its bytes were swept")


def get(connection: Connection, company_id: int, document_id: int) -> DocumentRecord:
    """One document. Raises `NotFound`."""
    statement = select(documents).where(documents.c.company_id == company_id, documents.c.id == document_id)
    row = first_row(DocumentRecord, connection, statement)
    if row is None:
        raise NotFound("document")
    return row


def mark_discarded(
    connection: Connection, object_keys: Iterable[str], due_at: ColumnElement[int] | None = None
) -> None:
    """Note stored keys for sweeping, at once unless a time is given (by the database's clock)."""
    rows = [{"object_key": key} for key in object_keys]
    if rows:
        due = DatabaseNow() if due_at is None else due_at
        connection.execute(insert(discarded_objects).values(object_key=bindparam("object_key"), due_at=due), rows)


def every_key(connection: Connection) -> tuple[dict[str, int], set[str]]:
    """Bytes of every document by object key, and every key noted as having no row, as of one moment."""
    owned = select(documents.c.object_key, documents.c.size)
    noted = select(discarded_objects.c.object_key, null())
    rows = connection.execute(union_all(owned, noted)).all()
    return {key: size for key, size in rows if size is not None}, {key for key, size in rows if size is None}


def sizes_of(connection: Connection, company_id: int) -> dict[str, int]:
    """The bytes of each of a company's documents by object key."""
    mine = select(documents.c.object_key, documents.c.size).where(documents.c.company_id == company_id)
    return {row.object_key: row.size for row in connection.execute(mine)}


def marked_among(connection: Connection, object_keys: Sequence[str]) -> list[str]:
    """Those of these keys that are noted for sweeping."""
    column = discarded_objects.c.object_key
    return [
        key
        for some in chunked(object_keys)
        for key in connection.execute(select(column).where(column.in_(some))).scalars()
    ]


def keys_of(connection: Connection, company_id: int) -> list[str]:
    """The object keys of all of a company's documents."""
    return list(
        connection.execute(select(documents.c.object_key).where(documents.c.company_id == company_id)).scalars()
    )


def due_for_sweeping(connection: Connection, limit: int = 500) -> list[str]:
    """Keys whose bytes belong to no document any more."""
    statement = select(discarded_objects.c.object_key).where(discarded_objects.c.due_at <= database_now(connection))
    return list(connection.execute(statement.limit(limit)).scalars())


def give_up(connection: Connection, object_keys: Sequence[str]) -> list[str]:
    """Make uploads due that no document took; those keys. A key that a document has is noted no longer and stays."""
    statement = (
        update(discarded_objects).where(discarded_objects.c.object_key.in_(object_keys)).values(due_at=DatabaseNow())
    )
    return list(connection.execute(statement.returning(discarded_objects.c.object_key)).scalars())


def delete_swept(connection: Connection, object_keys: Sequence[str]) -> None:
    """Delete the notes of keys whose bytes were deleted."""
    connection.execute(delete(discarded_objects).where(discarded_objects.c.object_key.in_(object_keys)))


def is_any_old(connection: Connection) -> bool:
    """Whether `delete_old` has anything to do."""
    return connection.execute(select(discarded_objects.c.object_key).where(_is_late())).first() is not None


def delete_old(connection: Connection) -> None:
    """Let no note outlive the lease of an upload: one that a clock ahead has dated later gets that lease from now.

    It is not due at once, for the upload may be under way.
    """
    due_at = database_now(connection) + _UPLOAD_LEASE
    connection.execute(update(discarded_objects).where(_is_late()).values(due_at=due_at))


def _is_late() -> ColumnElement[bool]:
    return discarded_objects.c.due_at > DatabaseNow() + _UPLOAD_LEASE
