"""Team users who are disabled, enabled, removed or get another password while the gateway serves."""

import json

import pytest

BODY = {"first_name": "A", "last_name": "B"}


def added(installed, email: str = "ann@acme.example"):
    installed.run("users", "add", "--type", "team", "--email", email, "--password", "Secret123", "--company", "Acme")
    return installed.run("token", "create", "--email", email, "--company", "Acme")


def statuses(installed, key: str) -> tuple[int, int]:
    api = installed.acme.api.get("/clients", headers={"Authorization": f"Bearer {key}"})
    return api.status_code, installed.acme.v1.get("/clients", headers={"X-API-TOKEN": key}).status_code


def test_a_disabled_user_is_locked_out_at_once_of_both_apis_and_the_bridge(installed):
    key = added(installed)
    browser, _ = installed.sign_in("ann@acme.example")
    assert (statuses(installed, key), browser.get("/bridge").status_code) == ((200, 200), 200)
    said = installed.run.run("users", "disable", "ANN@acme.example", "--company", "Acme")
    assert "1 API key and 1 session" in said.stderr
    assert statuses(installed, key) == (401, 403)
    assert browser.get("/bridge", follow_redirects=False).status_code == 303
    assert installed.sign_in("ann@acme.example")[1].status_code == 401
    assert statuses(installed, installed.acme.key) == (200, 200)


def test_an_enabled_user_has_the_keys_that_were_not_revoked(installed):
    kept, revoked = (
        added(installed),
        installed.run("token", "create", "--email", "team@acme.example", "--company", "Acme"),
    )
    installed.run("users", "disable", "ann@acme.example", "--company", "Acme")
    installed.run("users", "enable", "ann@acme.example", "--company", "Acme")
    installed.run("token", "revoke", installed.run.listed("token", "list", "--company", "Acme")[-1]["id"])
    assert statuses(installed, kept) == (200, 200)
    assert statuses(installed, revoked) == (401, 403)


@pytest.mark.parametrize("words", [("token", "create", "--email"), ("token", "rotate")])
def test_a_disabled_user_gets_no_new_key(installed, words):
    added(installed)
    installed.run("users", "disable", "ann@acme.example", "--company", "Acme")
    key_id = installed.run.listed("token", "list", "--company", "Acme")[-1]["id"]
    given = (*words, "ann@acme.example", "--company", "Acme") if "create" in words else (*words, key_id)
    refused = installed.run.run(*given)
    assert (refused.exit_code, refused.stdout) == (1, "")
    assert "This team user is disabled" in refused.stderr


def test_a_disabled_user_is_shown_as_disabled(installed):
    added(installed)
    installed.run("users", "disable", "ann@acme.example", "--company", "Acme")
    listed = installed.run.listed("users", "list", "--company", "Acme")
    assert [(row["email"], row["status"]) for row in listed] == [
        ("team@acme.example", "active"),
        ("ann@acme.example", "disabled"),
    ]
    keys = installed.run.listed("token", "list", "--company", "Acme")
    assert [key["user_disabled_at"] is None for key in keys] == [True, False]
    browser, _ = installed.sign_in()
    assert "user disabled" in browser.get("/bridge/keys").text
    suspended = installed.acme.api.get("/team", params={"status": "suspended"}).json()["data"]
    assert [(each["email"], each["status"]) for each in suspended] == [("ann@acme.example", "suspended")]
    team = {each["email"]: each["archived_at"] for each in installed.acme.v1.get("/users").json()["data"]}
    assert team["team@acme.example"] == 0 < team["ann@acme.example"]


def test_a_new_password_ends_sessions_and_keeps_keys(installed):
    browser, _ = installed.sign_in()
    refused = installed.run.run(
        "users", "set-password", "team@acme.example", "--company", "Acme", "--password", "short"
    )
    assert (refused.exit_code, "at least 8 characters" in refused.stderr) == (1, True)
    assert browser.get("/bridge").status_code == 200
    new = {"GATEWAY_USER_PASSWORD": "Secret456"}
    assert installed.run.run("users", "set-password", "team@acme.example", "--company", "Acme", **new).exit_code == 0
    assert browser.get("/bridge", follow_redirects=False).status_code == 303
    assert installed.sign_in(password="Secret123")[1].status_code == 401
    assert installed.sign_in(password="Secret456")[1].status_code == 303
    assert statuses(installed, installed.acme.key) == (200, 200)


