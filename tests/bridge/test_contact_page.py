"""The page that a contact's link opens: what it shows, when it is closed, and that its key stays secret."""

import re

import httpx
import pytest
from sqlalchemy import text

from tests.bridge.test_pages import NASTY, Tags
from tests.bridge.visitors import Visitor
from tests.register.arranging import number_of, upload


def set_public(company, document, is_public=True):
    """Show a document to contacts, as a member does on the client's page."""
    with httpx.Client(base_url=company.server.url) as http:
        member = Visitor(http, company)
        member.sign_in()
        answer = member.post(f"/bridge/documents/{number_of(document)}/public", public="yes" if is_public else "no")
        assert (answer.status_code, answer.headers["location"].endswith("#documents")) == (303, True)


@pytest.fixture
def client(company):
    return company.new_v1(
        name="Northwind",
        address1="1 Market St",
        city="San Francisco",
        country_id="840",
        private_notes="Pays late.",
        public_notes="Thank you for your trust.",
        contacts=[
            {"first_name": "Jane", "last_name": "Doe", "email": "jane@northwind.example", "phone": "555"},
            {"first_name": "John", "email": "john@northwind.example"},
        ],
    )


@pytest.fixture
def jane(client):
    return client["contacts"][0]


def path_of(contact, rest=""):
    return httpx.URL(contact["link"]).path + rest


def open_link(company, contact, rest=""):
    return httpx.get(company.server.url + path_of(contact, rest))


def test_the_link_shows_only_what_the_contact_may_see(company, client, jane):
    company.api.put(f"/clients/{number_of(client)}/tags", json={"tags": ["difficult"]})
    page = httpx.get(jane["link"])
    assert page.status_code == 200
    for shown in (company.name, "Northwind", "1 Market St", "San Francisco", "United States", "Jane Doe", "555"):
        assert shown in page.text
    assert "Thank you for your trust." in page.text
    hidden = ("Pays late", "difficult", "John", "john@", client["id"], client["contacts"][1]["contact_key"])
    assert [text for text in hidden if text in page.text] == []


def test_only_documents_marked_public_can_be_downloaded(company, client, jane):
    shown = upload(company, client["id"], ("offer <1>.html", b"<script>"), ("secret.txt", b"no")).json()["data"]
    offer, secret = shown["documents"]
    assert "offer" not in open_link(company, jane).text
    set_public(company, offer)
    page = open_link(company, jane).text
    assert "offer &lt;1&gt;.html" in page
    assert "secret.txt" not in page
    got = open_link(company, jane, f"/documents/{number_of(offer)}")
    assert got.content == b"<script>"
    assert got.headers["content-disposition"].startswith("attachment;")
    assert (got.headers["x-content-type-options"], got.headers["referrer-policy"]) == ("nosniff", "no-referrer")
    for number in (number_of(secret), 999_999_999, "x"):
        assert open_link(company, jane, f"/documents/{number}").status_code == 404
    set_public(company, offer, False)
    assert open_link(company, jane, f"/documents/{number_of(offer)}").status_code == 404


def test_a_document_of_another_client_is_not_found(company, client, jane, other_company):
    for theirs in (company.new_v1(), other_company.new_v1()):
        owner = company if theirs["user_id"] == client["user_id"] else other_company
        document = upload(owner, theirs["id"], ("a.txt", b"a")).json()["data"]["documents"][0]
        set_public(owner, document)
        assert open_link(company, jane, f"/documents/{number_of(document)}").status_code == 404
        assert open_link(owner, theirs["contacts"][0], f"/documents/{number_of(document)}").status_code == 200


def changed(company, client, **contact):
    contacts = [{"id": each["id"]} | (contact if each is client["contacts"][0] else {}) for each in client["contacts"]]
    assert company.v1.put(f"/clients/{client['id']}", json={"contacts": contacts}).status_code == 200


def locked(company, client):
    changed(company, client, is_locked=True)


def unlocked(company, client):
    changed(company, client, is_locked=False)


def removed(company, client):
    kept = [{"id": each["id"]} for each in client["contacts"][1:]]
    company.v1.put(f"/clients/{client['id']}", json={"contacts": kept})


