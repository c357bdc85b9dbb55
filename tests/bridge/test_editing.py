"""Clients that are changed and created on the pages with the fields of either dialect, without scripts."""

import html
import re

import pytest

from tests.bridge.editing import DIALECTS, activities_of, etag_of, form_of, shown_in, without_times
from tests.bridge.filling import Form
from tests.bridge.test_pages import NASTY
from tests.register.arranging import number_of

on_one_engine = pytest.mark.engines("sqlite")  # what is typed, sent and refused is the same with any database


@on_one_engine
@pytest.mark.parametrize("dialect", DIALECTS)
def test_a_form_that_nobody_touches_changes_nothing(member, company, full, dialect):
    before = etag_of(company, full)
    answer = form_of(member, full, dialect).send(member.http)
    assert (answer.status_code, "done=unchanged" in answer.headers["location"]) == (303, True)
    for text in NASTY:
        made = company.new_v1(name=text, city=text, private_notes=text, contacts=[{"first_name": text}], tags=[text])
        page = form_of(member, number_of(made), dialect)
        assert not [attrs for attrs in re.findall(r"<script[^>]*>", page.page.text) if "/bridge/static/" not in attrs]
        assert "done=unchanged" in page.send(member.http).headers["location"], text
    assert etag_of(company, full) == before


@on_one_engine
@pytest.mark.parametrize(
    ("dialect", "typed", "sent"),
    [
        ("api", {"client_billing_city": "Berlin"}, {"city": "Berlin"}),
        ("api", {"client_billing_street": "2 Low St"}, {"address1": "2 Low St", "address2": ""}),
        ("api", {"client_billing_country": "Germany"}, {"country_id": "276"}),
        ("api", {"client_description": "one\ntwo"}, {"private_notes": "one\ntwo"}),
        ("api", {"tags": "vip\n\n gold "}, {}),
        ("api", {"purchase_order": "PO-2"}, {"custom_value1": "PO-2"}),
        ("api", {"client_billing_invoice_due_days": "14"}, {}),
        ("v1", {"client/country_id": "756"}, {"country_id": "756"}),
        ("v1", {"client/country_id": ""}, {"country_id": ""}),
        ("v1", {"currency_code": "USD"}, {}),
        ("v1", {"size_id": "4", "industry_id": "2"}, {"size_id": "4", "industry_id": "2"}),
        ("v1", {"client/public_notes": ""}, {"public_notes": ""}),
        ("v1", {"settings": '{"custom": null}'}, {}),
    ],
)
def test_only_fields_that_were_edited_are_changed(member, company, full, dialect, typed, sent):
    hashed = company.v1_of(full)
    before = company.v1_view(hashed)
    form = form_of(member, full, dialect)
    for key, text in typed.items():
        form.put(form.name(key), text)
    answer = form.send(member.http)
    assert (answer.status_code, answer.headers.get("location")) == (303, f"/bridge/clients/{full}?done=saved#main")
    after = company.v1_view(hashed)
    differing = {key for key in after if after[key] != before[key]} - {"updated_at", "settings", "display_name"}
    assert {key: after[key] for key in differing} == sent
    if "tags" in typed:
        assert company.legacy_view(full)["tags"] == ["vip", "gold"]
    if "settings" in typed or "currency_code" in typed:
        assert after["settings"] != before["settings"]
    member_page = member.get(f"/bridge/clients/{full}").text
    assert re.search(r"by team@acme.example\s*on these pages", member_page)


def test_contacts_are_changed_added_and_removed_and_keep_who_they_are(member, company, full):
    jane, john = company.v1_view(company.v1_of(full))["contacts"]
    form = form_of(member, full, "v1")
    form.put(f"client/contacts/id-{jane['id']}/phone", "555").put(f"remove/client/contacts/id-{john['id']}", "1")
    form.put("client/contacts/new-1/first_name", "Joan").put("client/contacts/new-1/is_primary", "1")
    assert "done=saved" in form.send(member.http).headers["location"]
    joan, kept = company.v1_view(company.v1_of(full))["contacts"]
    assert (joan["first_name"], joan["is_primary"], joan["send_email"]) == ("Joan", True, True)
    unchanged = {name: kept[name] for name in kept if name not in ("phone", "is_primary", "updated_at")}
    assert unchanged == {name: jane[name] for name in unchanged}
    assert kept["phone"] == "555"


@pytest.mark.parametrize("dialect", DIALECTS)
def test_a_preview_shows_what_saving_makes_of_both_views_and_writes_nothing(member, company, full, dialect):
    hashed, version = company.v1_of(full), etag_of(company, full)
    was = {"api": company.legacy_view(full), "v1": company.v1_view(hashed)}
    form = form_of(member, full, dialect)
    form.fill(**({"client_billing_city": "Oslo"} if dialect == "api" else {"client/city": "Oslo"}))
    page = form.send(member.http, "preview")
    assert (page.status_code, etag_of(company, full), len(activities_of(company, full))) == (200, version, 1)
    (other, marked), (own, _) = shown_in(page)
    assert [line for line in marked if "Oslo" in line] == ['"city": "Oslo",']
    assert len(marked) == 1
    assert Form(page).send(member.http).status_code == 303
    now = {"api": company.legacy_view(full), "v1": company.v1_view(hashed)}
    assert [own, other] == [now[dialect], now["v1" if dialect == "api" else "api"]] or without_times(
        [own, other]
    ) == without_times([now[dialect], now["v1" if dialect == "api" else "api"]])
    assert now != was


