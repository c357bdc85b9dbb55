"""The commands that change the register, one by one, and what both dialects see of it."""

import httpx
import pytest

from dialects.legacy.clients import FIELDS
from tests.gateway.command_line import ACME, KEY, fresh
from tests.server import serving

TAKEN_BY_API = sorted({row.input_key for row in FIELDS.fields() if row.on})


def test_bootstrap_with_a_token_can_be_repeated(cli):
    before = {each: cli(each, "list", "--json") for each in ("token", "users", "categories")}
    assert cli("bootstrap", *ACME, "--token", KEY) == KEY
    assert {each: cli(each, "list", "--json") for each in before} == before


def test_bootstrap_without_a_token_issues_a_new_long_key_each_time(cli):
    first, second = cli("bootstrap", *ACME), cli("bootstrap", *ACME)
    assert first != second
    assert len(first) >= 64
    assert len(cli.listed("token", "list")) == 3


def test_bootstrap_takes_password_and_token_from_the_environment(tmp_path):
    secrets = {"GATEWAY_BOOTSTRAP_PASSWORD": "Secret123", "GATEWAY_BOOTSTRAP_TOKEN": KEY}
    assert fresh(tmp_path)("bootstrap", *ACME[:4], **secrets) == KEY


def test_bootstrap_sets_the_password_that_v1_requires(cli, tmp_path):
    cli("bootstrap", *ACME[:4], "--password", "Changed456", "--token", KEY)
    with serving(cli.database_url, tmp_path) as server:
        purged = [
            httpx.post(
                f"{server.url}/api/v1/clients/VolejRejNm/purge",
                headers={"X-API-TOKEN": KEY, "X-API-PASSWORD": password},
            ).status_code
            for password in ("Secret123", "Changed456")
        ]
    assert purged == [412, 404]


def test_bootstrap_reactivates_a_revoked_token(cli):
    cli("token", "revoke", 1)
    cli("bootstrap", *ACME, "--token", KEY)
    assert [row["revoked_at"] for row in cli.listed("token", "list")] == [None]


@pytest.mark.parametrize("owner", [("Globex", "team@acme.example"), ("Acme", "bob@acme.example")])
def test_bootstrap_refuses_a_token_of_another_user_and_creates_nothing(cli, owner):
    company, email = owner
    result = cli.run("bootstrap", "--company", company, "--email", email, "--password", "Secret123", "--token", KEY)
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr == "Error: This token belongs to another user; choose another one.\n"
    assert [row["email"] for row in cli.listed("users", "list")] == ["team@acme.example"]


@pytest.mark.parametrize("token", ["", "seven77", "with a space", "übergroß", "line\nbreak", "x" * 256])
def test_bootstrap_refuses_a_token_that_no_header_could_carry(unchanged, token):
    result = unchanged.run("bootstrap", *ACME, "--token", token)
    assert (result.exit_code, result.stdout) == (2, "")
    assert "8 to 255 visible ASCII characters" in result.stderr


@pytest.mark.parametrize("token", ["eight888", "x" * 255, "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~"])
def test_bootstrap_accepts_any_token_that_a_header_can_carry(cli, token):
    assert cli("bootstrap", *ACME, "--token", token) == token


def test_a_key_is_created_for_a_team_user_with_a_name(cli):
    key = cli("token", "create", "--email", "TEAM@acme.example", "--name", "web shop")
    assert len(key) >= 64
    made = cli.listed("token", "list")[-1]
    assert (made["name"], made["email"], made["revoked_at"]) == ("web shop", "team@acme.example", None)


def test_a_revoked_key_stays_listed(cli):
    cli("token", "revoke", 1)
    assert [row["revoked_at"] is None for row in cli.listed("token", "list")] == [False]


def test_users_are_listed_by_type(cli):
    cli("users", "add", "--type", "team", "--email", "ann@acme.example", "--last-name", "Lee", "--password", "Pass1234")
    cli("users", "add", "--type", "contact", "--email", "joe@customer.example", "--first-name", "Joe")
    people = cli.listed("users", "list")
    assert [(row["type"], row["email"], row["first_name"], row["last_name"]) for row in people] == [
        ("team", "team@acme.example", "", ""),
        ("team", "ann@acme.example", "", "Lee"),
        ("contact", "joe@customer.example", "Joe", ""),
    ]
    assert cli.listed("users", "list", "--type", "team") == people[:2]
    assert cli.listed("users", "list", "--type", "contact") == people[2:]


