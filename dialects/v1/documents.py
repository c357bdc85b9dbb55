"""Documents inside a client (the API document's "Upload Client Documents"), and as a resource of their own."""

from dataclasses import replace

from core.clients.attributes import DOCUMENT
from core.clients.document_classes import CLASSES
from core.listing import ANY_TEXT
from dialects.v1 import wire
from dialects.v1.types import NEWER, HashedIdToFind
from schemas.fields import FieldMap, input_only
from schemas.list_queries import WhereClasses, WhereWords
from schemas.queries import Parameter, SortBy, Where
from schemas.rows import UPDATE, Constant, Field
from schemas.types import Boolean, HashedId, Integer, Name, Text, UnixTime, Url

TEXT = Text()
NUMBER = Integer(0)
TIME = UnixTime()

_SORTS = ("id", "name", "type", "size", "created_at", "updated_at")


UPLOAD_BODY = FieldMap(
    "document upload",
    input_only,
    Field(
        "is_public",
        "is_public",
        Boolean(),
        on=UPDATE,
        about="Whether the client's contacts can see the files, false by default; also a query parameter.",
    ),
)


def document_fields(ids: HashedId, public_url: str) -> FieldMap:
    """Return the table of a document inside its client, for one installation's ids and public URL."""
    return FieldMap(
        "document",
        DOCUMENT.__getitem__,
        Field("id", "id", replace(ids, always=True), about="The hashed id."),
        Field("user_id", "user_id", ids, about="The team user whose key uploaded it."),
        Constant("assigned_user_id", "", "Documents are not assigned to users."),
        Constant("project_id", "", "The register has no projects."),
        Constant("vendor_id", "", "The register has no vendors."),
        Field(
            "url", "id", Url(f"{public_url}/api/v1/documents/{{}}/download", ids), about="The URL of the exact bytes."
        ),
        Constant("preview", "", "There are no previews: stored files are never rendered."),
        Field("name", "name", TEXT, about="The file's name, without folders."),
        Field("type", "type", TEXT, about="The extension of the file name at the upload."),
        Constant("disk", "public", "The vendor's name of a storage. The location of the bytes is not shown."),
        Field("hash", "hash", TEXT, about="The name under which the bytes are stored."),
        Field("size", "size", NUMBER, about="Size in bytes."),
        Field("width", "width", NUMBER, about="Width of an image in pixels, else 0."),
        Field("height", "height", NUMBER, about="Height of an image in pixels, else 0."),
        Constant("is_default", False, "There is no default document."),
        Field("updated_at", "updated_at", TIME, about="When it was last changed."),
        Constant("archived_at", 0, "Documents are not archived."),
        Field("created_at", "created_at", TIME, about="When it was created."),
        Constant("is_deleted", False, "Deleted documents are not shown."),
        Field(
            "is_public",
            "is_public",
            Boolean(),
            about=f"Whether the client's contacts can see it. Inside a client, shown to keys of edition {NEWER}.",
            edition=NEWER,
        ),
        Field(
            "link",
            "id",
            Url(f"{public_url}/api/v1/documents/{{}}/download", ids),
            about=f"The same as `url`. Inside a client, shown to keys of edition {NEWER}.",
            edition=NEWER,
        ),
    )


def own_document_fields(ids: HashedId, public_url: str) -> FieldMap:
    """Return the table of a document by itself: that of a document inside its client, and further keys."""
    inside = [
        _own_row(row) if isinstance(row, Field) else row for row in document_fields(ids, public_url).of_edition().rows
    ]
    return FieldMap(
        "client document",
        DOCUMENT.__getitem__,
        *inside,
        Field(
            "client_id",
            "client_id",
            replace(ids, always=True),
            about="The client of the document; not shown inside the client.",
        ),
        Field(
            "is_public",
            "is_public",
            Boolean(),
            on=UPDATE,
            about="Whether the client's contacts can see it; not shown inside the client.",
        ),
    )


def _own_row(row: Field) -> Field:
    row = replace(row, sort=row.key if row.key in _SORTS else None)
    return replace(row, type=Name(), on=UPDATE) if row.key == "name" else row


def filters(fields: FieldMap, ids: HashedId) -> tuple[Parameter, ...]:
    """Return the list's query parameters."""
    find = HashedIdToFind(ids.codec)
    return (
        Where(name="client_id", attribute="client_id", type=find, about="Documents of this client."),
        WhereClasses(
            name="type",
            attribute="classes",
            classes=tuple(CLASSES),
            about="Comma-separated: public, private, pdf, image, other, or an extension; documents of any of these.",
            example="pdf,image",
        ),
        WhereWords(name="filter", attribute=ANY_TEXT, about="Words that must all be in the name.", example="contract"),
        Where(
            name="is_public",
            attribute="is_public",
            type=Boolean(),
            about="`true`: only public documents; `false`: only the others.",
        ),
        *wire.SINCE,
        SortBy(name="sort", columns=fields.sorts(), about=wire.ABOUT_SORT, example="name|DESC"),
        *wire.PAGING,
    )
