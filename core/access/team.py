"""Team users as records that can be listed (read only). `core.access.users` creates and changes them."""

from dataclasses import replace

from sqlalchemy import BigInteger, ColumnElement, Connection, case, literal, select, true

from core.access.keys import Actor
from core.attribute import Attribute, fixed
from core.listing import ANY_TEXT, Listing
from core.models import users
from core.query import ANY, ResultPage, Search, State, StoredRecord
from core.text.folding import folded
from core.text.names import searched_text, shown_name
from core.view import View

ADMINISTRATOR = 1
ACTIVE, DISABLED = "active", "suspended"
"""The states of a team user."""

USER: dict[str, Attribute] = {
    name: fixed(name) for name in ("id", "first_name", "last_name", "email", "created_at", "updated_at", "disabled_at")
} | {
    "name": Attribute(shown_name, of=("first_name", "last_name", "email")),
    "status": Attribute(lambda user: DISABLED if user["disabled_at"] else ACTIVE, of=("disabled_at",)),
}

# All team users are administrators, so a filter for any other role finds none.
_LISTING = Listing(
    "team member",
    users,
    users,
    filters={
        "role_id": literal(ADMINISTRATOR, BigInteger),
        "status": case((users.c.disabled_at == 0, ACTIVE), else_=DISABLED),
    },
    sorts={"email": users.c.email_key},
)


def get(
    connection: Connection, actor: Actor, user_id: int, _states: frozenset[State] = ANY, _view: View | None = None
) -> StoredRecord:
    """Return one team user. Raises `NotFound`."""
    return _LISTING.get(connection, actor.company_id, user_id)


def page(connection: Connection, actor: Actor, search: Search, _view: View | None = None) -> ResultPage:
    """Return one page of the company's team users."""
    wanted = [each.value for each in search.filters if each.name == ANY_TEXT]
    others = [each for each in search.filters if each.name != ANY_TEXT]
    listing = replace(_LISTING, visible=_search_condition(connection, actor, wanted) if wanted else true())
    return listing.page(connection, actor.company_id, replace(search, filters=others, states=ANY))


def _search_condition(connection: Connection, actor: Actor, wanted: list[str]) -> ColumnElement[bool]:
    """Return the condition that the name or email contains all of these texts."""
    # Folded here, because databases fold differently; a team is small.
    columns = (users.c.id, users.c.first_name, users.c.last_name, users.c.email)
    rows = connection.execute(select(*columns).where(users.c.company_id == actor.company_id)).mappings()
    texts = [folded(each) for each in wanted]
    ids = [row["id"] for row in rows if all(text in searched_text(dict(row)) for text in texts)]
    return users.c.id.in_(ids)
