"""Roles of team users on the command line, and that a team always has an owner who can sign in."""

import pytest

from core.access import companies, owners, users
from core.access.roles import Role
from core.errors import LastOwner
from tests.register.arranging import together

ACME = ("--company", "Acme")
LAST = "team@acme.example is the last owner of the company; make another team user an owner first"


def added(installed, email: str, *more: str) -> None:
    installed.run("users", "add", "--type", "team", "--email", email, "--password", "Secret123", *more, *ACME)


def roles(installed) -> dict[str, str | None]:
    return {row["email"]: row["role"] for row in installed.run.listed("users", "list", *ACME)}


def test_the_first_team_user_is_an_owner_and_others_are_members_by_default(installed):
    added(installed, "ann@acme.example")
    added(installed, "joe@acme.example", "--role", "viewer")
    installed.run("users", "add", "--type", "contact", "--email", "jim@customer.example", *ACME)
    assert roles(installed) == {
        "team@acme.example": "owner",
        "ann@acme.example": "member",
        "joe@acme.example": "viewer",
        "jim@customer.example": None,
    }
    refused = installed.run.run(
        "users", "add", "--type", "contact", "--email", "j@x.example", "--role", "viewer", *ACME
    )
    assert (refused.exit_code, "has no --role" in refused.stderr) == (2, True)


def test_a_changed_role_applies_at_once_and_keeps_keys_and_sessions(installed):
    added(installed, "ann@acme.example")
    key = installed.run("token", "create", "--email", "ann@acme.example", *ACME)
    browser, _ = installed.sign_in("ann@acme.example")
    assert browser.get("/bridge/keys").status_code == 200
    said = installed.run.run("users", "set-role", "ANN@acme.example", "viewer", *ACME)
    assert said.stderr == "ANN@acme.example is now a viewer.\n"
    assert (browser.get("/bridge/keys").status_code, browser.get("/bridge").status_code) == (403, 200)
    assert installed.acme.v1.get("/clients", headers={"X-API-TOKEN": key}).status_code == 200
    assert "already" in installed.run.run("users", "set-role", "ann@acme.example", "viewer", *ACME).stderr


@pytest.mark.parametrize(
    "words", [("set-role", "member"), ("set-role", "viewer"), ("disable",), ("remove", "--yes")], ids=" ".join
)
def test_the_last_owner_of_a_team_keeps_the_role(installed, words):
    added(installed, "ann@acme.example")
    added(installed, "old@acme.example", "--role", "owner")
    installed.run("users", "disable", "old@acme.example", *ACME)
    before = roles(installed)
    refused = installed.run.run("users", words[0], "team@acme.example", *words[1:], *ACME)
    assert (refused.exit_code, refused.stderr.splitlines()[-1]) == (1, f"Error: {LAST}.")
    assert roles(installed) == before
    assert installed.sign_in()[1].status_code == 303
    installed.run("users", "set-role", "ann@acme.example", "owner", *ACME)
    assert installed.run.run("users", words[0], "team@acme.example", *words[1:], *ACME).exit_code == 0


def test_a_user_added_to_a_team_without_an_active_owner_becomes_owner(installed):
    installed.run("users", "disable", "team@acme.example", *ACME)  # the team has no other user
    added(installed, "ann@acme.example")
    assert roles(installed)["ann@acme.example"] == "owner"


def test_two_owners_who_demote_each_other_leave_one_owner(installed):
    database = installed.server.database

    def demote(email: str) -> str:
        def unit(connection) -> None:
            company_id = companies.find(connection, "Acme")
            owners.set_role(connection, company_id, users.find_team_user(connection, company_id, email), Role.VIEWER)

        try:
            database.write_now(unit)
        except LastOwner:
            return "refused"
        return "done"

    added(installed, "ann@acme.example", "--role", "owner")
    acts = [lambda email=email: demote(email) for email in ("team@acme.example", "ann@acme.example")]
    assert sorted(together(acts)) == ["done", "refused"]
    assert sorted(roles(installed).values()) == ["owner", "viewer"]


def test_both_apis_show_a_viewer_like_any_team_user(installed):
    added(installed, "ann@acme.example", "--role", "viewer")
    team = installed.acme.api.get("/team").json()["data"]
    assert {each["role"]["name"] for each in team} == {"Administrator"}
    first, second = installed.acme.v1.get("/users").json()["data"]
    assert set(first) == set(second)
    assert "role" not in first
