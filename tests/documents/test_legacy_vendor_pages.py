"""The requests of the vendor's pages on contacts, categories, the team and notes, as curl and PHP send them.

Each page has one example in curl and one in PHP for a request; `test_legacy_document.py` has those of the page on
clients.
"""

from urllib.parse import urlencode

import pytest

from dialects.legacy.example_records import CATEGORY, CONTACT, NOTE, TEAM_MEMBER
from tests.documents.shapes import differences

FORM = {"Content-Type": "application/x-www-form-urlencoded"}
NEW_EMAIL = "new@acme.example"
# Keys that are a text or null in the pages.
PERSON = CONTACT | {"phone": None, "job_position": None, "social": dict.fromkeys(CONTACT["social"])}
GROUP = CATEGORY | {"description": None, "icon": None}

# Method, path, body or query, status, message, and the object in the answer.
CONTACTS = [
    ("GET", "/contacts?client_id={client}&limit=25", None, 200, "Contacts retrieved successfully.", PERSON),
    ("GET", "/contacts/{contact}", None, 200, "Contact retrieved successfully.", PERSON),
    (
        "POST",
        "/contacts",
        {"clientid": "{client}", "first_name": "Jane", "last_name": "Doe", "email": NEW_EMAIL},
        201,
        "Contact created successfully.",
        PERSON,
    ),
    (
        "PATCH",
        "/contacts/{contact}",
        {"first_name": "Janet", "last_name": "Doe", "email": NEW_EMAIL},
        200,
        "Contact updated successfully.",
        PERSON,
    ),
    ("DELETE", "/contacts/{contact}", None, 200, "Contact deleted successfully.", None),
    ("PUT", "/contacts/{contact}/account-owner", None, 200, "Contact set as account owner successfully.", PERSON),
]
CATEGORIES = [
    ("GET", "/categories?type=client&limit=25", None, 200, "Categories retrieved successfully.", GROUP),
    ("GET", "/categories/{category}", None, 200, "Category retrieved successfully.", GROUP),
    (
        "POST",
        "/categories",
        {"category_name": "Trade", "category_type": "client"},
        201,
        "Category created successfully.",
        GROUP,
    ),
    ("PATCH", "/categories/{category}", {"category_name": "Retail"}, 200, "Category updated successfully.", GROUP),
    ("DELETE", "/categories/{category}", None, 200, "Category deleted successfully.", None),
    (
        "PUT",
        "/categories/{category}/migrate",
        {"target_id": "{default}"},
        200,
        "Category resources migrated successfully.",
        GROUP,
    ),
]
TEAM = [
    ("GET", "/team?limit=25", None, 200, "Team members retrieved successfully.", TEAM_MEMBER),
    ("GET", "/team/{member}", None, 200, "Team member retrieved successfully.", TEAM_MEMBER),
]
NOTES = [
    ("GET", "/notes?resource_type=client&resource_id={client}", None, 200, "Notes retrieved successfully.", NOTE),
    ("GET", "/notes/{note}", None, 200, "Note retrieved successfully.", NOTE),
    (
        "POST",
        "/notes",
        {
            "note_title": "Call",
            "note_description": "Renewal.",
            "noteresource_type": "client",
            "noteresource_id": "{client}",
        },
        201,
        "Note created successfully.",
        NOTE,
    ),
    ("PATCH", "/notes/{note}", {"note_title": "Visit"}, 200, "Note updated successfully.", NOTE),
    ("PUT", "/notes/{note}/tags", {"tags[]": ["sales", "vip"]}, 200, "Note tags updated successfully.", NOTE),
    ("DELETE", "/notes/{note}", None, 200, "Note deleted successfully.", None),
]
REQUESTS = CONTACTS + CATEGORIES + TEAM + NOTES


def php_body(sent):
    """Return the form that http_build_query makes of this: arrays are numbered."""
    pairs = []
    for key, value in sent.items():
        numbered = enumerate(value) if isinstance(value, list) else [(None, value)]
        pairs += [(key if at is None else f"{key[:-2]}[{at}]", item) for at, item in numbered]
    return urlencode(pairs)


def curl_body(sent):
    """Return what curl sends for several `-d`: joined unchanged."""
    return "&".join(
        f"{key}={item}" for key, value in sent.items() for item in ([value] * (value is str(value)) or value)
    )


@pytest.fixture
def ids(company):
    client = company.new_legacy()["id"]
    person = {"clientid": client, "first_name": "Joe", "last_name": "Roe", "email": "joe@acme.example"}
    note = {"title": "Call", "description": "At noon.", "resource_type": "client", "resource_id": client}

    def made(path, body):
        return company.api.post(path, json=body).json()["data"]["id"]

    (default,) = company.api.get("/categories").json()["data"]
    return {
        "client": client,
        "contact": made("/contacts", person),
        "default": default["id"],
        "category": made("/categories", {"category_name": "Wholesale"}),
        "member": company.api.get("/team").json()["data"][0]["id"],
        "note": made("/notes", note),
    }


def filled(sent, ids):
    return {key: value.format(**ids) if isinstance(value, str) else value for key, value in sent.items()}


@pytest.mark.parametrize("body_of", [curl_body, php_body], ids=["curl", "php"])
@pytest.mark.parametrize(("method", "path", "sent", "status", "message", "shape"), REQUESTS)
def test_a_request_of_a_page_gets_the_documented_answer(
    company, ids, body_of, method, path, sent, status, message, shape
):
    content = body_of(filled(sent, ids)).encode() if sent else None
    answer = company.api.request(method, path.format(**ids), content=content, headers=FORM if content else None)
    told = answer.json()
    assert (answer.status_code, told["message"]) == (status, message)
    if shape is None:
        assert told["data"] == {"id": ids[next(name for name in ids if f"{{{name}}}" in path)]}
    elif isinstance(told["data"], list):
        assert list(told) == ["data", "meta", "message"]
        assert told["data"]
        assert differences(told["data"], [shape]) == []
    else:
        assert list(told) == ["data", "message"]
        assert differences(told["data"], shape) == []


@pytest.mark.parametrize(("method", "path"), [(each[0], each[1]) for each in REQUESTS if "/{" in each[1]])
def test_an_unknown_id_is_a_404_with_only_a_message(company, method, path):
    names = ("client", "contact", "category", "default", "member", "note")
    answer = company.api.request(method, path.format(**dict.fromkeys(names, 999_999)), data={"target_id": 1})
    assert (answer.status_code, list(answer.json())) == (404, ["message"])


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_the_team_is_read_only(company, ids, method):
    path = "/team" if method == "POST" else f"/team/{ids['member']}"
    assert company.api.request(method, path, json={}).status_code == 405


@pytest.mark.parametrize("kind", ["project", "invoice", "ticket", "lead"])
def test_a_list_of_categories_of_other_types_is_empty(company, kind):
    answer = company.api.get(f"/categories?type={kind}")
    assert (answer.status_code, answer.json()["data"], answer.json()["meta"]["total"]) == (200, [], 0)