REFUSALS = {
    "an unknown team user": (("token", "create", "--email", "no@acme.example"), "There is no such team user."),
    "an unknown key": (("token", "revoke", 9), "There is no valid key 9; `gateway token list` shows all keys."),
    "a category's name again": (("categories", "add", "Default"), "The name has already been taken."),
    "a field's name again": (("custom-fields", "add", "po"), "The name has already been taken."),
    "a team user's email for a contact": (
        ("users", "add", "--type", "contact", "--email", "Team@Acme.example"),
        "The email has already been taken.",
    ),
    "a team user's email again": (
        ("users", "add", "--type", "team", "--email", "team@acme.example", "--password", "x"),
        "The email has already been taken.",
    ),
    "an unknown client": (("clients", "set-balance", 7, "--balance", 1), "There is no such client."),
    "an id that no client can have": (("clients", "set-balance", 10**30, "--balance", 1), "There is no such client."),
    "an unknown hashed id": (("clients", "set-balance", "VolejRejNm", "--balance", 1), "There is no such client."),
    "an id that decodes to nothing": (("clients", "set-balance", "xx", "--balance", 1), "There is no such client."),
}


@pytest.mark.parametrize("case", REFUSALS)
def test_a_refusal_is_one_sentence_and_exit_code_1(cli, case):
    arguments, sentence = REFUSALS[case]
    cli("custom-fields", "add", "po")
    result = cli.run(*arguments)
    assert (result.exit_code, result.stdout, result.stderr) == (1, "", f"Error: {sentence}\n")


USAGE = {
    "no email": (("token", "create"), "Missing option '--email'"),
    "a bad email": (("token", "create", "--email", "nobody"), "must be a valid email address"),
    "a blank company": (("bootstrap", *ACME[2:], "--company", " "), "The company field is required."),
    "no password": (("bootstrap", *ACME[:4]), "Missing option '--password'"),
    "a key id that is not a number": (("token", "revoke", "abc"), "The id field must be an integer."),
    "a balance that is not a number": (("clients", "set-balance", 1, "--balance", "5x"), "must be a number"),
    "no balance": (("clients", "set-balance", 1), "Missing option '--balance'"),
    "a team user without password": (("users", "add", "--type", "team", "--email", "a@b.example"), "--password"),
    "a contact with password": (
        ("users", "add", "--type", "contact", "--email", "a@b.example", "--password", "x"),
        "--password",
    ),
    "an unknown type": (("users", "list", "--type", "boss"), "boss"),
    "a blank category": (("categories", "add", " "), "The name field is required."),
    "a long category": (("categories", "add", "x" * 256), "must not be greater than 255 characters"),
    "an unknown command": (("dance",), "dance"),
    "port 0": (("serve", "--port", 0), "--port"),
}


@pytest.mark.parametrize("case", USAGE)
def test_wrong_usage_is_explained_with_exit_code_2(unchanged, case):
    arguments, words = USAGE[case]
    result = unchanged.run(*arguments)
    assert (result.exit_code, result.stdout) == (2, "")
    assert words in result.stderr


@pytest.mark.parametrize("name", ["", "1st", "_method", "with space", "naïve", "x" * 65, "a-b", "po\n"])
def test_a_custom_field_needs_a_name_that_can_be_a_key(unchanged, name):
    result = unchanged.run("custom-fields", "add", name)
    assert (result.exit_code, result.stdout) == (2, "")
    assert "letters, digits and underscores" in result.stderr


@pytest.mark.parametrize("name", TAKEN_BY_API)
def test_a_custom_field_cannot_hide_a_field_of_api(unchanged, name):
    result = unchanged.run("custom-fields", "add", name)
    assert (result.exit_code, result.stdout) == (2, "")
    assert f"{name!r} is already a field of every client in /api." in result.stderr


def test_custom_fields_are_numbered_in_the_order_of_creation(cli):
    assert cli("custom-fields", "add", "po", "--title", "Purchase order", "--required") == "1"
    assert cli("custom-fields", "add", "x" * 64) == "2"
    listed = cli.listed("custom-fields", "list")
    assert [(row["position"], row["title"], row["required"]) for row in listed] == [
        (1, "Purchase order", True),
        (2, "x" * 64, False),
    ]


SETTINGS = {
    "an invalid number": ({"GATEWAY_HASH_LENGTH": "ten"}, "GATEWAY_HASH_LENGTH: "),
    "an invalid database URL": ({"GATEWAY_DATABASE_URL": "nonsense"}, "GATEWAY_DATABASE_URL: "),
    "a database in memory": ({"GATEWAY_DATABASE_URL": "sqlite://"}, "GATEWAY_DATABASE_URL: an in-memory"),
    "a database that is down": (
        {"GATEWAY_DATABASE_URL": "postgresql://u:hunter2@127.0.0.1:1/x"},
        "GATEWAY_DATABASE_URL: PostgreSQL at 127.0.0.1, port 1: Connection refused; it is not running there",
    ),
}


@pytest.mark.parametrize("case", SETTINGS)
def test_an_invalid_setting_is_named_without_its_value(unchanged, case):
    settings, words = SETTINGS[case]
    result = unchanged.run("token", "list", **settings)
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.startswith(f"Error: {words}")
    assert result.stderr.count("\n") == 1
    assert "hunter2" not in result.stderr


