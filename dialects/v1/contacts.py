"""The contact inside a client in /api/v1 (the document's contacts array)."""

from core.clients.attributes import CONTACT
from dialects.v1.types import ContactId, ContactPassword
from schemas.fields import FieldMap
from schemas.rows import BOTH, Field
from schemas.types import Boolean, Email, HashedId, Text, UnixTime, Url

TEXT = Text()
TIME = UnixTime()


def contact_fields(ids: HashedId, public_url: str, stored: bool = True) -> FieldMap:
    """Return the table of a contact, given an installation's ids and public URL.

    A contact that is not `stored` has no id and no link yet.
    """
    link = Url(f"{public_url}/client/key_login/{{}}", TEXT, always=stored)
    return FieldMap(
        "contact" if stored else "blank contact",
        CONTACT.__getitem__,
        Field(
            "id",
            "id",
            ContactId(ids.codec, always=stored),
            on=BOTH,
            about="Send it to keep the contact's identity. Without an id that can be decoded, the contact is new.",
        ),
        Field("first_name", "first_name", TEXT, on=BOTH, about="First name."),
        Field("last_name", "last_name", TEXT, on=BOTH, about="Last name."),
        Field("email", "email", Email(), on=BOTH, about="Email, distinct within one request."),
        Field("created_at", "created_at", TIME, about="When it was created."),
        Field("updated_at", "updated_at", TIME, about="When it was last changed."),
        Field("archived_at", "archived_at", TIME, about="When it was archived; 0 if it is not."),
        Field(
            "is_primary", "is_primary", Boolean(), on=BOTH, about="Whether it is the primary contact; exactly one is."
        ),
        Field("is_locked", "is_locked", Boolean(), on=BOTH, about="Whether the contact has no access to the portal."),
        Field("phone", "phone", TEXT, on=BOTH, about="Telephone number."),
        *(Field(f"custom_value{n}", f"custom_value{n}", TEXT, on=BOTH, about="Custom value.") for n in range(1, 5)),
        Field("contact_key", "contact_key", TEXT, about="The secret in the contact's link."),
        Field("send_email", "send_email", Boolean(), on=BOTH, about="Whether the contact receives emails by default."),
        Field("last_login", "last_login", TIME, about="When the contact last logged in; 0 if never."),
        Field("password", "password", ContactPassword(), on=BOTH, about="Write-only; shown as a mask."),
        Field("link", "contact_key", link, about="The contact's own page."),
    )
