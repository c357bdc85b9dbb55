"""The team user in /api, with the keys of the vendor's page on the team; read only."""

from core.access.team import ADMINISTRATOR, USER
from core.clients.attributes import SOCIAL
from core.listing import ANY_TEXT
from dialects.legacy import wire
from dialects.legacy.clients import ID, TEXT
from schemas.fields import FieldMap
from schemas.queries import Parameter, SortColumn, Where
from schemas.rows import Constant, Field
from schemas.types import Choice, Integer, IsoTime, Text

_NONE = "The register does not store this for team members."
STATUS = Choice({word: word for word in ("active", "suspended", "deleted")})

FIELDS = FieldMap(
    "team member",
    USER.__getitem__,
    Field("id", "id", ID, about="User id. Used in all URLs, and by `creator_id` of notes."),
    Field("first_name", "first_name", TEXT, sort="first_name", about="First name."),
    Field("last_name", "last_name", TEXT, sort="last_name", about="Last name."),
    Field("name", "name", TEXT, about="Full name, else the email."),
    Field("email", "email", TEXT, sort="email", about="Email."),
    Constant("phone", None, _NONE),
    Constant("job_position", None, _NONE),
    Constant("role.id", ADMINISTRATOR, "Every key of this dialect has the rights of an administrator."),
    Constant("role.name", "Administrator", "Every key of this dialect has the rights of an administrator."),
    Field(
        "status", "status", STATUS, about="A `suspended` member cannot sign in, and the member's keys are not valid."
    ),
    Constant("dashboard_access", "yes", "Every member may sign in."),
    *(Constant(f"social.{network}", None, _NONE) for network in SOCIAL),
    Field("dates.created", "created_at", IsoTime(), sort="created", about="When it was created."),
    Field("dates.updated", "updated_at", IsoTime(), about="When it was last changed."),
)

FILTERS: tuple[Parameter, ...] = (
    Where(name="status", attribute="status", type=STATUS, about="Only members of this status."),
    Where(name="role_id", attribute="role_id", type=Integer(1, capped=True), about="Only members of this role."),
    Where(
        name="search",
        attribute=ANY_TEXT,
        operator="contains",
        type=Text(max=512),
        about="Only members whose name or email contains this.",
    ),
    SortColumn(name="sort", columns=FIELDS.sorts(), about="Column to sort by."),
    *wire.paging(),
)