def test_a_preview_while_typing_is_a_part_of_the_page(member, company, full):
    form = form_of(member, full, "api").fill(client_billing_city="Oslo")
    part = form.send(member.http, "live")
    assert part.text.count("<html") == 0
    assert shown_in(part)[0][1] == ['"city": "Oslo",']
    refused = form.fill(client_company_name="").send(member.http, "live")
    assert (refused.status_code, refused.text.count('data-control="client-client_company_name"')) == (422, 1)


@on_one_engine
@pytest.mark.parametrize(
    ("dialect", "typed", "key", "words"),
    [
        ("api", {"client_company_name": " "}, "client-client_company_name", "client company name field is required"),
        ("api", {"client_phone": "5" * 300}, "client-client_phone", "must not be greater than 255 characters"),
        ("v1", {"id_number": "TAKEN"}, "client-id_number", "The id number has already been taken"),
        ("v1", {"settings": "{"}, "client-settings", "The settings field must be an array"),
        ("v1", {"contacts/new-1/email": "nobody"}, "client-contacts-new-1-email", "must be a valid email address"),
        ("v1", {"contacts/new-1/password": "weak"}, "client-contacts-new-1-password", "at least 7 characters"),
    ],
)
@pytest.mark.parametrize("act", ["save", "preview"])
def test_a_value_that_a_dialect_refuses_is_reported_at_its_field_with_all_that_was_typed(
    member, company, full, dialect, typed, key, words, act
):
    company.new_v1(id_number="TAKEN")
    version = etag_of(company, full)
    form = form_of(member, full, dialect)
    for name, text in typed.items():
        form.put(form.name(name), text)
    page = form.put(form.name("tags"), "typed too").send(member.http, act)
    assert page.status_code == 422
    at_field = re.search(rf'id="{key}-wrong">([^<]*)<', page.text)
    assert at_field, page.text
    assert words in html.unescape(at_field[1])
    again = Form(page)
    assert again.fields[again.name("tags")] == "typed too"
    assert {again.fields[again.name(name)] for name in typed} == set(typed.values())
    assert etag_of(company, full) == version


def test_a_client_is_made_in_either_dialects_words(member, company):
    legacy = Form(member.get("/bridge/new/api")).fill(first_name="Jane", last_name="Doe")
    refused = legacy.send(member.http)
    assert (refused.status_code, "The email field is required." in refused.text) == (422, True)
    made = Form(refused).fill(email="jane@made.example", tags="new").send(member.http)
    assert re.fullmatch(r"/bridge/clients/\d+\?done=created#main", made.headers["location"])
    v1 = Form(member.get("/bridge/new/v1"))
    v1.put("client/name", "Made GmbH").put("client/contacts/new-1/first_name", "Max")
    assert "Made GmbH" in v1.send(member.http, "preview").text
    assert v1.send(member.http).status_code == 303
    names = [each["display_name"] for each in company.v1.get("/clients").json()["data"]]
    assert names == ["Jane Doe", "Made GmbH"]


def test_a_form_is_for_members_of_its_company_and_from_its_pages(member, stranger, company, full):
    path = f"/bridge/clients/{full}/edit/api"
    form, version = form_of(member, full, "api").fill(client_billing_city="Oslo"), etag_of(company, full)
    for act in ("save", "preview", "live"):
        assert form.send(stranger.http, act).status_code == 404
        assert form.send(member.http, act, Origin="https://evil.example").status_code == 403
    assert stranger.get(path).status_code == 404
    assert member.get("/bridge/clients/999999999/edit/api").status_code == 404
    assert member.get(f"/bridge/clients/{full}/edit/nothing").status_code == 404
    assert member.get("/bridge/new/nothing").status_code == 404
    assert member.http.post(path, data={"act": "save", "loaded": "[", "client/client_phone": "1"}).status_code == 303
    assert etag_of(company, full) == version


def test_a_change_on_the_pages_is_followed_as_one_over_the_api(member, company, full):
    user = company.v1.get("/users").json()["data"][0]["id"]
    cursor = company.api.get("/changes?after=latest").json()["meta"]["next_cursor"]
    form_of(member, full, "v1").fill(**{"client/city": "Oslo"}).send(member.http)
    changes = company.api.get(f"/changes?after={cursor}").json()["data"]
    assert [(each["type"], each["id"]) for each in changes] == [("updated", full)]
    newest = activities_of(company, full)[0]
    assert newest["user_id"] == user


def test_of_several_operations_that_a_form_needs_all_are_done_or_none(member, company, full):
    form, version = form_of(member, full, "api").fill(client_billing_city="Oslo"), etag_of(company, full)
    refused = form.fill(status="suspended", tags="x" * 101).send(member.http)
    assert (refused.status_code, 'id="tags-tags-wrong"' in refused.text) == (422, True)
    assert (etag_of(company, full), len(activities_of(company, full))) == (version, 1)
    assert Form(refused).fill(tags="short").send(member.http).status_code == 303
    shown = company.legacy_view(full)
    assert (shown["billing"]["city"], shown["status"], shown["tags"]) == ("Oslo", "suspended", ["short"])
