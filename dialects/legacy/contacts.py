"""The contact in /api, with the keys of the vendor's page on contacts."""

from core.clients.attributes import CONTACT, SOCIAL
from core.listing import ANY_TEXT
from core.query import Search, Sort
from dialects.legacy import wire
from dialects.legacy.clients import ID, NULLABLE, PERSON_NAME, TEXT, YES_NO
from dialects.legacy.types import NullableId
from schemas.fields import FieldMap
from schemas.queries import Parameter, SortColumn, Where
from schemas.rows import BOTH, CREATE, Constant, Field
from schemas.types import Boolean, Choice, Email, IsoTime, Text

STATUS = Choice({"active": False, "suspended": True})

FIELDS = FieldMap(
    "contact",
    CONTACT.__getitem__,
    Field("id", "id", ID, about="Contact id. Used in all URLs."),
    Field("first_name", "first_name", PERSON_NAME, on=BOTH, required=BOTH, sort="first_name", about="First name."),
    Field("last_name", "last_name", PERSON_NAME, on=BOTH, required=BOTH, sort="last_name", about="Last name."),
    Field("name", "full_name", TEXT, about="Full name."),
    Field(
        "email",
        "email",
        Email(),
        on=BOTH,
        required=BOTH,
        sort="email",
        about="Email, unique among the company's client and team users.",
    ),
    Field("phone", "phone", NULLABLE, on=BOTH, about="Telephone number."),
    Field("job_position", "job_position", NULLABLE, on=BOTH, write="position", about="Job title."),
    Field(
        "account_owner",
        "is_primary",
        YES_NO,
        about="Whether the contact is the client's account owner; changed by `account-owner`.",
    ),
    Field("status", "is_locked", STATUS, about="Suspended contacts have no access to the portal."),
    Field("client.id", "client_id", NullableId(1), about="Id of the contact's client; null if it has none."),
    Field(None, "client_id", ID, on=CREATE, write="clientid", required=CREATE, about="Id of an existing client."),
    Field("client.company_name", "client_name", NULLABLE, about="The client's company name."),
    Constant("role.id", 2, "Every contact has the role of a client."),
    Constant("role.name", "Client", "Every contact has the role of a client."),
    *(
        Field(
            f"social.{network}",
            f"social.{network}",
            NULLABLE,
            on=BOTH,
            write=f"social_{network}",
            about=f"Name on {network.capitalize()}.",
        )
        for network in SOCIAL
    ),
    Field("dates.created", "created_at", IsoTime(), sort="created", about="When it was created."),
    Field("dates.updated", "updated_at", IsoTime(), sort="updated", about="When it was last changed."),
    Field(None, "welcome", Boolean(), on=CREATE, write="send_email", about="`yes` queues the welcome mail."),
)

FILTERS: tuple[Parameter, ...] = (
    Where(name="status", attribute="is_locked", type=STATUS, about="Only contacts of this status."),
    Where(name="client_id", attribute="client_id", type=ID, about="Only contacts of this client."),
    Where(
        name="account_owner",
        attribute="is_primary",
        type=YES_NO,
        about="Only account owners, or only the others.",
        example="yes",
    ),
    Where(
        name="search",
        attribute=ANY_TEXT,
        operator="contains",
        type=Text(max=512),
        about="Only contacts whose name, email or telephone number contains this.",
    ),
    SortColumn(name="sort", columns=FIELDS.sorts(), about="Column to sort by."),
    *wire.paging(descending=False),
)


def default_search() -> Search:
    """Return the default search: the oldest contact first."""
    return Search(sort=Sort("id"), size=wire.DEFAULT_LIMIT)
