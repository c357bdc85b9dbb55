"""The pages of the register over HTTP: what they show, to whom, and how they are kept private."""

import html
import json
import re
from html.parser import HTMLParser

import pytest

from tests.register.arranging import number_of, upload

NASTY = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "'; alert(1); '",
    "{{ 7 * 7 }}{% include 'x' %}",
    "</pre></code><svg/onload=alert(1)>",
    "javascript:alert(1)",
    "‮gnp.exe\u0000"[:-1],
]


class Tags(HTMLParser):
    """Every tag and attribute of a page, as a browser would see them."""

    def __init__(self, text):
        super().__init__()
        self.seen = []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.seen.append((tag, dict(attrs)))

    def of(self, tag):
        return [attrs for name, attrs in self.seen if name == tag]


def shape(text):
    return [(tag, sorted(attrs)) for tag, attrs in Tags(text).seen]


def test_stored_text_is_escaped(member, company):
    for text in NASTY:
        company.new_v1(name=text, number=text[:200], private_notes=text, city=text, contacts=[{"first_name": text}])
        made = company.new_legacy(client_company_name=text, tags=[text])
        page = member.get(f"/bridge/clients/{made['id']}").text
        plain = company.new_legacy(client_company_name="plain", tags=["plain"])
        assert shape(page) == shape(member.get(f"/bridge/clients/{plain['id']}").text)
        assert text in member.get("/bridge").text or re.search("[<>&\"']", text)
    pages = [member.get("/bridge").text, *(member.get("/bridge?" + f"q={text}").text for text in NASTY[:4])]
    for page in pages:
        tags = Tags(page)
        assert len(tags.of("script")) == 1
        assert tags.of("img") == tags.of("svg") == tags.of("style") == []
        assert [
            attrs for _, attrs in tags.seen if any(name.startswith("on") or name == "style" for name in attrs)
        ] == []


def test_a_client_is_shown_with_its_notes_newest_first(member, company):
    made = company.new_legacy()
    for title in ("Called", "<b>Wrote</b>"):
        sent = {"title": title, "description": "Two\nlines", "resource_id": made["id"], "tags": ["Sales"]}
        assert company.api.post("/notes", json=sent | {"visibility": "private"}).status_code == 201
    page = member.get(f"/bridge/clients/{made['id']}").text
    shown = page[page.index('id="notes"') : page.index('id="activity"')]
    assert shown.index("&lt;b&gt;Wrote&lt;/b&gt;") < shown.index("Called")
    assert shown.count("Two\nlines") == shown.count("private</span>") == shown.count("<li>Sales</li>") == 2
    assert shown.count(" by team@") == 2


def test_every_page_is_private_and_cannot_be_framed(member, company):
    made = company.new_legacy()
    for path in ("/bridge", f"/bridge/clients/{made['id']}", "/bridge/login", "/bridge/nothing"):
        headers = member.get(path).headers
        policy = headers["content-security-policy"]
        assert "default-src 'none'; script-src 'self'; style-src 'self'" in policy
        assert "frame-ancestors 'none'" in policy
        assert "unsafe" not in policy
        assert headers["x-frame-options"] == "DENY"
        assert headers["cache-control"] == "no-store"
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "same-origin"


def test_pages_load_nothing_from_other_hosts(member, company):
    page = Tags(member.get(f"/bridge/clients/{company.new_legacy()['id']}").text)
    named = [attrs["href"] for attrs in page.of("link")] + [attrs["src"] for attrs in page.of("script")]
    assert [name for name in named if not name.startswith("/bridge/static/")] == ["data:,"]
    for path in named:
        if path != "data:,":
            answer = member.get(path)
            assert (answer.status_code, "immutable" in answer.headers["cache-control"]) == (200, True)
    anchors = {attrs["id"] for _, attrs in page.seen if "id" in attrs}
    assert {attrs["href"][1:] for attrs in page.of("a") if attrs["href"].startswith("#")} <= anchors


def test_a_search_finds_by_text_number_and_state_and_nothing_else(member, company):
    for n in range(30):
        company.new_v1(name=f"Northwind {n:02}")
    archived = company.new_v1(name="Southwind & Sons")
    company.v1.post("/clients/bulk", json={"action": "archive", "ids": [archived["id"]]})
    deleted = company.new_v1(name="Southwind gone")
    company.v1.delete(f"/clients/{deleted['id']}")

    def names(query):
        return re.findall(r'class="name" href="[^"]*">([^<]*)', member.get(f"/bridge{query}").text)

    assert len(names("")) == 25
    assert names("?page=2")[-1] == "Northwind 00"
    assert len(names("?page=2")) == 6
    assert names("?q=southWIND") == ["Southwind &amp; Sons"]
    assert names("?q=wind&state=archived") == ["Southwind &amp; Sons"]
    assert names("?state=deleted") == ["Southwind gone"]
    assert names("?q=Southwind&state=any") == ["Southwind gone", "Southwind &amp; Sons"]
    assert names("?q=nobody") == names("?page=99999999") == []
    assert member.get("/bridge?page=x&state=x&q=%00").status_code == 200
    assert 'href="/bridge?page=2"' in member.get("/bridge").text


def test_both_dialects_are_shown_as_they_answer(member, company):
    made = company.new_legacy(client_company_name="Acme", client_billing_street="1 Market St", tags=["vip"])
    page = member.get(f"/bridge/clients/{made['id']}").text
    shown = [re.sub("<[^>]*>", "", part) for part in re.findall(r'<pre class="json">.*?</pre>', page, re.DOTALL)]
    views = [json.loads(html.unescape(part)) for part in shown]
    assert views == [company.legacy_view(made["id"]), company.v1_view(company.v1_of(made["id"]))]


