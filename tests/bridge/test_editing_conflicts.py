"""Forms of clients that are sent again, too late, or after the session has ended: nothing that was typed is lost."""

import pytest

from tests.bridge.editing import DIALECTS, etag_of, form_of, kept_in
from tests.bridge.filling import Form
from tests.register.arranging import bulk


@pytest.mark.parametrize("dialect", DIALECTS)
def test_a_form_overtaken_by_another_change_shows_both_and_loses_nothing(member, company, full, dialect):
    city, phone = ("client_billing_city", "client_phone") if dialect == "api" else ("client/city", "client/phone")
    form = form_of(member, full, dialect)
    form.put(form.name(city), "Mine").put(form.name("tags"), "mine")
    company.v1.put(f"/clients/{company.v1_of(full)}", json={"city": "Theirs", "phone": "777"})
    assert "Somebody else has changed this client meanwhile." in form.send(member.http, "live").text
    page = form.send(member.http)
    assert (page.status_code, "Changed meanwhile" in page.text) == (409, True)
    assert "<q>Theirs</q>; you have <q>Mine</q>" in page.text
    assert "is now <q>777</q>" in page.text
    assert company.v1_view(company.v1_of(full))["city"] == "Theirs"
    again = Form(page)
    assert (again.fields[again.name(city)], again.fields[again.name(phone)]) == ("Mine", "777")
    assert again.send(member.http).status_code == 303
    after = company.v1_view(company.v1_of(full))
    assert (after["city"], after["phone"], company.legacy_view(full)["tags"]) == ("Mine", "777", ["mine"])


def test_a_contact_that_somebody_removed_meanwhile_is_kept_as_a_new_one_and_one_that_was_added_stays(
    member, company, full
):
    jane, john = company.v1_view(company.v1_of(full))["contacts"]
    form = form_of(member, full, "v1").put(f"client/contacts/id-{john['id']}/phone", "555")
    theirs = {"contacts": [{"id": jane["id"]}, {"first_name": "Added"}]}
    company.v1.put(f"/clients/{company.v1_of(full)}", json=theirs)
    page = form.send(member.http)
    assert page.status_code == 409
    assert Form(page).send(member.http).status_code == 303
    now = company.v1_view(company.v1_of(full))["contacts"]
    assert [(each["first_name"], each["phone"]) for each in now] == [("Jane", ""), ("Added", ""), ("John", "555")]


@pytest.mark.parametrize("dialect", DIALECTS)
def test_a_second_click_changes_nothing_and_is_no_conflict(member, company, full, dialect):
    form = form_of(member, full, dialect)
    form.put(form.name("tags"), "one\ntwo").put(
        form.name("client_website" if dialect == "api" else "website"), "x.example"
    )
    first, version = form.send(member.http), etag_of(company, full)
    second = form.send(member.http)
    assert (first.headers["location"], etag_of(company, full)) == (second.headers["location"], version)
    assert "done=saved" in second.headers["location"]


def test_what_was_typed_outlives_a_session(member, company, full):
    form = form_of(member, full, "api").fill(client_billing_city="Oslo & <b>")
    secret = form_of(member, full, "v1").fill(**{"contacts/new-1/password": "Typed-Secret-1"})
    member.http.cookies.clear()
    page = form.send(member.http)
    assert (page.status_code, "Your session has ended" in page.text) == (401, True)
    assert "Typed-Secret-1" not in secret.send(member.http).text
    member.sign_in()
    assert member.http.post(f"/bridge/clients/{full}/edit/api", data=kept_in(page)).status_code == 303
    assert company.legacy_view(full)["billing"]["city"] == "Oslo & <b>"


@pytest.mark.parametrize(("dialect", "city"), [("v1", "client/city"), ("api", "client_billing_city")])
def test_a_deleted_client_is_restored_before_it_is_changed(member, company, full, dialect, city):
    form, path = form_of(member, full, dialect).fill(**{city: "Oslo"}), f"/bridge/clients/{full}/edit/{dialect}"
    bulk(company, "delete", company.v1_of(full))
    assert member.get(path).status_code == 409
    assert form.send(member.http, "live").status_code == 409
    page = form.send(member.http)
    assert (page.status_code, "The client is deleted" in page.text) == (409, True)
    member.post(f"/bridge/clients/{full}/restore")
    again = Form(member.http.post(path, data=kept_in(page)))
    assert "Changed meanwhile" in again.page.text
    assert again.send(member.http).status_code == 303
    assert company.v1_view(company.v1_of(full))["city"] == "Oslo"
