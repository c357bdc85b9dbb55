"""The category of clients in /api, with the keys of the vendor's page on categories."""

from core.clients.category_attributes import CATEGORY
from core.listing import ANY_TEXT
from dialects.legacy import wire
from dialects.legacy.clients import ID, NOTES, NULLABLE, YES_NO
from schemas.fields import FieldMap, input_only
from schemas.queries import Parameter, SortColumn, Where
from schemas.rows import BOTH, CREATE, UPDATE, Constant, Field
from schemas.types import Choice, Integer, IsoTime, Name, Text

TYPE = Choice({"client": "client"})
OF_ANYTHING = Choice(
    {
        word: word
        for word in (
            *("canned", "client", "contract", "estimate", "expense", "invoice", "item", "knowledgebase", "lead"),
            *("milestone", "project", "proposal", "subscription", "task", "ticket"),
        )
    }
)
VISIBILITY = Choice({word: word for word in ("everyone", "hidden")})

FIELDS = FieldMap(
    "category",
    CATEGORY.__getitem__,
    Field("id", "id", ID, about="Category id. Used in all URLs."),
    Field(
        "name",
        "name",
        Name(),
        on=BOTH,
        write="category_name",
        required=CREATE,
        sort="category_name",
        taken="category_taken",
        about="Name, unique in the company.",
    ),
    Field(
        "description", "description", NOTES, on=BOTH, write="category_description", about="The purpose of the category."
    ),
    Field(
        "type",
        "type",
        TYPE,
        on=CREATE,
        write="category_type",
        sort="category_type",
        about="The kind of its members; the register has only categories of clients.",
    ),
    Field(
        "visibility",
        "visibility",
        VISIBILITY,
        on=BOTH,
        write="category_visibility",
        about="Who may choose it. Stored and shown, but it has no effect here.",
    ),
    Field("icon", "icon", NULLABLE, on=BOTH, write="category_icon", about="Icon class."),
    Field("system_default", "is_default", YES_NO, about="Whether it is the default category, which cannot be deleted."),
    Field("slug", "slug", Text(), about="Id and name as a URL segment."),
    Field("count", "client_count", Integer(0), about="Number of clients in it."),
    Constant("users_count", 0, "Number of team members assigned; the register assigns none."),
    Field("dates.created", "created_at", IsoTime(), sort="category_created", about="When it was created."),
    Field("dates.updated", "updated_at", IsoTime(), about="When it was last changed."),
)

MIGRATE_BODY = FieldMap(
    "category migration",
    input_only,
    Field(
        "target_id",
        "target",
        ID,
        on=UPDATE,
        required=UPDATE,
        also=("category_id",),
        about="Id of the category that receives the clients; also accepted as `category_id`.",
    ),
)

FILTERS: tuple[Parameter, ...] = (
    Where(
        name="type",
        attribute="type",
        type=OF_ANYTHING,
        about="Only categories of this type; the register has only categories of clients.",
        example="client",
    ),
    Where(name="visibility", attribute="visibility", type=VISIBILITY, about="Only categories of this visibility."),
    Where(
        name="search",
        attribute=ANY_TEXT,
        operator="contains",
        type=Text(max=512),
        about="Only categories whose name contains this.",
    ),
    SortColumn(name="sort", columns=FIELDS.sorts(), about="Column to sort by."),
    *wire.paging(),
)