@pytest.mark.parametrize(
    ("here", "there"),
    [
        ("api-company_name", "v1-name"),
        ("api-description", "v1-private_notes"),
        ("api-billing.street", "v1-address1"),
        ("v1-address2", "api-billing.street"),
        ("v1-contacts", "api-owner.id"),
        ("v1-group_settings_id", "api-category.id"),
    ],
)
def test_a_key_leads_to_its_counterpart(member, company, here, there):
    page = Tags(member.get(f"/bridge/clients/{company.new_legacy()['id']}").text)
    links = {attrs["id"]: attrs["href"] for attrs in page.of("a") if attrs.get("class") == "key"}
    assert links[here] == f"#{there}"
    words = {attrs["id"]: attrs["title"] for attrs in page.of("a") if attrs.get("class") == "key"}
    assert words["api-company_name"] == "The same as name, display_name in /api/v1"
    assert "v1-balance" not in links  # /api has none


def test_a_deleted_client_shows_what_each_dialect_answers(member, company):
    made = company.new_legacy()
    company.v1.delete(f"/clients/{company.v1_of(made['id'])}")
    page = member.get(f"/bridge/clients/{made['id']}").text
    assert "&#34;Client not found.&#34;" in page
    assert "does not show a client that is deleted" in page


def test_the_id_of_either_dialect_finds_its_client(member, company, other_company):
    made = company.new_legacy(client_company_name="Found by its id")
    for text in (str(made["id"]), company.v1_of(made["id"])):
        assert "Found by its id" in member.get(f"/bridge?q={text}&state=archived").text
    theirs = other_company.new_legacy(client_company_name="Theirs")
    assert "Theirs" not in member.get(f"/bridge?q={theirs['id']}").text


def test_what_was_done_is_shown_with_who_did_it(member, company):
    made = company.new_legacy(client_company_name="Before")
    company.v1.put(f"/clients/{company.v1_of(made['id'])}", json={"name": "After <b>"})
    page = member.get(f"/bridge/clients/{made['id']}").text
    for shown in ("by team@acme.example", "through /api/v1", "<code>Before</code> → <code>After &lt;b&gt;</code>"):
        assert shown in page, shown


def test_documents_are_downloaded_and_never_rendered(member, stranger, company):
    made = company.new_v1()
    document = upload(company, made["id"], ("<i>.html", b"<script>")).json()["data"]["documents"][0]
    path = f"/bridge/documents/{number_of(document)}"
    assert f'href="{path}"' in member.get(f"/bridge/clients/{number_of(made)}").text
    answer = member.get(path)
    assert (answer.status_code, answer.content) == (200, b"<script>")
    assert answer.headers["content-disposition"] == "attachment; filename=\"<i>.html\"; filename*=UTF-8''%3Ci%3E.html"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert stranger.get(path).status_code == 404
    member.http.cookies.clear()
    assert member.get(path).status_code == 303


def test_making_a_document_public_is_a_change_like_any_other(member, stranger, company):
    made = company.new_v1()
    document = upload(company, made["id"], ("a.txt", b"a")).json()["data"]["documents"][0]
    path, client = f"/bridge/documents/{number_of(document)}/public", f"/bridge/clients/{number_of(made)}"
    assert stranger.post(path, public="yes").status_code == 404
    assert member.post(path, {"Origin": "https://evil.example"}, public="yes").status_code == 403
    assert "Make private" not in member.get(client).text
    assert member.post(path, public="yes").headers["location"] == f"{client}#documents"
    page = member.get(client).text
    assert "Make private" in page
    assert re.search(r"documents changed.*?on these pages", page, re.DOTALL)
    company.v1.delete(f"/clients/{made['id']}")
    assert member.post(path, public="no").status_code == 409
    member.http.cookies.clear()
    ended = member.post(path, public="no")
    assert (ended.status_code, "Your session has ended" in ended.text) == (401, True)


def test_nothing_of_another_company_is_found(member, stranger, company):
    made = company.new_legacy(client_company_name="Only ours")
    assert "Only ours" in member.get("/bridge").text
    theirs, absent = stranger.get(f"/bridge/clients/{made['id']}"), stranger.get("/bridge/clients/999999999")
    assert (theirs.status_code, theirs.text) == (404, absent.text)
    assert "Only ours" not in stranger.get("/bridge?q=Only&state=any").text


@pytest.mark.parametrize(
    "path", ["/bridge/nothing", "/bridge/clients/x", "/bridge/clients/-1", "/bridge/clients/" + "9" * 30]
)
def test_an_unknown_page_is_a_404_with_a_page(member, path):
    answer = member.get(path)
    assert answer.status_code == 404
    assert "There is nothing here" in answer.text


def test_head_unknown_methods_and_wrong_forms_get_the_right_status(member):
    assert member.http.head("/bridge").status_code == 200
    assert member.http.head("/bridge").text == ""
    answer = member.http.delete("/bridge/login")
    assert (answer.status_code, answer.headers["allow"]) == (405, "GET, POST, HEAD")
    assert member.post("/bridge/nothing").status_code == 404
    assert member.post("/bridge/login", a="x" * 20_000).status_code == 413
    assert member.http.post("/bridge/login", content=b"x", headers={"Content-Type": "text/plain"}).status_code == 400


def test_without_a_session_nothing_is_shown_or_changed(visitor, company):
    made = company.new_legacy(client_company_name="Secret Ltd")
    for path in ("/bridge", f"/bridge/clients/{made['id']}"):
        answer = visitor.get(path)
        assert (answer.status_code, answer.text) == (303, "")
