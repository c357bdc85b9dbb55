"""Categories of clients.

Every client is in exactly one category; each company has a default one that cannot be removed.

`core.clients.groups` presents the same categories without the default one.
"""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, and_, bindparam, delete, func, insert, literal, select
from sqlalchemy import update as change

from core.access import companies
from core.access.keys import Actor
from core.attribute import Changes
from core.clients import writing
from core.clients.attributes import check_size, columns_changed
from core.clients.category_attributes import CATEGORY
from core.database.deferred import BoundStatement
from core.database.prepared import Prepared, blank_value
from core.database.rows import is_row, rows
from core.database.timestamps import next_updated_at
from core.errors import CategoryInUse, DefaultCategory, Problem, Rejected
from core.listing import COMPANY, Listing
from core.models import categories, clients
from core.models.records import CategoryRecord, StoredCategory, with_values
from core.query import LIVE, RecordOrId, ResultPage, Search, State, StoredRecord, id_of
from core.text.clock import now
from core.text.folding import folded
from core.view import View

_MINE = select(categories.c.id).where(categories.c.company_id == bindparam("company"))
_DEFAULT = Prepared(_MINE.where(categories.c.is_default))
# Locked, so that the category still exists when the client is committed.
_OWN = Prepared(
    _MINE.where(categories.c.id == bindparam("category"), categories.c.deleted_at == 0).with_for_update(
        read=True, key_share=True
    )
)
_BLANK = {each.name: blank_value(each.type) for each in categories.columns}

_OF_CATEGORY = and_(clients.c.company_id == COMPANY, clients.c.category_id == categories.c.id)
_CLIENT_COUNT = (
    select(func.count()).select_from(clients).where(_OF_CATEGORY, clients.c.deleted_at == 0).scalar_subquery()
)

LISTING: Listing[CategoryRecord] = Listing(
    "category",
    categories,
    categories,
    values={"client_count": _CLIENT_COUNT, "version_at": categories.c.updated_at + categories.c.version_ahead},
    timestamps=("version_at", "client_count"),
    filters={"type": literal("client")},
    sorts={"type": literal("client")},
    searched=categories.c.searched,
)


def get(
    connection: Connection,
    actor: Actor,
    category_id: int,
    states: frozenset[State] = LIVE,
    _view: View | None = None,
) -> StoredCategory:
    """Return one category with the number of its clients that are not deleted. Raises `NotFound`."""
    return LISTING.get(connection, actor.company_id, category_id, states)


def lock(connection: Connection, actor: Actor, category_id: int, states: frozenset[State] = LIVE) -> StoredCategory:
    """Lock one category until commit and return it. Raises `NotFound`."""
    companies.lock(connection, actor.company_id)
    return LISTING.lock(connection, actor.company_id, category_id, states)


def lock_with_clients(connection: Connection, actor: Actor, category_id: int) -> StoredCategory:
    """Lock a category and every client in it until commit. Raises `NotFound`."""
    # Every writer locks in this order: clients, their company, its categories.
    mine = (clients.c.company_id == actor.company_id, clients.c.category_id == category_id)
    locked = select(clients.c.id).where(*mine).order_by(clients.c.id).with_for_update().subquery()
    connection.execute(select(func.count()).select_from(locked))
    return lock(connection, actor, category_id)


def page(connection: Connection, actor: Actor, search: Search, _view: View | None = None) -> ResultPage:
    """Return one page of the company's categories."""
    return LISTING.page(connection, actor.company_id, search)


def create(connection: Connection, actor: Actor, values: Mapping[str, Any]) -> StoredCategory:
    """Create a category. Raises `Rejected`."""
    companies.lock(connection, actor.company_id)
    return get(connection, actor, _insert(connection, actor.company_id, values))


def unsaved() -> CategoryRecord:
    """Return a blank category, not stored."""
    return with_values(CategoryRecord(), _BLANK)


def check(connection: Connection, actor: Actor, values: Mapping[str, Any]) -> None:
    """Raise `Rejected` for every value that `create` would refuse, even if required values are missing."""
    _checked(connection, unsaved() | {"company_id": actor.company_id}, values)


def update(
    connection: Connection,
    actor: Actor,
    category: RecordOrId,
    values: Mapping[str, Any],
    states: frozenset[State] = LIVE,
) -> StoredCategory:
    """Change the given values only. Raises `NotFound` and `Rejected`."""
    locked = category if isinstance(category, StoredRecord) else lock(connection, actor, category, states)
    changes = _checked(connection, locked.record, values)
    if not changes:
        return locked
    store(connection, actor.company_id, locked.record["id"], **changes)
    return get(connection, actor, locked.record["id"], states)


