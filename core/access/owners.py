"""The owners among a company's team users. A company always has an owner who can sign in."""

from sqlalchemy import Connection, exists, select, update

from core.access import companies
from core.access.roles import Role
from core.database.timestamps import next_updated_at
from core.errors import LastOwner, NotFound
from core.models import users

_IS_ACTIVE_OWNER = (users.c.role == Role.OWNER.value, users.c.disabled_at == 0)


def default_role(connection: Connection, company_id: int) -> Role:
    """Return the role of a new team user: owner if the company has no active owner, else member."""
    has_owner = exists().where(users.c.company_id == company_id, *_IS_ACTIVE_OWNER)
    return Role.MEMBER if connection.execute(select(has_owner)).scalar() else Role.OWNER


def set_role(connection: Connection, company_id: int, user_id: int, role: Role) -> bool:
    """Give a team user a role, and return whether it changed.

    Raises `NotFound` and, for the last owner, `LastOwner`.
    """
    companies.lock(connection, company_id)
    mine = users.c.company_id == company_id, users.c.id == user_id
    known = connection.execute(select(users.c.role).where(*mine)).scalar()
    if known is None:
        raise NotFound("team user")
    if known == role:
        return False
    if role is not Role.OWNER:
        check_is_not_last(connection, company_id, user_id)
    connection.execute(update(users).where(*mine).values(role=role.value, updated_at=next_updated_at(users)))
    return True


def check_is_removable(connection: Connection, company_id: int, user_id: int) -> None:
    """Raise `LastOwner` for the last owner of a company that has other team users.

    The last owner can be disabled or removed only as the last member of the team. Only under `companies.lock` is this
    sure to stay true until commit.
    """
    others = exists().where(users.c.company_id == company_id, users.c.id != user_id)
    if connection.execute(select(others)).scalar():
        check_is_not_last(connection, company_id, user_id)


def check_is_not_last(connection: Connection, company_id: int, user_id: int) -> None:
    """Raise `LastOwner` if this is the only owner who can sign in."""
    owners = select(users.c.id, users.c.email).where(users.c.company_id == company_id, *_IS_ACTIVE_OWNER)
    found = connection.execute(owners.limit(2)).all()
    if [each.id for each in found] == [user_id]:
        raise LastOwner(found[0].email)
