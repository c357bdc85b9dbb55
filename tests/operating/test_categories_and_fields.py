"""Categories and custom fields that are changed and removed while the gateway serves."""

import pytest

ACME = ("--company", "Acme")


def category(installed, name: str = "Wholesale") -> int:
    return int(installed.run("categories", "add", name, *ACME))


def test_a_renamed_category_shows_at_once_in_both_apis(installed):
    number = category(installed)
    client = installed.acme.new_legacy(client_categoryid=number)
    installed.run("categories", "change", number, "--name", "Retail", *ACME)
    assert installed.acme.legacy_view(client["id"])["category"] == {"id": number, "name": "Retail"}
    groups = installed.acme.v1.get("/group_settings").json()["data"]
    assert [each["name"] for each in groups] == ["Retail"]
    taken = installed.run.run("categories", "change", number, "--name", "Default", *ACME)
    assert (taken.exit_code, taken.stderr) == (1, "Error: The name has already been taken.\n")


@pytest.mark.parametrize("named", [False, True])
def test_the_clients_of_a_removed_category_are_in_the_default_or_the_named_one(installed, named):
    number, other = category(installed), category(installed, "Other")
    client = installed.acme.new_legacy(client_categoryid=number)
    to = ("--to", other) if named else ()
    asked = installed.run.run("categories", "remove", number, *to, *ACME)
    assert asked.exit_code == 1
    assert f"its 1 client will move to {'Other' if named else 'Default'!r}" in asked.stderr
    assert installed.acme.legacy_view(client["id"])["category"]["id"] == number
    installed.run("categories", "remove", number, *to, *ACME, "--yes")
    assert installed.acme.legacy_view(client["id"])["category"]["name"] == ("Other" if named else "Default")
    assert number not in [row["id"] for row in installed.run.listed("categories", "list", *ACME)]
    assert installed.run("check") == ""


@pytest.mark.parametrize(("number", "to"), [(1, ()), (99, ()), (2, ()), (3, ("--to", 3)), (3, ("--to", 99))])
def test_a_category_that_must_not_be_removed_stays(installed, number, to):
    """The default category, an unknown one, another company's, and one that has clients, without a replacement."""
    category(installed)
    before = installed.run("categories", "list", *ACME, "--json")
    assert installed.run.run("categories", "remove", number, *to, *ACME, "--yes").exit_code == 1
    assert installed.run("categories", "list", *ACME, "--json") == before


def test_a_changed_field_is_accepted_under_its_new_name_and_required_or_not(installed):
    installed.run("custom-fields", "add", "po", "--required", *ACME)
    body = {"first_name": "A", "last_name": "B", "email": "new@customer.example"}
    assert installed.acme.api.post("/clients", json=body).status_code == 422
    installed.run("custom-fields", "change", "po", "--name", "order", "--title", "Order number", *ACME)
    assert installed.acme.api.post("/clients", json=body | {"po": "1"}).status_code == 422
    assert installed.acme.api.post("/clients", json=body | {"order": "1"}).status_code == 201
    installed.run("custom-fields", "change", "order", "--optional", *ACME)
    assert installed.acme.api.post("/clients", json=body | {"email": "b@customer.example"}).status_code == 201
    (row,) = installed.run.listed("custom-fields", "list", *ACME)
    assert (row["name"], row["title"], row["required"]) == ("order", "Order number", False)


@pytest.mark.parametrize("number", [1, 5])
def test_removing_a_field_removes_its_values_as_changes_of_the_clients(installed, number):
    names = [f"f{each}" for each in range(1, 6)]
    for name in names:
        installed.run("custom-fields", "add", name, *ACME)
    clients = [installed.acme.new_legacy(**dict.fromkeys(names, "kept")) for _ in range(3)]
    cursor = installed.acme.v1.get("/changes", params={"after": "latest"}).json()["meta"]["next_cursor"]
    asked = installed.run.run("custom-fields", "remove", f"f{number}", *ACME)
    assert (asked.exit_code, "the values of 3 clients" in asked.stderr) == (1, True)
    installed.run("custom-fields", "remove", f"f{number}", *ACME, "--yes")
    values = [installed.acme.v1_view(installed.acme.v1_of(each["id"]))["custom_value1"] for each in clients]
    assert values == ["" if number == 1 else "kept"] * 3
    changes = installed.acme.v1.get("/changes", params={"after": cursor}).json()["data"]
    assert len(changes) == 3
    installed.run("custom-fields", "add", "again", *ACME)
    assert [row["position"] for row in installed.run.listed("custom-fields", "list", *ACME)] == [1, 2, 3, 4, 5]
    assert "the values of 0 clients" in installed.run.run("custom-fields", "remove", "again", *ACME).stderr


@pytest.mark.parametrize("words", [("change", "pp", "--title", "x"), ("remove", "pp", "--yes")])
def test_a_mistyped_field_is_refused_with_a_suggestion(cli, words):
    cli("custom-fields", "add", "ppp")
    refused = cli.run("custom-fields", *words)
    assert (refused.exit_code, refused.stderr) == (1, "Error: There is no custom field 'pp'. Did you mean 'ppp'?\n")


def test_a_change_needs_an_option_and_no_reserved_name(cli):
    cli("custom-fields", "add", "po")
    cli("custom-fields", "add", "other")
    assert cli.run("custom-fields", "change", "po").exit_code == 2
    assert cli.run("custom-fields", "change", "po", "--name", "tags").exit_code == 2
    assert cli.run("custom-fields", "change", "po", "--name", "other").exit_code == 1
