"""The client in /api/v1 (the document's "Get Clients", "Create Client", "Update Client").

A new field is a row here.
"""

from dataclasses import replace

from core.clients.attributes import attribute_of_client
from core.query import ANY, State
from dialects.v1 import wire
from dialects.v1.codes import CURRENCY_CODE, LANGUAGE_CODE
from dialects.v1.contacts import contact_fields
from dialects.v1.documents import document_fields
from dialects.v1.gateway_tokens import gateway_token_fields
from dialects.v1.locations import location_fields
from dialects.v1.tags import TAGS
from dialects.v1.types import NEWER, CountryToFind, HashedIdToFind, NumberToFind, Settings
from schemas.fields import FieldMap
from schemas.list_queries import WhereWords, WithDeleted, WithoutDeleted
from schemas.queries import Parameter, SortBy, Where, WhereBetween, WhereCompared, WhereDeleted, WhereState
from schemas.rows import BOTH, Constant, Field, Many, Row, Verbs
from schemas.types import (
    Boolean,
    CountryCode,
    CountryNumber,
    HashedId,
    IntegerText,
    JsonObject,
    Money,
    Text,
    TrimmedText,
    Type,
    UnixTime,
)

TEXT = Text()
REFERENCE = TrimmedText()
NOTES = Text(max=65_535)
TIME = UnixTime()
MONEY = Money()
AMOUNT = Money(capped=True)
COUNTRY = CountryNumber()

VISIBLE_STATES = ANY
_GROUP_NAMES = ("group", "group_settings_id")
_CUSTOM_VALUES = tuple(f"custom_value{n}" for n in range(1, 5))
_HIDING = ("filter_deleted_clients", "without_deleted_clients")
_OF_CONTACTS = dict.fromkeys(("contacts", "contact_email"), "contact_email")  # of the primary contact

STATES = {state.value: frozenset({state}) for state in State}


def _field(
    key: str, attribute: str = "", kind: Type = TEXT, on: Verbs = BOTH, about: str = "", sorts: bool = False
) -> Field:
    return Field(key, attribute or key, kind, on=on, sort=key if sorts else None, about=about)


def _shown(key: str, kind: Type, attribute: str = "", about: str = "", sorts: bool = False) -> Field:
    return _field(key, attribute, kind, on=frozenset(), about=about, sorts=sorts)


def client_fields(ids: HashedId, public_url: str, stored: bool = True) -> FieldMap:
    """Return the table of a client, given an installation's ids and public URL.

    A client that is not `stored` has no id yet.
    """
    return FieldMap(
        "client" if stored else "blank client",
        attribute_of_client,
        _shown("id", replace(ids, always=stored), about="The hashed id, used in all URLs.", sorts=True),
        _shown("user_id", ids, about="The team user whose key created the client.", sorts=True),
        _field("assigned_user_id", kind=ids, about="The team user who is responsible for the client.", sorts=True),
        _field("name", about="The client's name.", sorts=True),
        _field("website", about="Website.", sorts=True),
        _field("private_notes", kind=NOTES, about="Notes that contacts cannot see."),
        _shown(
            "balance", MONEY, about="The amount that the client owes, as the billing system reports it.", sorts=True
        ),
        _field("group_settings_id", "group_id", ids, about="The client's group; empty for the default category."),
        _shown("paid_to_date", MONEY, about="The amount that the client has paid.", sorts=True),
        _shown("credit_balance", MONEY, about="The client's credit.", sorts=True),
        _shown("last_login", TIME, about="When one of its contacts last opened their link; 0 if never."),
        _field("size_id", kind=IntegerText(), about="The client's size.", sorts=True),
        _field("public_notes", kind=NOTES, about="Notes that contacts can see."),
        _shown("client_hash", TEXT, about="A random identifier of the client."),
        _field("address1", about="Address line 1.", sorts=True),
        _field("address2", about="Address line 2.", sorts=True),
        _field("phone", about="Telephone number.", sorts=True),
        _field("city", about="City.", sorts=True),
        _field("state", "region", about="State or region.", sorts=True),
        _field("postal_code", about="Postal code.", sorts=True),
        _field("country_id", kind=COUNTRY, about="ISO 3166-1 numeric code without leading zeros.", sorts=True),
        _field("industry_id", kind=IntegerText(), about="The client's industry.", sorts=True),
        *(_field(f"custom_value{n}", about="Custom value.", sorts=True) for n in range(1, 5)),
        _field("shipping_address1", about="Shipping address line 1.", sorts=True),
        _field("shipping_address2", about="Shipping address line 2.", sorts=True),
        _field("shipping_city", about="Shipping city.", sorts=True),
        _field("shipping_state", "shipping_region", about="Shipping state or region.", sorts=True),
        _field("shipping_postal_code", about="Shipping postal code.", sorts=True),
        _field("shipping_country_id", kind=COUNTRY, about="ISO 3166-1 numeric code without leading zeros.", sorts=True),
        _field("settings", kind=Settings(), about="Settings of the client; sent keys are merged in."),
        _shown("is_deleted", Boolean(), about="Whether the client is soft-deleted."),
        _field("vat_number", about="VAT or tax number.", sorts=True),
        _field("id_number", kind=REFERENCE, about="The client's own reference, unique when set.", sorts=True),
        _shown("updated_at", TIME, about="When it was last changed.", sorts=True),
        _shown("archived_at", TIME, about="When it was archived; 0 if it is not.", sorts=True),
        _shown("created_at", TIME, about="When it was created.", sorts=True),
        _shown("display_name", TEXT, about="The name, else the primary contact's name, else their email.", sorts=True),
        _field("number", kind=REFERENCE, about="Unique number, assigned in sequence if none is sent.", sorts=True),
        Many(
            "contacts",
            "contacts",
            contact_fields(ids, public_url, stored),
            on=BOTH,
            about="All contacts of the client.",
        ),
        Many("documents", "documents", document_fields(ids, public_url), about="Uploaded documents."),
        Many("gateway_tokens", "gateway_tokens", gateway_token_fields(ids), about="Payment gateway tokens."),
        *_newer_fields(ids),
        Field(None, "tags", TAGS, on=BOTH, write="tags", about="All tags of the client; shown if included."),
        Field(
            None,
            "country_id",
            CountryCode(),
            on=BOTH,
            write="country_code",
            fallback=True,
            about="Alpha-2 or alpha-3 code.",
        ),
        Field(
            None,
            "shipping_country_id",
            CountryCode(),
            on=BOTH,
            write="shipping_country_code",
            fallback=True,
            about="Alpha-2 or alpha-3 code, instead of `shipping_country_id`.",
        ),
        _code(
            "settings.currency_id", CURRENCY_CODE, "currency_code", "ISO 4217 code, instead of `settings.currency_id`."
        ),
        _code(
            "settings.language_id",
            LANGUAGE_CODE,
            "language_code",
            "A locale such as en or pt_BR, instead of `settings.language_id`.",
        ),
    )