@pytest.mark.parametrize("setting", [{"GATEWAY_STORAGE_URL": "ftp://x"}, {"GATEWAY_SMTP_URL": "http://x"}], ids=str)
def test_serve_names_an_invalid_setting(unchanged, setting):
    result = unchanged.run("serve", **setting)
    assert result.exit_code == 1
    assert result.stderr.startswith(f"Error: {next(iter(setting))}: ")
    assert result.stderr.count("\n") == 1


def test_both_dialects_show_what_the_command_line_adds(cli, tmp_path, hashed):
    category = int(cli("categories", "add", "Wholesale"))
    cli("custom-fields", "add", "po", "--required")
    waiting = int(cli("users", "add", "--type", "contact", "--email", "joe@customer.example"))
    owner = {"first_name": "Joe", "last_name": "Doe", "email": "joe@customer.example", "send_email": "yes"}
    with serving(cli.database_url, tmp_path) as server, httpx.Client(base_url=server.url) as http:
        bearer, token = {"Authorization": f"Bearer {KEY}"}, {"X-API-TOKEN": KEY}
        refused = http.post("/api/clients", json=owner, headers=bearer)
        assert list(refused.json()["errors"]) == ["po"]
        body = owner | {"po": "P-1", "client_categoryid": category}
        made = http.post("/api/clients", json=body, headers=bearer).json()["data"]
        assert (made["category"], made["owner"]["id"]) == ({"id": category, "name": "Wholesale"}, waiting)
        hashed_id = hashed.encode(made["id"])
        cli("clients", "set-balance", made["id"], "--balance", "99.50", "--credit", "3")
        cli("clients", "set-balance", hashed_id, "--balance", "-10.25", "--paid-to-date", "250")
        seen = http.get(f"/api/v1/clients/{hashed_id}", headers=token).json()["data"]
    assert (seen["balance"], seen["paid_to_date"], seen["credit_balance"]) == (-10.25, 250, 3)
    assert (seen["custom_value1"], seen["group_settings_id"]) == ("P-1", hashed.encode(category))
    [mail] = cli.listed("outbox", "list", "--waiting")
    assert (mail["recipient"], mail["subject"], mail["status"]) == (owner["email"], "Welcome to Acme", "waiting")
    assert (mail["attempts"], mail["sent_at"], mail["last_error"]) == (0, None, "")
    assert cli.listed("users", "list", "--type", "contact") == []


def test_activities_show_who_did_what(cli, tmp_path):
    with serving(cli.database_url, tmp_path) as server, httpx.Client(base_url=server.url) as http:
        made = http.post("/api/v1/clients", headers={"X-API-TOKEN": KEY}, json={"name": "Acme"}).json()["data"]
        http.post("/api/v1/clients", headers={"X-API-TOKEN": KEY})
    cli("clients", "set-balance", made["id"], "--balance", "12.50")
    balance, creation = cli.listed("activities", "--client", made["id"])
    assert cli.listed("activities", "--client", 1) == [balance, creation]
    assert [row["client_id"] for row in cli.listed("activities", "--limit", 2)] == [1, 2]
    assert (creation["user"], creation["key_id"], creation["key"], creation["dialect"], creation["kind"]) == (
        "team@acme.example",
        1,
        "bootstrap",
        "v1",
        "created",
    )
    assert (balance["user"], balance["key_id"], balance["key"], balance["dialect"]) == (None, None, None, None)
    assert (balance["before"], balance["after"]) == ({"balance": 0}, {"balance": 12_500_000})
    assert "balance: 0 -> 12500000" in cli("activities", "--limit", 1)
    unknown = cli.run("activities", "--client", "xx")
    assert (unknown.exit_code, unknown.stderr) == (1, "Error: There is no such client.\n")


def test_a_hashed_id_is_read_with_the_installations_salt(cli, tmp_path):
    with serving(cli.database_url, tmp_path, hash_salt="pepper", hash_length=4) as server:
        made = httpx.post(f"{server.url}/api/v1/clients", headers={"X-API-TOKEN": KEY}).json()["data"]
    salted = {"GATEWAY_HASH_SALT": "pepper", "GATEWAY_HASH_LENGTH": "4"}
    cli("clients", "set-balance", made["id"], "--balance", 1, **salted)
    assert cli.run("clients", "set-balance", made["id"], "--balance", 1).exit_code == 1


@pytest.mark.parametrize(
    ("words", "edition"), [((), "seed"), (("--edition", "seed"), "seed"), (("--edition", "2026"), "2026")]
)
def test_a_key_has_the_requested_edition_and_the_list_shows_it(cli, words, edition):
    cli("token", "create", "--email", "team@acme.example", "--name", "new", *words)
    assert {row["name"]: row["edition"] for row in cli.listed("token", "list")} == {"bootstrap": "seed", "new": edition}


def test_an_unknown_edition_is_refused(unchanged):
    assert unchanged.run("token", "create", "--email", "team@acme.example", "--edition", "2025").exit_code == 2
