"""Roles of team users, and what each role allows on the pages.

API keys have scopes instead (`core.access.scopes`): a key is not restricted when its user gets another role.
"""

from collections.abc import Mapping
from enum import StrEnum

from core.errors import RegisterError


class Role(StrEnum):
    """The roles of team users, from the most to the least powerful."""

    OWNER = "owner"
    MEMBER = "member"
    VIEWER = "viewer"

    @property
    def with_article(self) -> str:
        """The role with its article: `an owner`."""
        return f"an {self}" if self is Role.OWNER else f"a {self}"


class Permission(StrEnum):
    """An action that a role can allow. The text follows `may` in a sentence."""

    SEE_CLIENTS = "see clients and their activities"
    EDIT_CLIENTS = "change clients"
    UPLOAD_DOCUMENTS = "upload documents"
    PUBLISH_DOCUMENTS = "publish documents to contacts"
    RESTORE_CLIENTS = "restore clients"
    SEE_KEYS = "see keys and usage"
    SEE_WEBHOOKS = "see webhooks and mail"
    MANAGE_KEYS = "create, change and revoke keys"
    MANAGE_WEBHOOKS = "add, change, test and remove webhooks"
    PURGE_CLIENTS = "remove clients permanently"
    MANAGE_USERS = "see, add and change team users"


_VIEWER = frozenset({Permission.SEE_CLIENTS})
_MEMBER = _VIEWER | {
    Permission.EDIT_CLIENTS,
    Permission.UPLOAD_DOCUMENTS,
    Permission.PUBLISH_DOCUMENTS,
    Permission.RESTORE_CLIENTS,
    Permission.SEE_KEYS,
    Permission.SEE_WEBHOOKS,
}
ALLOWED: Mapping[Role, frozenset[Permission]] = {
    Role.OWNER: frozenset(Permission),
    Role.MEMBER: _MEMBER,
    Role.VIEWER: _VIEWER,
}


class NotPermitted(RegisterError):
    """The team user's `role` does not have this `permission`; `allowed` are the roles that have it."""

    def __init__(self, role: Role, permission: Permission) -> None:
        super().__init__(f"the role {role} may not {permission}")
        self.role = role
        self.permission = permission
        self.allowed = [each for each in Role if permission in ALLOWED[each]]


def check(role: Role, permission: Permission) -> None:
    """Raise `NotPermitted` unless the role allows it."""
    if permission not in ALLOWED[role]:
        raise NotPermitted(role, permission)
