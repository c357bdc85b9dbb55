"""`GET /ping` of /api/v1, with which callers check their token."""

from core.access import users
from core.access.scopes import Scope
from core.attribute import Attribute
from core.text.names import shown_name
from dialects.shared.operation import Answer, Call, Operation, Reply
from schemas.fields import FieldMap
from schemas.openapi import reference
from schemas.rows import Field
from schemas.types import Text

_OWNER = {
    "company_name": Attribute(lambda owner: owner["company_name"], stored="company_name"),
    "user_name": Attribute(shown_name),
}

PING = FieldMap(
    "ping",
    _OWNER.__getitem__,
    Field("company_name", "company_name", Text(), about="The company that the token belongs to."),
    Field("user_name", "user_name", Text(), about="The name of the team user who owns the token, else the email."),
)


def _ping(call: Call) -> Answer:
    return Answer(PING.render(users.owner_of_key(call.connection, call.actor)))


def pings() -> Operation:
    """Return the operation for GET on /ping."""
    reply = Reply("The token is valid.", reference(PING))
    return Operation(
        "ping", _ping, "Show the company and the user of the token.", reply, Scope.READ, bounded=lambda _query: True
    )