def _code(attribute: str, kind: Type, key: str, about: str) -> Field:
    return Field(None, attribute, kind, on=BOTH, write=key, fallback=True, about=about)


def _newer_fields(ids: HashedId) -> tuple[Row, ...]:
    """Return the rows of the vendor's current client that the document's client does not have."""

    def newer(key: str, kind: Type, about: str) -> Field:
        return Field(key, key, kind, on=BOTH, about=f"{about} Shown to keys of edition {NEWER}.", edition=NEWER)

    return (
        newer("classification", REFERENCE, "The kind of client, such as company or government."),
        newer("routing_id", REFERENCE, "The address of the client in a network for electronic invoices."),
        newer("is_tax_exempt", Boolean(), "Whether the client pays no tax."),
        newer("has_valid_vat_number", Boolean(), "Whether the VAT number is valid, as it was sent."),
        newer("tax_info", JsonObject(), "Tax information, stored as it was sent."),
        newer("e_invoice", JsonObject(), "Settings for electronic invoices, stored as they were sent."),
        Constant(
            "payment_balance", 0, f"Balances come from the billing system. Shown to keys of edition {NEWER}.", NEWER
        ),
        Many(
            "locations",
            "locations",
            location_fields(ids),
            on=BOTH,
            max_items=100,
            about=f"All locations of the client. Shown to keys of edition {NEWER}, and if included.",
            edition=NEWER,
        ),
    )


def filters(fields: FieldMap, ids: HashedId) -> tuple[Parameter, ...]:
    """Return the list's query parameters: the document's "Query Parameters", and those of the vendor's reference."""
    find = HashedIdToFind(ids.codec)
    return (
        WhereCompared(
            name="balance", attribute="balance", type=AMOUNT, about="Operator and amount, as in lt:10.", example="lt:10"
        ),
        WhereBetween(
            name="between_balance", attribute="balance", type=AMOUNT, about="Two amounts, as in 10:20.", example="10:20"
        ),
        Where(
            name="classification", attribute="classification", about="Exactly this classification.", example="company"
        ),
        Where(name="client_id", attribute="id", type=find, about="The client of this id."),
        *wire.SINCE,
        Where(name="email", attribute="contact_email", about="Clients with a contact of exactly this email."),
        WhereWords(
            name="filter",
            attribute="any_text",
            about="Words that must all be found in name, number, id_number, custom values or contacts.",
            example="acme jane",
        ),
        Where(name="id_number", attribute="id_number", about="Exactly this reference."),
        Where(name="name", attribute="name", operator="contains", about="Substring of the name."),
        Where(name="number", attribute="number", about="Exactly this number."),
        Where(name="tag", attribute="tag", type=REFERENCE, about="Clients with exactly this tag.", example="vip"),
        *(Where(name=name, attribute="group_id", type=find, about="Clients of this group.") for name in _GROUP_NAMES),
        Where(
            name="assigned_user_id",
            attribute="assigned_user_id",
            type=find,
            about="Clients for which this team user is responsible.",
        ),
        Where(
            name="country_id",
            attribute="country_id",
            type=CountryToFind(),
            about="Clients of this country, by its number or code.",
            example="840",
        ),
        Where(name="industry_id", attribute="industry_id", type=NumberToFind(), about="Clients of this industry."),
        Where(name="size_id", attribute="size_id", type=NumberToFind(), about="Clients of this size."),
        Where(name="vat_number", attribute="vat_number", about="Exactly this VAT number.", example="GB123456789"),
        Where(name="phone", attribute="phone", about="Exactly this telephone number of the client."),
        *(Where(name=name, attribute=name, about="Exactly this custom value.") for name in _CUSTOM_VALUES),
        WhereDeleted(name="is_deleted", about="`true`: only deleted clients; `false`: only the others."),
        WhereState(name="status", words=STATES, many=True, about="Comma-separated states."),
        WithDeleted(
            name="with_trashed", about="`true`: also deleted clients, unless other parameters restrict the states."
        ),
        *(WithoutDeleted(name=name, about="`true`: no deleted clients, as by default.") for name in _HIDING),
        SortBy(
            name="sort",
            columns=fields.sorts() | _OF_CONTACTS,
            about=wire.ABOUT_SORT,
            example="name|asc,created_at|desc",
        ),
        wire.INCLUDE,
        *wire.PAGING,
    )
