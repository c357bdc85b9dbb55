"""Team users whom owners add, give roles and disable on the pages."""

import html

import pytest

from core.access import keys, users
from core.access.roles import Role
from tests.bridge.test_key_forms import form_name
from tests.register.arranging import register, together

pytestmark = pytest.mark.engines("sqlite")
both_engines = pytest.mark.engines("sqlite", "postgresql")

GIVEN = {
    "email": "ann@acme.example",
    "password": "Secret456",
    "role": "viewer",
    "first_name": "Ann",
    "last_name": "<b>",
}


@pytest.fixture
def owner(signed_in_as):
    return signed_in_as(Role.OWNER)


def team(company):
    return {each["email"]: each for each in register(company, users.team)}


def test_an_added_team_user_signs_in_and_may_do_what_the_role_allows(company, owner, visitor):
    done = owner.post("/bridge/team/new", **GIVEN)
    assert (done.status_code, done.headers["location"]) == (303, "/bridge/team?done=added")
    assert visitor.sign_in("Secret456", email="ann@acme.example").status_code == 303
    assert (visitor.get("/bridge").status_code, visitor.get("/bridge/team").status_code) == (200, 403)
    page = owner.get("/bridge/team").text
    assert "Ann &lt;b&gt;" in page
    assert "$argon2" not in page


@both_engines
def test_a_double_click_adds_one(company, owner):
    sent = GIVEN | {"form": form_name(owner.get("/bridge/team/new"))}
    answers = together([lambda: owner.post("/bridge/team/new", **sent)] * 3)
    assert {answer.status_code for answer in answers} == {303}
    assert len(team(company)) == 3


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("email", "ann", "must be a valid email address"),
        ("email", "TEAM@acme.example", "has already been taken"),
        ("password", "short", "at least 8 characters"),
        ("password", "", "The password field is required."),
        ("role", "boss", "The selected role is invalid."),
    ],
)
def test_invalid_values_add_nobody_and_show_no_password(company, owner, field, value, words):
    refused = owner.post("/bridge/team/new", **(GIVEN | {field: value}))
    assert (refused.status_code, len(team(company))) == (422, 2)
    assert words in html.unescape(refused.text)
    assert 'value="Ann"' in refused.text
    assert "Secret456" not in refused.text


def test_another_role_and_disabling_are_in_force_at_once(company, owner, signed_in_as):
    member = signed_in_as(Role.MEMBER)
    user_id = team(company)["member@acme.example"]["id"]
    key = register(company, keys.issue, user_id, "hers")
    assert owner.post(f"/bridge/team/{user_id}/role", role="viewer").status_code == 303
    assert member.get("/bridge/keys").status_code == 403
    asked = owner.get(f"/bridge/team/{user_id}/disable").text
    assert "1 session of member@acme.example will end, and 1 key is not valid" in asked
    assert member.get("/bridge").status_code == 200
    assert owner.post(f"/bridge/team/{user_id}/disable").status_code == 303
    assert member.get("/bridge").status_code == 303
    assert company.v1.get("/clients", headers={"X-API-TOKEN": key}).status_code == 403
    assert owner.post(f"/bridge/team/{user_id}/enable").status_code == 303
    assert company.v1.get("/clients", headers={"X-API-TOKEN": key}).status_code == 200


def test_nobody_changes_their_own_account_so_an_owner_is_left(company, owner):
    mine = team(company)["owner@acme.example"]["id"]
    for act in ("role", "disable"):
        refused = owner.post(f"/bridge/team/{mine}/{act}", role="viewer")
        assert refused.status_code == 422
        assert "your own account" in refused.text
        assert "your own account" in owner.get(f"/bridge/team/{mine}/{act}").text
    assert (team(company)["owner@acme.example"]["role"], owner.get("/bridge/team").status_code) == ("owner", 200)


def test_two_owners_who_disable_each_other_leave_one(company, owner, member):
    ids = {email: each["id"] for email, each in team(company).items()}
    acts = [
        lambda: owner.post(f"/bridge/team/{ids['team@acme.example']}/disable"),
        lambda: member.post(f"/bridge/team/{ids['owner@acme.example']}/disable"),
    ]
    statuses = sorted(answer.status_code for answer in together(acts))
    assert statuses in ([303, 401], [303, 409])
    assert sum(not each["disabled_at"] for each in team(company).values()) == 1


@pytest.mark.parametrize("act", ["role", "disable", "enable"])
def test_the_team_of_another_company_is_not_there(owner, stranger, act):
    theirs = team(stranger.company)["team@acme.example"]["id"]
    for user_id in (theirs, 999_999_999, "x"):
        assert owner.post(f"/bridge/team/{user_id}/{act}", role="viewer").status_code == 404
    assert stranger.get("/bridge/team").status_code == 200
