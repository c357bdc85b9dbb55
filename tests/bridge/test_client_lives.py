"""Clients and documents on the pages: uploading, removing, archiving, deleting, restoring, purging."""

import re

import pytest

from core.access.roles import Role
from core.events import activities
from tests.bridge.filling import Form
from tests.bridge.visitors import Visitor
from tests.drivers import new_company
from tests.register.arranging import number_of, register, stored_bytes
from tests.server import serving


@pytest.fixture
def client(company):
    return number_of(company.new_v1(name="Northwind", contacts=[{"first_name": "Jane"}, {"first_name": "John"}]))


def upload(member, client, *files, **form):
    """Choose files on the page of a client and send them as its form does."""
    name = re.search(r'name="form" value="(\w+)"', member.get(f"/bridge/clients/{client}").text)[1]
    return lambda: member.http.post(
        f"/bridge/clients/{client}/documents",
        files=[("documents[]", file) for file in files],
        data={"form": name} | form,
    )


def documents_of(company, client):
    return company.v1_view(company.v1_of(client))["documents"]


def test_files_are_uploaded_under_their_names_and_once_however_often_the_button_is_pressed(member, company, client):
    send = upload(member, client, ("Offer ÄÖ <1>.PDF", b"%PDF"), ("notes.txt", b"x"), public="yes")
    first, second = send(), send()
    there = f"/bridge/clients/{client}?done=uploaded#documents"
    assert [(each.status_code, each.headers["location"]) for each in (first, second)] == [(303, there)] * 2
    shown = documents_of(company, client)
    assert [(each["name"], each["type"], each["size"]) for each in shown] == [
        ("Offer ÄÖ <1>.PDF", "pdf", 4),
        ("notes.txt", "txt", 1),
    ]
    assert stored_bytes(company).count(b"%PDF") == 1
    page = member.get(f"/bridge/clients/{client}?done=uploaded").text
    assert "Offer ÄÖ &lt;1&gt;.PDF" in page
    assert page.count("Make private") == 2
    assert upload(member, client, ("notes.txt", b"x"))().status_code == 303  # by another form it is another document
    assert len(documents_of(company, client)) == 3


def test_an_upload_that_cannot_be_taken_stores_nothing(member, stranger, company, client):
    assert member.http.post(f"/bridge/clients/{client}/documents", data={"form": "x"}).status_code == 422
    nobody = [("documents[]", ("", b""))]
    assert member.http.post(f"/bridge/clients/{client}/documents", files=nobody).status_code == 422
    file = [("documents[]", ("a.txt", b"a"))]
    path = f"/bridge/clients/{client}/documents"
    assert member.http.post(path, files=file, headers={"Origin": "https://evil.example"}).status_code == 403
    assert stranger.http.post(path, files=file).status_code == 404
    assert member.http.post("/bridge/clients/999999999/documents", files=file).status_code == 404
    member.post(f"/bridge/clients/{client}/delete")
    assert member.http.post(path, files=file).status_code == 409
    member.http.cookies.clear()
    assert member.http.post(path, files=file).status_code == 401
    assert stored_bytes(company) == []


@pytest.mark.engines("sqlite")
def test_the_limit_of_uploads_is_that_of_the_settings(new_register, tmp_path):
    with serving(new_register("sqlite"), tmp_path, max_upload_bytes=4096) as server:
        company = new_company(server)
        client = number_of(company.new_v1())
        member = Visitor(company._client("", {}), company)
        member.sign_in()
        assert "at most 4.0 KiB in total" in member.get(f"/bridge/clients/{client}").text
        assert upload(member, client, ("a.bin", b"x" * 4000))().status_code == 303
        assert upload(member, client, ("a.bin", b"x" * 40_000))().status_code == 413
        company.close()


def test_a_document_is_removed_once_that_is_confirmed(member, stranger, company, client):
    upload(member, client, ("Keep.txt", b"keep"), ("Drop.txt", b"drop"))()
    keep, drop = map(number_of, documents_of(company, client))
    path = f"/bridge/documents/{drop}/remove"
    asked = member.get(path).text
    assert "Remove Drop.txt?" in asked
    assert f'href="/bridge/clients/{client}#documents"' in asked
    assert len(documents_of(company, client)) == 2
    assert (stranger.get(path).status_code, stranger.post(path).status_code) == (404, 404)
    assert member.post(path, {"Origin": "https://evil.example"}).status_code == 403
    assert member.post(path).headers["location"] == f"/bridge/clients/{client}?done=removed#documents"
    assert [number_of(each) for each in documents_of(company, client)] == [keep]
    assert stored_bytes(company) == [b"keep"]


def test_a_client_is_archived_deleted_and_restored_and_found_among_the_deleted(member, stranger, company, client):
    path = f"/bridge/clients/{client}"

    def state():
        return re.search(r'class="badge (\w+)"', member.get(path).text)[1]

    for act, after in (("archive", "archived"), ("restore", "active"), ("delete", "deleted")):
        assert stranger.post(f"{path}/{act}").status_code == 404
        assert member.post(f"{path}/{act}", {"Origin": "https://evil.example"}).status_code == 403
        assert [member.post(f"{path}/{act}").status_code for _ in range(2)] == [303, 303]
        assert state() == after
    assert company.api.get(f"/clients/{client}").status_code == 404
    assert "Northwind" not in member.get("/bridge").text
    deleted = member.get("/bridge?state=deleted").text
    assert "Deleted clients</h1>" in deleted
    assert f'action="{path}/restore"' in deleted
    assert member.post(f"{path}/restore").headers["location"] == f"{path}?done=restored#main"
    assert (state(), "Northwind" in member.get("/bridge").text) == ("active", True)
    kinds = [each["kind"] for each in register(company, activities.list_all, client)]
    assert kinds == ["restored", "deleted", "restored", "archived", "created"]


def test_a_purge_says_what_it_takes_along_and_is_for_owners(member, signed_in_as, stranger, company, client):
    upload(member, client, ("a.txt", b"a"))()
    path = f"/bridge/clients/{client}/purge"
    asked = member.get(path).text
    for taken in ("2 contacts", "1 document", "0 notes", "its history of 2 changes"):
        assert taken in asked, taken
    assert signed_in_as(Role.MEMBER).post(path).status_code == 403
    assert stranger.post(path).status_code == 404
    assert company.api.get(f"/clients/{client}").status_code == 200
    assert member.post(path).headers["location"] == "/bridge?done=purged#main"
    assert (company.api.get(f"/clients/{client}").status_code, stored_bytes(company)) == (404, [])
    assert [member.get(path).status_code, member.post(path).status_code] == [404, 404]


def test_a_viewer_is_shown_no_form_and_a_member_no_purge(member, signed_in_as, client):
    viewer = signed_in_as(Role.VIEWER)
    page = viewer.get(f"/bridge/clients/{client}").text + viewer.get("/bridge").text
    assert [word for word in ("/edit/", "/archive", "/new/", "/documents") if word in page] == []
    member.post(f"/bridge/clients/{client}/delete")
    assert "/purge" in member.get(f"/bridge/clients/{client}").text
    assert "/purge" not in signed_in_as(Role.MEMBER).get(f"/bridge/clients/{client}").text
    assert "/restore" not in viewer.get("/bridge?state=deleted").text


def test_a_new_client_is_made_once_however_often_the_button_is_pressed(member, company):
    form = Form(member.get("/bridge/new/v1")).fill(**{"client/name": "Once"})
    made = {form.send(member.http).headers["location"] for _ in range(3)}
    assert len(made) == 1
    assert company.v1.get("/clients").json()["meta"]["pagination"]["total"] == 1
