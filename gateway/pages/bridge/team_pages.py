"""The pages on which owners add team users, give them roles, disable and enable them.

Nobody changes their own account.
"""

from collections.abc import Mapping

from core.access import owners, used_forms, users
from core.access.roles import Permission, Role
from core.access.used_forms import FormUsed
from core.access.users import MIN_PASSWORD
from core.errors import NotFound
from core.models.operating_records import UserRecord
from core.operations import removal
from core.text.names import shown_name
from gateway.pages.bridge.forms import NAME, Fields, FormRefused, one_of
from gateway.pages.bridge.member_pages import MemberPages, PageRequest
from gateway.pages.bridge.page_endpoint import Routes
from gateway.pages.bridge.pages import Page
from schemas.types import Email, Text, TrimmedText

ROLES: Mapping[Role, str] = {
    Role.OWNER: "everything, including keys, webhooks and the team",
    Role.MEMBER: "change clients and documents, and see keys, webhooks and mail",
    Role.VIEWER: "see clients and their history",
}
_BY_NAME = {role.value: role for role in Role}
_OWN = "This is your own account; another owner can change it."


class TeamPages:
    """The pages of the team."""

    def __init__(self, member_pages: MemberPages) -> None:
        self._member_pages = member_pages

    def routes(self) -> Routes:
        """Return every path with its methods."""
        pages, manage = self._member_pages, Permission.MANAGE_USERS
        return {
            "/bridge/team": {"GET": pages.page(self.list, manage)},
            "/bridge/team/new": pages.form_page(self.ask, self.add, manage),
            "/bridge/team/{id}/role": pages.form_page(self.ask_role, self.set_role, manage),
            "/bridge/team/{id}/disable": pages.form_page(self.ask_disabling, self.disable, manage),
            "/bridge/team/{id}/enable": {"POST": pages.action(self.enable, manage)},
        }

    def list(self, page_request: PageRequest) -> Page:
        """Return the page of all team users, including disabled ones."""
        team = users.team(page_request.connection, page_request.member.company_id)
        people = [{**each, "name": shown_name(each), "is_own": _is_own(page_request, each)} for each in team]
        return Page("team.html", {"people": people, "roles": ROLES, "done": page_request.query.get("done", "")})

    def ask(self, page_request: PageRequest) -> Page:
        """Return the form for a new team user."""
        values = {"form": page_request.shown_form, "roles": ROLES, "least": MIN_PASSWORD, "chosen": Role.MEMBER}
        return Page("team_new.html", values)

    def add(self, page_request: PageRequest) -> str:
        """Add a team user, who signs in with the password of the form."""
        fields = Fields(page_request.form)
        for name in ("email", "password", "role"):
            fields.require(name)
        email, password = fields.read("email", Email().parse, ""), fields.read("password", Text().parse, "")
        first, last = (fields.read(name, TrimmedText().parse, "") for name in ("first_name", "last_name"))
        role = fields.read("role", one_of(_BY_NAME), Role.VIEWER)
        fields.check()

        def make() -> int:
            company = page_request.member.company_id
            return users.add_team_user(page_request.connection, company, email, password, first, last, role)

        try:
            name = page_request.form.get(NAME, "")
            used_forms.once(page_request.connection, page_request.member.user_id, name, make)
        except FormUsed:
            pass  # a form that was sent twice adds one user
        return "/bridge/team?done=added"

    def ask_role(self, page_request: PageRequest) -> Page:
        """Return the form for another role."""
        values = {"form": page_request.shown_form, "roles": ROLES, **_shown(page_request)}
        return Page("team_role.html", values)

    def set_role(self, page_request: PageRequest) -> str:
        """Give a team user another role from the next request on."""
        user, fields = _other_team_user(page_request, "role"), Fields(page_request.form)
        fields.require("role")
        role = fields.read("role", one_of(_BY_NAME), Role.VIEWER)
        fields.check()
        owners.set_role(page_request.connection, page_request.member.company_id, user["id"], role)
        return "/bridge/team?done=changed"

    def ask_disabling(self, page_request: PageRequest) -> Page:
        """Return the page that asks whether to disable a team user."""
        shown = _shown(page_request)
        holdings = removal.count_user_data(page_request.connection, page_request.member.company_id, page_request.id())
        return Page("team_disable.html", {"form": page_request.shown_form, "holdings": holdings, **shown})

    def disable(self, page_request: PageRequest) -> str:
        """Disable a team user: sessions end at once, and the user's keys are no longer valid."""
        user = _other_team_user(page_request, "user")
        users.disable(page_request.connection, page_request.member.company_id, user["id"])
        return "/bridge/team?done=disabled"

    def enable(self, page_request: PageRequest) -> str:
        """Enable a team user and the keys that are not revoked."""
        users.enable(page_request.connection, _team_user(page_request)["id"])
        return "/bridge/team?done=enabled"


def _team_user(page_request: PageRequest) -> UserRecord:
    """Return the team user in the path. Raises `NotFound`."""
    team = users.team(page_request.connection, page_request.member.company_id)
    found = next((each for each in team if each["id"] == page_request.id()), None)
    if found is None:
        raise NotFound("team user")
    return found


def _other_team_user(page_request: PageRequest, field: str) -> UserRecord:
    """Return the team user in the path, who must not be the member. Raises `FormRefused`."""
    found = _team_user(page_request)
    if _is_own(page_request, found):
        raise FormRefused({field: _OWN})
    return found


def _is_own(page_request: PageRequest, user: UserRecord) -> bool:
    return user["id"] == page_request.member.user_id


def _shown(page_request: PageRequest) -> dict[str, object]:
    user = _team_user(page_request)
    return {"user": user, "name": shown_name(user), "is_own": _is_own(page_request, user), "own": _OWN}
