"""The location inside a client in /api/v1 (the vendor's public reference)."""

from dataclasses import dataclass, replace
from typing import Any

from core.clients.extras import LOCATION
from schemas.errors import BrokenRule
from schemas.fields import FieldMap
from schemas.rows import BOTH, Constant, Field
from schemas.types import Boolean, CountryNumber, HashedId, Schema, Text, UnixTime, is_blank, whole

TEXT = Text()
TIME = UnixTime()


@dataclass(frozen=True)
class LocationId(HashedId):
    """The id of a location.

    A value that is not an id, as client programs number new locations (`-7`), counts as none.
    """

    def parse(self, value: Any) -> int | None:
        value = whole(value)
        if isinstance(value, bool) or not isinstance(value, str | int | None):
            raise BrokenRule("string")
        return self.decode(value) if isinstance(value, str) and not is_blank(value) else None

    def input_schema(self) -> Schema:
        return {"type": ["string", "integer", "null"]}


def location_fields(ids: HashedId) -> FieldMap:
    """Return the table of a location for one installation's ids."""
    always = replace(ids, always=True)
    return FieldMap(
        "location",
        LOCATION.__getitem__,
        Field(
            "id",
            "id",
            LocationId(ids.codec, always=True),
            on=BOTH,
            about="Send it to keep the location's identity. A location without one is new.",
        ),
        Field("user_id", "user_id", ids, about="The team user whose key created the client."),
        Constant("vendor_id", "", "The register has no vendors."),
        Field("client_id", "client_id", always, about="The client of the location."),
        Field("name", "name", TEXT, on=BOTH, about="The location's name."),
        Field("address1", "address1", TEXT, on=BOTH, about="Address line 1."),
        Field("address2", "address2", TEXT, on=BOTH, about="Address line 2."),
        Field("city", "city", TEXT, on=BOTH, about="City."),
        Field("state", "state", TEXT, on=BOTH, about="State or region."),
        Field("postal_code", "postal_code", TEXT, on=BOTH, about="Postal code."),
        Field(
            "country_id", "country_id", CountryNumber(), on=BOTH, about="ISO 3166-1 numeric code without leading zeros."
        ),
        *(Field(f"custom_value{n}", f"custom_value{n}", TEXT, on=BOTH, about="Custom value.") for n in range(1, 5)),
        Field("is_deleted", "is_deleted", Boolean(), on=BOTH, about="Whether it is no longer used, as it was sent."),
        Field(
            "is_shipping_location",
            "is_shipping_location",
            Boolean(),
            on=BOTH,
            about="Whether it is a shipping address.",
        ),
        Field("updated_at", "updated_at", TIME, about="When it was last changed."),
        Field("archived_at", "archived_at", TIME, about="When it was archived; 0 if it is not."),
        Field("created_at", "created_at", TIME, about="When it was created."),
    )