def deleted(company, client):
    jane, john = (number_of(contact) for contact in client["contacts"])
    assert company.api.put(f"/contacts/{john}/account-owner").status_code == 200
    assert company.api.delete(f"/contacts/{jane}").status_code == 200


def bulk(action):
    return lambda company, client: company.v1.post("/clients/bulk", json={"action": action, "ids": [client["id"]]})


def purged(company, client):
    company.v1.post(f"/clients/{client['id']}/purge", headers=company.with_password)


@pytest.mark.parametrize(
    ("shut", "opened", "status", "words"),
    [
        (locked, unlocked, 403, "closed for you"),
        (bulk("archive"), bulk("restore"), 403, "closed for you"),
        (bulk("delete"), bulk("restore"), 404, "This link is not valid"),
        (removed, None, 404, "This link is not valid"),
        (deleted, None, 404, "This link is not valid"),
        (purged, None, 404, "This link is not valid"),
    ],
)
def test_a_link_that_is_not_open_shows_no_data_and_says_why(company, client, jane, shut, opened, status, words):
    document = upload(company, client["id"], ("a.txt", b"a")).json()["data"]["documents"][0]
    set_public(company, document)
    shut(company, client)
    for rest in ("", f"/documents/{number_of(document)}"):
        answer = open_link(company, jane, rest)
        assert (answer.status_code, words in answer.text) == (status, True)
        assert "Northwind" not in answer.text
    if opened:
        opened(company, client)
        assert open_link(company, jane).status_code == 200


def test_an_unknown_link_is_answered_like_that_of_a_removed_contact(company, client, jane):
    removed(company, client)
    gone = open_link(company, jane)
    for path in ("x" * 40, "%00", "é", "a/b", ""):
        answer = httpx.get(f"{company.server.url}/client/key_login/{path}")
        assert (answer.status_code, answer.text) == (404, gone.text)


def test_a_visit_is_remembered_once_an_hour_and_shows_in_v1(company, client, jane):
    assert client["last_login"] == jane["last_login"] == 0
    httpx.head(jane["link"])
    assert company.v1_view(client["id"])["last_login"] == 0
    open_link(company, jane)
    after = company.v1_view(client["id"])
    seen = after["contacts"][0]["last_login"]
    assert after["last_login"] == seen >= client["created_at"]
    assert after["contacts"][1]["last_login"] == 0
    version = company.v1.get(f"/clients/{client['id']}").headers["etag"]
    open_link(company, jane)
    assert company.v1.get(f"/clients/{client['id']}").headers["etag"] == version
    back = text("UPDATE contacts SET last_login = last_login - 3601000000 WHERE contact_key = :key")
    company.server.database.write_now(lambda connection: connection.execute(back, {"key": jane["contact_key"]}))
    open_link(company, jane)
    assert company.v1_view(client["id"])["contacts"][0]["last_login"] >= seen
    assert company.v1.get(f"/clients/{client['id']}").headers["etag"] != version


def test_the_page_is_kept_out_of_caches_frames_and_referrers(company, client, jane):
    for answer in (open_link(company, jane), httpx.get(f"{company.server.url}/client/key_login/{'x' * 40}")):
        headers = answer.headers
        assert headers["cache-control"] == "no-store"
        assert headers["referrer-policy"] == "no-referrer"
        assert headers["x-robots-tag"] == "noindex, nofollow"
        assert "frame-ancestors 'none'" in headers["content-security-policy"]
        assert re.findall(r'(?:href|src)="(https?:[^"]*)"', answer.text) == []
        assert Tags(answer.text).of("script") == []


def test_stored_text_is_escaped(company):
    for nasty in NASTY:
        made = company.new_v1(name=nasty, website=nasty, public_notes=nasty, contacts=[{"first_name": nasty}])
        page = open_link(company, made["contacts"][0])
        assert page.status_code == 200
        tags = Tags(page.text)
        assert tags.of("script") == tags.of("img") == tags.of("svg") == []
        assert [attrs for attrs in tags.of("a") if attrs["href"] != "#main"] == []
