"""/api/team and /api/v1/users: the team users of a company, read only."""

import pytest

from core.access import users
from tests.register.arranging import UNKNOWN, register


def hire(company, first_name, email):
    def unit(connection, company_id):
        return users.add_team_user(connection, company_id, email, "Secret123", first_name, "Doe")

    return register(company, unit)


def emails(company, query=""):
    return [each["email"] for each in company.api.get(f"/team{query}").json()["data"]]


def test_a_team_member_has_every_documented_key_and_no_password(company):
    member = hire(company, "Élise", "elise@acme.example")
    answer = company.api.get(f"/team/{member}")
    assert answer.json()["message"] == "Team member retrieved successfully."
    shown = answer.json()["data"]
    assert shown == {
        "id": member,
        "first_name": "Élise",
        "last_name": "Doe",
        "name": "Élise Doe",
        "email": "elise@acme.example",
        "phone": None,
        "job_position": None,
        "role": {"id": 1, "name": "Administrator"},
        "status": "active",
        "dashboard_access": "yes",
        "social": {"facebook": None, "twitter": None, "linkedin": None, "github": None, "dribbble": None},
        "dates": {"created": shown["dates"]["created"], "updated": shown["dates"]["updated"]},
    }
    assert "argon2" not in company.api.get("/team").text


def test_the_team_is_filtered_sorted_and_paged_like_other_lists(company):
    (owner,) = emails(company)
    hire(company, "Élise", "b@acme.example")
    hire(company, "Bob", "a@acme.example")
    assert emails(company) == ["a@acme.example", "b@acme.example", owner]
    assert emails(company, "?sort=email&order=asc&limit=2") == ["a@acme.example", "b@acme.example"]
    assert emails(company, "?search=éLISE") == ["b@acme.example"]
    assert (len(emails(company, "?status=active&role_id=1")), emails(company, "?role_id=3")) == (3, [])
    assert emails(company, "?status=suspended") == []
    listed = company.api.get("/team").json()
    assert listed["message"] == "Team members retrieved successfully."
    assert listed["meta"] == {"current_page": 1, "per_page": 25, "total": 3, "last_page": 1}


@pytest.mark.parametrize(("method", "path"), [("POST", "/team"), ("PATCH", "/team/{id}"), ("DELETE", "/team/{id}")])
def test_the_team_cannot_be_changed(company, method, path):
    member = company.api.get("/team").json()["data"][0]["id"]
    assert company.api.request(method, path.format(id=member), json={}).status_code == 405


def test_an_unknown_member_is_a_404(company):
    assert company.api.get(f"/team/{UNKNOWN}").json() == {"message": "Team member not found."}
