"""The team user in /api/v1 (`users` in the vendor's reference), without passwords; read only."""

from collections.abc import Sequence
from dataclasses import replace

from core.access import team
from core.access.team import USER
from core.listing import ANY_TEXT
from dialects.shared.operation import Path
from dialects.shared.resource import Resource
from dialects.v1 import wire
from schemas.fields import FieldMap
from schemas.queries import Parameter, SortBy, Where
from schemas.rows import Constant, Field
from schemas.types import HashedId, Text, UnixTime

TEXT, TIME = Text(), UnixTime()
_NONE = "The register does not store this for team users."


def user_fields(ids: HashedId) -> FieldMap:
    """Return the table of a team user for one installation's ids."""
    return FieldMap(
        "user",
        USER.__getitem__,
        Field("id", "id", replace(ids, always=True), sort="id", about="The hashed id, as in `assigned_user_id`."),
        Field("first_name", "first_name", TEXT, sort="first_name", about="First name."),
        Field("last_name", "last_name", TEXT, sort="last_name", about="Last name."),
        Field("email", "email", TEXT, sort="email", about="Email."),
        Constant("phone", "", _NONE),
        Constant("signature", "", _NONE),
        *(Constant(f"custom_value{number}", "", _NONE) for number in range(1, 5)),
        Constant("last_login", 0, "The times of sign-ins are not shown."),
        Field("created_at", "created_at", TIME, sort="created_at", about="When it was created."),
        Field("updated_at", "updated_at", TIME, sort="updated_at", about="When it was last changed."),
        Field(
            "archived_at",
            "disabled_at",
            TIME,
            about="When an operator disabled the user; 0 if the user is not disabled.",
        ),
        Constant("is_deleted", False, "Removed users are not shown."),
    )


def filters(fields: FieldMap) -> tuple[Parameter, ...]:
    """Return the list's query parameters."""
    about = "Substring of the name or the email."
    return (
        *wire.SINCE,
        Where(name="filter", attribute=ANY_TEXT, operator="contains", type=Text(max=512), about=about),
        SortBy(
            name="sort", columns=fields.sorts(), about="Column and direction, as in email|ASC.", example="email|ASC"
        ),
        *wire.PAGING,
    )


def user_paths(fields: FieldMap, envelope: wire.Envelope) -> Sequence[Path]:
    """Return every path whose answers are team users."""
    user = Resource("User", team, fields, envelope, filters=filters(fields))
    return (Path("/users", {"GET": user.lists()}), Path("/users/{id}", {"GET": user.shows()}))
