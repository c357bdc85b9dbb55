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
        Field("id", "id", replace(ids, always=True), about="The hashed id."),
        Field("token", "token", TEXT, about="The gateway's reference to the means of payment."),
        Field(
            "gateway_customer_reference", "gateway_customer_reference", TEXT, about="The gateway's name for the client."
        ),
        Field("company_gateway_id", "company_gateway_id", TEXT, about="Which of the company's gateways it belongs to."),
        Field("gateway_type_id", "gateway_type_id", TEXT, about="The kind of payment."),
        Field("is_default", "is_default", Boolean(), about="Whether it is used unless another is chosen."),
        Field("meta", "meta", JsonObject(), about="What the gateway tells of the means of payment."),
        Field("created_at", "created_at", TIME, about="When it was made."),
        Field("updated_at", "updated_at", TIME, about="When it was last changed."),
        Constant("archived_at", 0, "Gateway tokens are not archived."),
        Constant("is_deleted", False, "A deleted gateway token is gone."),
    )
