"""Keys that owners create, rename, rotate and revoke on the pages: what they may do, and that no secret is lost."""

import html
import re

import pytest

from core.access import company_keys, keys, usage, users
from core.access.roles import Role
from core.access.usage import Tally, day_of
from core.text.clock import now
from tests.register.arranging import eventually, register, together

pytestmark = pytest.mark.engines("sqlite")
both_engines = pytest.mark.engines("sqlite", "postgresql")

GIVEN = {"email": "owner@acme.example", "name": "web shop", "scope": "all", "dialect": "both", "edition": "seed"}


@pytest.fixture
def owner(signed_in_as):
    return signed_in_as(Role.OWNER)


def form_name(page):
    return re.search(r'name="form" value="([^"]*)"', page.text)[1]


def secret_in(page):
    found = re.search(r'<div class="card secret">\s*<pre><code>(\w{64})</code>', page.text)
    return found and found[1]


def made(visitor, **given):
    """Create a key with the form. Return its secret."""
    sent = GIVEN | {"form": form_name(visitor.get("/bridge/keys/new"))} | given
    answer = visitor.post("/bridge/keys/new", **sent)
    assert (answer.status_code, answer.headers["cache-control"]) == (201, "no-store"), answer.text
    return secret_in(answer)


def listed(company):
    return register(company, keys.list_all)


def statuses(company, key):
    api = company.api.get("/clients", headers={"Authorization": f"Bearer {key}"}).status_code
    return api, company.v1.get("/clients", headers={"X-API-TOKEN": key}).status_code


def test_a_key_is_made_with_the_limits_of_the_form(company, owner):
    key = made(owner, scope="read", dialect="v1", expires="90d", **{"from": "127.0.0.1, 10.0.0.0/8"}, edition="2026")
    assert statuses(company, key) == (401, 200)
    refused = company.v1.post("/clients", json={}, headers={"X-API-TOKEN": key})
    assert (refused.status_code, "scope is read" in refused.text) == (403, True)
    row = listed(company)[-1]
    shown = {name: row[name] for name in ("name", "email", "scope", "dialect", "networks", "edition")}
    assert shown == GIVEN | {"scope": "read", "dialect": "v1", "networks": "127.0.0.1/32,10.0.0.0/8", "edition": "2026"}
    assert 89 < (row["expires_at"] - now()) / usage.DAY < 90
    page = owner.get(f"/bridge/keys/{row['id']}").text
    for words in ("web shop", "read: read everything", "/api/v1 only", "127.0.0.1/32, 10.0.0.0/8", "2026"):
        assert words in page


@both_engines
def test_the_secret_is_shown_once_and_a_form_that_is_sent_again_makes_nothing(company, owner):
    sent = GIVEN | {"form": form_name(owner.get("/bridge/keys/new"))}
    first = owner.post("/bridge/keys/new", **sent)
    key, key_id = secret_in(first), listed(company)[-1]["id"]
    again = owner.post("/bridge/keys/new", **sent)
    assert (again.status_code, len(listed(company)), key in again.text) == (409, 2, False)
    assert f'href="/bridge/keys/{key_id}"' in again.text
    for path in ("/bridge/keys", f"/bridge/keys/{key_id}"):
        assert key not in owner.get(path).text
    assert statuses(company, key) == (200, 200)
    rescued = secret_in(owner.post(f"/bridge/keys/{key_id}/rotate", overlap="0"))
    assert (statuses(company, key), statuses(company, rescued)) == ((401, 403), (200, 200))


@both_engines
def test_a_double_click_makes_one_key(company, owner):
    sent = GIVEN | {"form": form_name(owner.get("/bridge/keys/new"))}
    answers = together([lambda: owner.post("/bridge/keys/new", **sent)] * 4)
    assert sorted(answer.status_code for answer in answers) == [201, 409, 409, 409]
    assert len(listed(company)) == 2
    key_id = listed(company)[-1]["id"]
    rotations = together([lambda: owner.post(f"/bridge/keys/{key_id}/rotate", overlap="1h")] * 3)
    assert sorted(answer.status_code for answer in rotations) == [201, 409, 409]
    assert len(listed(company)) == 3
    revocations = together([lambda: owner.post(f"/bridge/keys/{key_id}/revoke")] * 3)
    assert {answer.status_code for answer in revocations} == {303}


WRONG = {
    "email": ("nobody@acme.example", "The selected email is invalid."),
    "name": ("x" * 256, "must not be greater than 255 characters"),
    "scope": ("admin", "The selected scope is invalid."),
    "dialect": ("v2", "The selected dialect is invalid."),
    "edition": ("1999", "The selected edition is invalid."),
    "expires": ("yesterday", "such as 2027-01-31, or a duration such as 90d."),
    "from": ("0.0.0.0/0", "but not all of them."),
}


