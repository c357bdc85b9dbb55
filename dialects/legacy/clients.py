"""The client in /api (the document's "The client object", "Create a client", "Update a client").

A new field is a row here.
"""

from collections.abc import Iterable

from core.clients import custom_fields
from core.clients.attributes import attribute_of_client
from core.query import LIVE, State
from dialects.legacy import wire
from dialects.legacy.types import Street
from dialects.shared.operation import Call
from schemas.fields import FieldMap, input_only
from schemas.queries import Parameter, SortColumn, Where, WhereState
from schemas.rows import BOTH, CREATE, UPDATE, Field
from schemas.types import Boolean, Choice, Email, Integer, IntegerText, IsoTime, ListOf, Text, TrimmedText

STATES_BY_WORD = {"active": State.ACTIVE, "suspended": State.ARCHIVED}

STATUS = Choice(STATES_BY_WORD)
# Larger numbers count as the largest possible id, which no record has, so they find nothing.
ID = Integer(1, capped=True)
TEXT = Text()
NULLABLE = Text(empty=None)
NOTES = Text(max=65_535, empty=None)
YES_NO = Choice({"yes": True, "no": False})
PERSON_NAME = TrimmedText(max=127)  # two of them and a space fit into a company name
TAGS = ListOf(TrimmedText(max=100), max_items=200)

FIELDS = FieldMap(
    "client",
    attribute_of_client,
    Field("id", "id", ID, about="Client id. Used in all URLs."),
    Field(
        "company_name",
        "display_name",
        NULLABLE,
        on=BOTH,
        write="client_company_name",
        required=UPDATE,
        sort="client_company_name",
        about="Company name; the account owner's name if the client has none; null if neither has one.",
    ),
    Field("description", "private_notes", NOTES, on=BOTH, write="client_description", about="Notes on the client."),
    Field("status", "state", STATUS, sort="client_status", about="Whether the client is active or suspended."),
    Field("phone", "phone", NULLABLE, on=BOTH, write="client_phone", about="Telephone number."),
    Field("website", "website", NULLABLE, on=BOTH, write="client_website", about="Website."),
    Field("vat", "vat_number", NULLABLE, on=BOTH, write="client_vat", about="VAT or tax number."),
    Field("category.id", "category_id", ID, on=BOTH, write="client_categoryid", about="Id of an existing category."),
    Field("category.name", "category_name", TEXT, about="The category's name."),
    Field("owner.id", "owner.id", ID, about="User id of the primary account owner."),
    Field("owner.name", "owner.full_name", TEXT, about="The account owner's name."),
    Field(
        "billing.street",
        "street",
        Street(empty=None),
        on=BOTH,
        write="client_billing_street",
        about="Street, all lines.",
    ),
    Field("billing.city", "city", NULLABLE, on=BOTH, write="client_billing_city", about="City."),
    Field("billing.state", "region", NULLABLE, on=BOTH, write="client_billing_state", about="State or region."),
    Field("billing.zip", "postal_code", NULLABLE, on=BOTH, write="client_billing_zip", about="Postal code."),
    Field(
        "billing.country",
        "country",
        NULLABLE,
        on=BOTH,
        write="client_billing_country",
        about="Country by name or ISO code; an unknown one is kept as written.",
    ),
    Field(
        "billing.invoice_due_days",
        "payment_terms",
        IntegerText(empty=None),
        on=BOTH,
        write="client_billing_invoice_due_days",
        about="Days until an invoice is due.",
    ),
    Field("shipping.street", "shipping_street", NULLABLE, about="Street, all lines."),
    Field("shipping.city", "shipping_city", NULLABLE, about="City."),
    Field("shipping.state", "shipping_region", NULLABLE, about="State or region."),
    Field("shipping.zip", "shipping_postal_code", NULLABLE, about="Postal code."),
    Field("shipping.country", "shipping_country", NULLABLE, about="Country by name."),
    Field("dates.created", "created_at", IsoTime(), sort="client_created", about="When the client was created."),
    Field("dates.updated", "updated_at", IsoTime(), sort="client_updated", about="When it was last changed."),
    Field("tags", "tags", TAGS, on=CREATE, about="Tag titles."),
    Field(
        None,
        "owner.first_name",
        PERSON_NAME,
        on=CREATE,
        write="first_name",
        required=CREATE,
        about="Account owner's first name.",
    ),
    Field(
        None,
        "owner.last_name",
        PERSON_NAME,
        on=CREATE,
        write="last_name",
        required=CREATE,
        about="Account owner's last name.",
    ),
    Field(
        None,
        "owner.email",
        Email(),
        on=CREATE,
        write="email",
        required=CREATE,
        about="Account owner's email, unique among the company's client and team users.",
    ),
    Field(None, "welcome", Boolean(), on=CREATE, write="send_email", about="`yes` queues the welcome mail."),
)

TAGS_BODY = FieldMap(
    "client tags",
    input_only,
    Field("tags", "tags", TAGS, on=UPDATE, required=UPDATE, about="The full set of tags; an empty array clears it."),
)
STATUS_BODY = FieldMap(
    "client status",
    input_only,
    Field("status", "state", STATUS, on=UPDATE, required=UPDATE, about="The new status."),
)
OWNER_BODY = FieldMap(
    "client owner",
    input_only,
    Field("owner", "owner", ID, on=UPDATE, required=UPDATE, about="Id of a user of this client."),
)

FILTERS: tuple[Parameter, ...] = (
    WhereState(
        name="status",
        words={word: frozenset({state}) for word, state in STATES_BY_WORD.items()},
        about="Only clients of this status.",
        example="active",
    ),
    Where(name="category_id", attribute="category_id", type=ID, about="Only clients of this category."),
    Where(name="client_id", attribute="id", type=ID, about="Only the client of this id."),
    Where(name="tag", attribute="tag", type=TrimmedText(), about="Only clients with this tag.", example="priority"),
    Where(
        name="search",
        attribute="display_name",
        operator="contains",
        type=Text(max=512),
        about="Only clients whose company name contains this.",
    ),
    SortColumn(name="sort", columns=FIELDS.sorts(), about="Column to sort by."),
    *wire.paging(),
)

VISIBLE_STATES = LIVE


def custom_field_rows(call: Call) -> Iterable[Field]:
    """Return the company's custom fields as rows of the table, by their own names."""
    for each in custom_fields.list_all(call.connection, call.actor.company_id):
        attribute = f"custom_value{each['position']}"
        required = BOTH if each["required"] else frozenset()
        yield Field(None, attribute, Text(), on=BOTH, write=each["name"], required=required, about=each["title"])
