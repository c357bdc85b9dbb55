"""The payment gateway token inside a client."""

from dataclasses import replace

from core.attributes import GATEWAY_TOKEN
from schemas.fields import Constant, Field, FieldMap
from schemas.types import Boolean, HashedId, JsonObject, Text, UnixTime

TEXT = Text()
TIME = UnixTime()


def gateway_token_fields(ids: HashedId) -> FieldMap:
    """The table of a gateway token for one installation's ids."""
    return FieldMap(
        "gateway token",
        GATEWAY_TOKEN.__getitem__,
        Field("id", "id", replace(ids, always=True)),
        Field("token", "token", TEXT, about="The gateway's reference to the means of payment."),
        Field("gateway_customer_reference", "gateway_customer_reference", TEXT),
        Field("company_gateway_id", "company_gateway_id", TEXT),
        Field("gateway_type_id", "gateway_type_id", TEXT),
        Field("is_default", "is_default", Boolean()),
        Field("meta", "meta", JsonObject(), about="What the gateway tells of the means of payment."),
        Field("created_at", "created_at", TIME),
        Field("updated_at", "updated_at", TIME),
        Constant("archived_at", 0, "Gateway tokens are not archived."),
        Constant("is_deleted", False, "A deleted gateway token is gone."),
    )
