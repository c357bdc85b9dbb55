"""The webhook in /api/v1, with the keys of the vendor's public reference."""

from dataclasses import replace

from core.events.caller_webhooks import WEBHOOK
from core.events.targets import Targets
from core.listing import ANY_TEXT
from dialects.v1 import wire
from dialects.v1.clients import STATES
from dialects.v1.webhook_types import ABOUT_EVENTS, EventId, EventIdToFind, Headers, TargetUrl, Word
from schemas.fields import FieldMap
from schemas.list_queries import WhereWords, WithDeleted
from schemas.queries import Parameter, SortBy, Where, WhereDeleted, WhereState
from schemas.rows import BOTH, CREATE, Field
from schemas.types import Boolean, HashedId, Text, UnixTime

TIME = UnixTime()


def webhook_fields(ids: HashedId, targets: Targets, stored: bool = True) -> FieldMap:
    """Return the table of a webhook for one installation's ids; one that is not `stored` has no id yet."""
    methods = {"post": "POST", "put": "PUT"}
    return FieldMap(
        "webhook" if stored else "blank webhook",
        WEBHOOK.__getitem__,
        Field("id", "id", replace(ids, always=stored), sort="id", about="The hashed id, used in all URLs."),
        Field("user_id", "user_id", ids, about="The team user whose key created it."),
        Field(
            "event_id",
            "events",
            EventId(),
            on=BOTH,
            required=CREATE,
            sort="event_id",
            about=f"The event for which messages are sent: {ABOUT_EVENTS}.",
        ),
        Field(
            "target_url",
            "url",
            TargetUrl(targets),
            on=BOTH,
            required=CREATE,
            sort="target_url",
            about="The address, http:// or https://, not on this machine or in a private network.",
        ),
        Field("format", "format", Word({"JSON": "json"}), on=BOTH, about="The format of messages, always JSON."),
        Field(
            "rest_method", "method", Word(methods), on=BOTH, sort="rest_method", about="The HTTP method of requests."
        ),
        Field("headers", "headers", Headers(), on=BOTH, about="Further headers of each request."),
        Field("created_at", "created_at", TIME, sort="created_at", about="When it was created."),
        Field("updated_at", "updated_at", TIME, sort="updated_at", about="When it was last changed."),
        Field("archived_at", "archived_at", TIME, sort="archived_at", about="When it was archived; 0 if it is not."),
        Field("is_deleted", "is_deleted", Boolean(), about="Whether it is soft-deleted."),
    )


def filters(fields: FieldMap) -> tuple[Parameter, ...]:
    """Return the list's query parameters."""
    return (
        *wire.SINCE,
        WhereWords(name="filter", attribute=ANY_TEXT, about="Words that must all be in the target URL.", example="n8n"),
        Where(name="event_id", attribute="events", type=EventIdToFind(), about="Only webhooks for this event."),
        Where(name="target_url", attribute="url", type=Text(max=2000), about="Exactly this target URL."),
        WithDeleted(
            name="with_trashed", about="`true`: also deleted webhooks, unless other parameters restrict the states."
        ),
        WhereDeleted(name="is_deleted", about="`true`: only deleted webhooks; `false`: only the others."),
        WhereState(name="status", words=STATES, many=True, about="Comma-separated states."),
        SortBy(name="sort", columns=fields.sorts(), about=wire.ABOUT_SORT, example="target_url|ASC"),
        *wire.PAGING,
    )