def store(connection: Connection, company_id: int, category_id: int, **changes: Any) -> None:
    """Store column changes of a category that the caller has locked, and invalidate the renderings of its clients."""
    statement = change(categories).where(is_row(categories, company_id, category_id))
    connection.execute(statement.values(**changes, unrendered_from=1, updated_at=next_updated_at(categories)))


def migrate(connection: Connection, actor: Actor, category: RecordOrId, target_id: int) -> None:
    """Move every client of a category, deleted clients too, to another category. Raises `NotFound` and `Rejected`."""
    category_id = id_of(category)
    if not isinstance(category, StoredRecord):
        lock_with_clients(connection, actor, category_id)
    if target_id == category_id:
        raise Rejected(Problem("target", "exists"))
    resolve(connection, actor.company_id, target_id, "target")
    writing.move(connection, actor, category_id, target_id)


def remove(connection: Connection, actor: Actor, category_id: int) -> None:
    """Remove a category without clients. Raises `NotFound`, `DefaultCategory` and `CategoryInUse`."""
    category = lock(connection, actor, category_id).record
    if category["is_default"]:
        raise DefaultCategory
    in_it = (clients.c.company_id == actor.company_id, clients.c.category_id == category_id)
    if connection.execute(select(clients.c.id).where(*in_it).limit(1)).first():
        raise CategoryInUse
    connection.execute(delete(categories).where(is_row(categories, actor.company_id, category_id)))


def add(connection: Connection, company_id: int, name: str) -> int:
    """Create a category of that name and return its id. Raises `Rejected` if the company has one of that name."""
    companies.lock(connection, company_id)
    return _insert(connection, company_id, {"name": name})


def list_all(connection: Connection, company_id: int) -> list[CategoryRecord]:
    """Return the company's categories in the order of creation, each with the number of its `clients` in any state."""
    in_it = select(func.count()).select_from(clients).where(_OF_CATEGORY).scalar_subquery().label("clients")
    statement = select(categories, in_it).where(categories.c.company_id == company_id).order_by(categories.c.id)
    return rows(CategoryRecord, connection, statement.params(company=company_id))


def names(connection: Connection, company_id: int, limit: int) -> list[CategoryRecord]:
    """Return `id`, `name` and `is_default` of at most `limit` categories that are not deleted, by name."""
    statement = select(categories.c.id, categories.c.name, categories.c.is_default)
    mine = categories.c.company_id == company_id, categories.c.deleted_at == 0
    return rows(CategoryRecord, connection, statement.where(*mine).order_by(categories.c.name).limit(limit))


def resolve_query(company_id: int, category_id: int | None) -> BoundStatement:
    """Return the query of `resolve`, so that it can be sent ahead."""
    if category_id is None:
        return _DEFAULT, {"company": company_id}
    return _OWN, {"company": company_id, "category": category_id}


def resolve(connection: Connection, company_id: int, category_id: int | None, attribute: str) -> int:
    """Return the id of a category of this company; for None, the id of the default one. Raises `Rejected`."""
    statement, values = resolve_query(company_id, category_id)
    found = statement.scalar(connection, **values)
    if found is None:
        raise Rejected(Problem(attribute, "exists"))
    return int(found)


def _insert(connection: Connection, company_id: int, values: Mapping[str, Any]) -> int:
    changes = _checked(connection, unsaved() | {"company_id": company_id}, values)
    at = now()
    row = changes | {"company_id": company_id, "created_at": at, "updated_at": at}
    return int(connection.execute(insert(categories).values(row).returning(categories.c.id)).scalar_one())


def _checked(connection: Connection, category: CategoryRecord, values: Mapping[str, Any]) -> Changes:
    """Return the column changes of these assignments, after checking that no other category has the name."""
    changes = columns_changed(category, values, CATEGORY.__getitem__, categories)
    check_size(changes.get("settings", {}))
    if "name" in changes:
        named = (categories.c.company_id == category["company_id"], categories.c.name == changes["name"])
        if connection.execute(select(categories.c.id).where(*named)).first():
            raise Rejected(Problem("name", "taken"))
        changes["searched"] = folded(changes["name"])
    return changes
