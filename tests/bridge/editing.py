"""What tests of the forms of clients share: opening a form, reading its pages, and the client as the API shows it."""

import html
import json
import re

from tests.bridge.filling import Form

DIALECTS = ("api", "v1")


def form_of(member, client_id, dialect):
    page = member.get(f"/bridge/clients/{client_id}/edit/{dialect}")
    assert page.status_code == 200, page.text
    return Form(page)


def etag_of(company, client_id):
    return company.api.get(f"/clients/{client_id}").headers["etag"]


def activities_of(company, client_id):
    return company.v1.get(f"/clients/{company.v1_of(client_id)}?include=activities").json()["data"]["activities"]


def without_times(tree):
    return json.loads(re.sub(r'"(updated_at|updated)": ("[^"]*"|\d+)', '"at": 0', json.dumps(tree)))


def shown_in(page):
    """Return the JSON of each view on a page by its dialect, with the marks of what changed."""
    found = re.findall(r'<pre class="json">(.*?)</pre>', page.text, re.DOTALL)
    lines = [re.findall(r'<span class="line( \w+)?"[^>]*>(.*?)\n</span>', each, re.DOTALL) for each in found]
    return [
        (
            json.loads("".join(_bare(text) for kind, text in each if kind != " gone")),
            [_bare(text).strip() for kind, text in each if kind],
        )
        for each in lines
    ]


def _bare(text):
    without_marks = re.sub(r"<del>.*?</del>|<span class=\"unseen\">.*?</span>", "", text)
    return html.unescape(re.sub("<[^>]*>", "", without_marks))


def kept_in(page):
    """Return the fields of the form with which the same input can be sent again."""
    found = re.findall(r'hidden" name="([^"]*)" value="([^"]*)"', page.text)
    return {html.unescape(name): html.unescape(value) for name, value in found}
