"""The payment gateway token inside a client, and by itself (`client_gateway_tokens` in the vendor's reference)."""

from dataclasses import replace

from core.clients.attributes import GATEWAY_TOKEN
from dialects.v1 import wire
from dialects.v1.types import HashedIdToFind
from schemas.fields import FieldMap
from schemas.queries import Parameter, SortBy, Where
from schemas.rows import BOTH, CREATE, Constant, Field
from schemas.types import Boolean, HashedId, JsonObject, Text, UnixTime

TEXT = Text()
TIME = UnixTime()

_SENT = ("token", "gateway_customer_reference", "company_gateway_id", "gateway_type_id", "is_default", "meta")
_SORTS = ("id", "company_gateway_id", "gateway_type_id", "created_at", "updated_at")


def gateway_token_fields(ids: HashedId) -> FieldMap:
    """Return the table of a gateway token inside its client, for one installation's ids."""
    return FieldMap(
        "gateway token",
        GATEWAY_TOKEN.__getitem__,
        Field("id", "id", replace(ids, always=True), about="The hashed id."),
        Field("token", "token", TEXT, about="The gateway's reference to the means of payment."),
        Field(
            "gateway_customer_reference",
            "gateway_customer_reference",
            TEXT,
            about="The gateway's identifier of the client.",
        ),
        Field("company_gateway_id", "company_gateway_id", TEXT, about="The company's gateway that it belongs to."),
        Field("gateway_type_id", "gateway_type_id", Text(max=20), about="The kind of payment."),
        Field("is_default", "is_default", Boolean(), about="Whether it is the client's default token."),
        Field("meta", "meta", JsonObject(), about="Details of the means of payment, from the gateway."),
        Field("created_at", "created_at", TIME, about="When it was created."),
        Field("updated_at", "updated_at", TIME, about="When it was last changed."),
        Constant("archived_at", 0, "Gateway tokens are not archived."),
        Constant("is_deleted", False, "Deleted gateway tokens are not shown."),
    )


def own_gateway_token_fields(ids: HashedId, stored: bool = True) -> FieldMap:
    """Return the table of a gateway token by itself; one that is not `stored` has no id yet."""
    inside = [_own_row(row, ids, stored) if isinstance(row, Field) else row for row in gateway_token_fields(ids).rows]
    client_id = Field(
        "client_id",
        "client_id",
        replace(ids, always=stored),
        on=CREATE,
        required=CREATE,
        about="The client of the token, which cannot be changed; not shown inside the client.",
    )
    name = "client gateway token" if stored else "blank client gateway token"
    return FieldMap(name, GATEWAY_TOKEN.__getitem__, *inside, client_id)


def _own_row(row: Field, ids: HashedId, stored: bool) -> Field:
    if row.key == "id":
        row = replace(row, type=replace(ids, always=stored))
    row = replace(row, sort=row.key if row.key in _SORTS else None)
    return replace(row, on=BOTH) if row.key in _SENT else row


def filters(fields: FieldMap, ids: HashedId) -> tuple[Parameter, ...]:
    """Return the list's query parameters."""
    find = HashedIdToFind(ids.codec)
    return (
        Where(name="client_id", attribute="client_id", type=find, about="Tokens of this client."),
        Where(name="company_gateway_id", attribute="company_gateway_id", about="Exactly this gateway."),
        Where(
            name="is_default",
            attribute="is_default",
            type=Boolean(),
            about="`true`: only default tokens; `false`: only the others.",
        ),
        *wire.SINCE,
        SortBy(name="sort", columns=fields.sorts(), about=wire.ABOUT_SORT, example="created_at|DESC"),
        *wire.PAGING,
    )
