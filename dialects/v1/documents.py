"""The document inside a client (the document's "Upload Client Documents")."""

from dataclasses import replace

from core.attributes import DOCUMENT
from schemas.fields import Constant, Field, FieldMap
from schemas.types import HashedId, Integer, Text, UnixTime, Url

TEXT = Text()
NUMBER = Integer(0)
TIME = UnixTime()


def document_fields(ids: HashedId, public_url: str) -> FieldMap:
    """The table of a document for one installation's ids and public URL."""
    return FieldMap(
        "document",
        DOCUMENT.__getitem__,
        Field("id", "id", replace(ids, always=True), about="The hashed id."),
        Field("user_id", "user_id", ids, about="The team user whose key uploaded it."),
        Constant("assigned_user_id", "", "Documents are assigned to nobody."),
        Constant("project_id", "", "The register knows no projects."),
        Constant("vendor_id", "", "The register knows no vendors."),
        Field("url", "id", Url(f"{public_url}/api/v1/documents/{{}}/download", ids), about="Serves the very bytes."),
        Constant("preview", "", "No previews are made: stored files are never rendered."),
        Field("name", "name", TEXT, about="The file's name as uploaded, without folders."),
        Field("type", "type", TEXT, about="The name's extension."),
        Constant("disk", "public", "The vendor's name of a storage; where the bytes are is not shown."),
        Field("hash", "hash", TEXT, about="The name under which the bytes are stored."),
        Field("size", "size", NUMBER, about="Size in bytes."),
        Field("width", "width", NUMBER, about="Width of an image in pixels, else 0."),
        Field("height", "height", NUMBER, about="Height of an image in pixels, else 0."),
        Constant("is_default", False, "No document is the default of anything."),
        Field("updated_at", "updated_at", TIME, about="When it was last changed."),
        Constant("archived_at", 0, "Documents are not archived."),
        Field("created_at", "created_at", TIME, about="When it was made."),
        Constant("is_deleted", False, "A deleted document is gone."),
    )