def test_passwords_are_prompted_for_only_on_a_terminal(cli):
    refused = cli.run("users", "set-password", "team@acme.example")
    assert (refused.exit_code, "--password" in refused.stderr) == (1, True)


@pytest.mark.parametrize("words", [("bootstrap", "--company", "New"), ("users", "add", "--type", "team")])
def test_a_team_user_with_a_short_password_is_refused(cli, words):
    refused = cli.run(*words, "--email", "new@acme.example", "--password", "1234567")
    assert (refused.exit_code, "at least 8 characters" in refused.stderr) == (1, True)
    assert len(cli.listed("users", "list")) == 1
    assert len(cli.listed("companies", "list")) == 1


def test_removing_a_user_removes_keys_and_sessions_and_keeps_clients(installed):
    key = added(installed)
    mine = {"X-API-TOKEN": key}
    made = installed.acme.v1.post("/clients", json={"name": "Hers"}, headers=mine)
    client, tag = made.json()["data"], installed.acme.v1.get(f"/clients/{made.json()['data']['id']}").headers["etag"]
    cared_for = installed.acme.new_v1(name="Cared for", assigned_user_id=client["user_id"])
    browser, _ = installed.sign_in("ann@acme.example")
    refused = installed.run.run("users", "remove", "ann@acme.example", "--company", "Acme")
    assert refused.exit_code == 1
    assert "1 API key and 1 session" in refused.stderr
    assert "2 clients" in refused.stderr
    assert statuses(installed, key) == (200, 200)
    installed.run("users", "remove", "ann@acme.example", "--company", "Acme", "--yes")
    assert statuses(installed, key) == (401, 403)
    assert browser.get("/bridge", follow_redirects=False).status_code == 303
    fresh = installed.acme.v1.get(f"/clients/{client['id']}", headers={"If-None-Match": tag})
    assert (fresh.status_code, fresh.json()["data"]["user_id"]) == (200, "")
    assert installed.acme.v1_view(cared_for["id"])["assigned_user_id"] == ""
    assert installed.run("check") == ""


def test_the_last_user_may_be_removed_and_another_added(installed):
    said = installed.run.run("users", "remove", "team@acme.example", "--company", "Acme", "--yes")
    assert "Nobody will be left in the team" in said.stderr
    assert statuses(installed, installed.acme.key) == (401, 403)
    assert statuses(installed, added(installed)) == (200, 200)


def test_a_contact_type_user_is_removed_by_email(cli):
    cli("users", "add", "--type", "contact", "--email", "joe@customer.example")
    assert "contact-type user" in cli.run("users", "remove", "joe@customer.example").stderr
    cli("users", "remove", "JOE@customer.example", "--yes")
    assert [row["type"] for row in cli.listed("users", "list")] == ["team"]


@pytest.mark.parametrize("act", ["disable", "enable", "remove", "set-password"])
def test_a_mistyped_email_changes_nothing_and_gets_a_suggestion(cli, act):
    more = {"remove": ("--yes",), "set-password": ("--password", "Secret456")}.get(act, ())
    before = cli("users", "list", "--json")
    refused = cli.run("users", act, "taem@acme.example", *more)
    assert refused.exit_code == 1
    assert refused.stderr == "Error: There is no team user taem@acme.example. Did you mean team@acme.example?\n"
    assert cli("users", "list", "--json") == before


def test_an_email_in_two_companies_needs_the_company(installed):
    refused = installed.run.run("users", "disable", "team@acme.example")
    assert refused.exit_code == 1
    assert refused.stderr == "Error: There are several companies; name one with --company.\n"
    assert {row["status"] for row in json.loads(installed.run("users", "list", "--company", "Acme", "--json"))} == {
        "active"
    }
