"""The group of clients in /api/v1 (`group_settings` in the vendor's reference)."""

from dataclasses import replace

from core.clients.category_attributes import CATEGORY
from core.listing import ANY_TEXT
from dialects.v1 import wire
from dialects.v1.clients import STATES
from dialects.v1.types import GroupSettings
from schemas.fields import FieldMap
from schemas.list_queries import WhereWords, WithDeleted
from schemas.queries import Parameter, SortBy, Where, WhereDeleted, WhereState
from schemas.rows import BOTH, CREATE, Field
from schemas.types import Boolean, HashedId, Name, UnixTime

TIME = UnixTime()


def group_fields(ids: HashedId, stored: bool = True) -> FieldMap:
    """Return the table of a group for one installation's ids; one that is not `stored` has no id yet."""
    return FieldMap(
        "group setting" if stored else "blank group setting",
        CATEGORY.__getitem__,
        Field("id", "id", replace(ids, always=stored), sort="id", about="The hashed id, used in all URLs."),
        Field(
            "name",
            "name",
            Name(),
            on=BOTH,
            required=CREATE,
            sort="name",
            about="The group's name, unique in the company.",
        ),
        Field("settings", "settings", GroupSettings(), on=BOTH, about="Settings; sent keys are merged in."),
        Field("created_at", "created_at", TIME, sort="created_at", about="When it was created."),
        Field("updated_at", "updated_at", TIME, sort="updated_at", about="When it was last changed."),
        Field("archived_at", "archived_at", TIME, sort="archived_at", about="When it was archived; 0 if it is not."),
        Field("is_deleted", "is_deleted", Boolean(), about="Whether the group is soft-deleted."),
    )


def filters(fields: FieldMap) -> tuple[Parameter, ...]:
    """Return the list's query parameters."""
    return (
        *wire.SINCE,
        WhereWords(name="filter", attribute=ANY_TEXT, about="Words that must all be in the name.", example="trade"),
        Where(name="name", attribute=ANY_TEXT, operator="contains", about="Substring of the name."),
        WithDeleted(
            name="with_trashed", about="`true`: also deleted groups, unless other parameters restrict the states."
        ),
        WhereDeleted(name="is_deleted", about="`true`: only deleted groups; `false`: only the others."),
        WhereState(name="status", words=STATES, many=True, about="Comma-separated states."),
        SortBy(name="sort", columns=fields.sorts(), about=wire.ABOUT_SORT, example="name|DESC"),
        *wire.PAGING,
    )