@pytest.mark.parametrize("field", WRONG)
def test_invalid_values_are_reported_beside_the_field_and_the_form_stays_filled(company, owner, field):
    value, words = WRONG[field]
    name = form_name(owner.get("/bridge/keys/new"))
    answer = owner.post("/bridge/keys/new", **(GIVEN | {"name": "kept <name>", "form": name, field: value}))
    assert answer.status_code == 422
    assert words in html.unescape(answer.text)
    assert f'id="{field}-error"' in answer.text
    assert field == "name" or 'value="kept &lt;name&gt;"' in answer.text
    assert form_name(answer) == name
    assert len(listed(company)) == 1
    assert owner.post("/bridge/keys/new", **(GIVEN | {"form": name})).status_code == 201


def test_nobody_who_is_disabled_gets_a_key(company, owner):
    ann = register(company, users.add_team_user, "ann@acme.example", "Secret123")
    register(company, users.disable, ann)
    assert "ann@acme.example" not in owner.get("/bridge/keys/new").text
    assert owner.post("/bridge/keys/new", **(GIVEN | {"email": "ann@acme.example"})).status_code == 422


def test_a_rotation_shows_who_uses_the_key_and_leaves_it_in_force_for_the_overlap(company, owner):
    key, key_id = made(owner, scope="read"), listed(company)[-1]["id"]
    called(company, key_id)
    assert "GET /api/clients/{id}" in owner.get(f"/bridge/keys/{key_id}/rotate").text
    refused = owner.post(f"/bridge/keys/{key_id}/rotate", overlap="soon")
    assert (refused.status_code, 'value="soon"' in refused.text) == (422, True)
    new = secret_in(owner.post(f"/bridge/keys/{key_id}/rotate", overlap="2h"))
    assert statuses(company, key) == statuses(company, new) == (200, 200)
    old, fresh = listed(company)[-2:]
    assert (old["replaced_by"], fresh["scope"], fresh["name"]) == (fresh["id"], "read", "web shop")
    assert 1.9 < (old["expires_at"] - now()) / usage.DAY * 24 < 2
    assert f'href="/bridge/keys/{fresh["id"]}"' in owner.get(f"/bridge/keys/{key_id}").text


def called(company, key_id, calls=1234):
    today = day_of(now())
    tally = [Tally(0, today, key_id, "api", "GET", "/api/clients/{id}", calls, 5, today, today + 1)]
    register(company, lambda connection, mine: usage.add(connection, [tally[0]._replace(company_id=mine)]))


def test_a_revocation_says_what_it_ends_and_asks(company, owner):
    key, key_id = made(owner), listed(company)[-1]["id"]
    assert "nobody used the key" in owner.get(f"/bridge/keys/{key_id}/revoke").text
    called(company, key_id)
    asked = owner.get(f"/bridge/keys/{key_id}/revoke").text
    assert "made 1,234 calls, which will be refused" in asked
    assert statuses(company, key) == (200, 200)
    done = owner.post(f"/bridge/keys/{key_id}/revoke")
    assert (done.status_code, done.headers["location"]) == (303, f"/bridge/keys/{key_id}?done=revoked")
    assert statuses(company, key) == (401, 403)
    page = owner.get(done.headers["location"]).text
    assert "The key was revoked and is no longer valid." in page
    assert f"/bridge/keys/{key_id}/rotate" not in page
    refused = owner.post(f"/bridge/keys/{key_id}/rotate", overlap="1h")
    assert (refused.status_code, "no longer valid" in refused.text) == (422, True)


def test_a_key_gets_another_name_and_keeps_its_secret(company, owner):
    key, key_id = made(owner), listed(company)[-1]["id"]
    assert owner.post(f"/bridge/keys/{key_id}/name", name="  ").status_code == 422
    assert owner.post(f"/bridge/keys/{key_id}/name", name=" <b>till</b> ").status_code == 303
    assert listed(company)[-1]["name"] == "<b>till</b>"
    assert "&lt;b&gt;till&lt;/b&gt;" in owner.get(f"/bridge/keys/{key_id}").text
    assert statuses(company, key) == (200, 200)


@pytest.mark.parametrize("act", ["", "/name", "/rotate", "/revoke"])
def test_keys_of_another_company_are_not_there(company, owner, stranger, act):
    theirs = register(stranger.company, keys.list_all)[0]["id"]
    before = register(stranger.company, company_keys.get, theirs)
    for key_id in (theirs, 999_999_999, "x"):
        assert owner.get(f"/bridge/keys/{key_id}{act}").status_code == 404
        if act:
            assert owner.post(f"/bridge/keys/{key_id}{act}", name="mine", overlap="0").status_code == 404
    assert register(stranger.company, company_keys.get, theirs) == before


@both_engines
def test_names_of_forms_are_deleted_after_a_day(company, owner):
    made(owner)
    database = company.server.database

    def count():
        return database.read_now(
            lambda connection: connection.exec_driver_sql("SELECT count(*) FROM used_forms").scalar()
        )

    assert count()
    database.write_now(lambda connection: connection.exec_driver_sql("UPDATE used_forms SET created_at = 1"))
    assert eventually(lambda: not count())
