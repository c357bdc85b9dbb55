"""The note on a client in /api, with the keys of the vendor's page on notes."""

from core.clients.notes import NOTE
from core.listing import ANY_TEXT
from dialects.legacy import wire
from dialects.legacy.clients import ID, TAGS
from dialects.legacy.types import NullableId
from schemas.fields import FieldMap, input_only
from schemas.queries import Parameter, SortColumn, Where
from schemas.rows import BOTH, CREATE, UPDATE, Constant, Field
from schemas.types import Choice, IsoTime, Name, Text

VISIBILITY = Choice({word: word for word in ("public", "private")})
OF_CLIENTS = Choice({"client": "client"})
OF_ANYTHING = Choice({word: word for word in ("client", "lead", "project", "task", "user")})

FIELDS = FieldMap(
    "note",
    NOTE.__getitem__,
    Field("id", "id", ID, about="Note id. Used in all URLs."),
    Field(
        "title",
        "title",
        Name(),
        on=BOTH,
        write="note_title",
        required=CREATE,
        also=("title",),
        sort="note_title",
        about="Title.",
    ),
    Field(
        "description",
        "description",
        Text(max=65_535),
        on=BOTH,
        write="note_description",
        required=CREATE,
        also=("description", "text"),
        about="Text.",
    ),
    Field(
        "visibility",
        "visibility",
        VISIBILITY,
        on=BOTH,
        write="note_visibility",
        also=("visibility",),
        about="Who should see it. Stored and shown, but it has no effect here.",
    ),
    Constant("resource.type", "client", "Only clients have notes."),
    Field(
        None,
        "resource_type",
        OF_CLIENTS,
        on=CREATE,
        write="noteresource_type",
        also=("resource_type",),
        about="The kind of record that it belongs to; `client` by default.",
    ),
    Field(
        "resource.id",
        "client_id",
        ID,
        on=CREATE,
        write="noteresource_id",
        required=CREATE,
        also=("resource_id", "client_id"),
        about="Id of the client that it belongs to.",
    ),
    Field("creator_id", "user_id", NullableId(1), about="Id of the team member whose key wrote it."),
    Field("tags", "tags", TAGS, on=BOTH, about="Tag titles."),
    Field("dates.created", "created_at", IsoTime(), sort="note_created", about="When it was written."),
    Field("dates.updated", "updated_at", IsoTime(), sort="note_updated", about="When it was last changed."),
)

TAGS_BODY = FieldMap(
    "note tags",
    input_only,
    Field("tags", "tags", TAGS, on=UPDATE, required=UPDATE, about="The full set of tags; an empty array clears it."),
)

FILTERS: tuple[Parameter, ...] = (
    Where(
        name="resource_type",
        attribute="resource_type",
        type=OF_ANYTHING,
        about="Only notes on records of this kind; the register has only notes on clients.",
        example="client",
    ),
    Where(name="resource_id", attribute="client_id", type=ID, about="Only notes on the client of this id."),
    Where(name="visibility", attribute="visibility", type=VISIBILITY, about="Only notes of this visibility."),
    Where(
        name="search",
        attribute=ANY_TEXT,
        operator="contains",
        type=Text(max=512),
        about="Only notes whose title or text contains this.",
    ),
    SortColumn(name="sort", columns=FIELDS.sorts(), about="Column to sort by."),
    *wire.paging(),
)
