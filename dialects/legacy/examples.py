"""Examples of requests and answers of the operations of /api."""

from typing import Any

from dialects.legacy.example_records import CATEGORY, CHANGES, CLIENT, CONTACT, NOTE, TEAM_MEMBER


def _answer(what: str) -> dict[str, Any]:
    return {"data": CLIENT, "message": f"Client {what} successfully."}


def _category(what: str, **changes: Any) -> dict[str, Any]:
    return {"data": CATEGORY | changes, "message": f"Category {what} successfully."}


def _contact(what: str, **changes: Any) -> dict[str, Any]:
    return {"data": CONTACT | changes, "message": f"Contact {what} successfully."}


def _note(what: str, **changes: Any) -> dict[str, Any]:
    return {"data": NOTE | changes, "message": f"Note {what} successfully."}


def _listed(one: dict[str, Any], nouns: str) -> dict[str, Any]:
    meta = {"current_page": 1, "per_page": 25, "total": 1, "last_page": 1}
    return {"data": [one], "meta": meta, "message": f"{nouns} retrieved successfully."}


EXAMPLES: dict[str, dict[str, Any]] = {
    "getChanges": {
        "response": {
            "data": CHANGES,
            "meta": {"next_cursor": "AAAAAAAAAAgABlT3pQxKQQ", "has_more": False},
            "message": "Changes retrieved successfully.",
        }
    },
    "listTeamMembers": {"response": _listed(TEAM_MEMBER, "Team members")},
    "getTeamMember": {"response": {"data": TEAM_MEMBER, "message": "Team member retrieved successfully."}},
    "listNotes": {"response": _listed(NOTE, "Notes")},
    "getNote": {"response": _note("retrieved")},
    "createNote": {
        "request": {
            "note_title": "Follow-up call",
            "note_description": "Discuss the renewal terms.",
            "noteresource_type": "client",
            "noteresource_id": 12,
            "tags": ["sales"],
        },
        "response": _note("created"),
    },
    "updateNote": {"request": {"note_title": "Second call"}, "response": _note("updated", title="Second call")},
    "deleteNote": {"response": {"data": {"id": 74}, "message": "Note deleted successfully."}},
    "setNoteTags": {"request": {"tags": ["sales"]}, "response": _note("tags updated")},
    "listClients": {"response": _listed(CLIENT, "Clients")},
    "getClient": {"response": _answer("retrieved")},
    "createClient": {
        "request": {
            "first_name": "Jane",
            "last_name": "Doe",
            "email": "jane@acme.example",
            "client_company_name": "Acme Inc",
            "tags": ["priority", "retainer"],
        },
        "response": _answer("created"),
    },
    "updateClient": {
        "request": {"client_company_name": "Acme Incorporated"},
        "response": {
            "data": CLIENT | {"company_name": "Acme Incorporated"},
            "message": "Client updated successfully.",
        },
    },
    "deleteClient": {"response": {"data": {"id": 12}, "message": "Client deleted successfully."}},
    "setClientTags": {"request": {"tags": ["priority", "retainer"]}, "response": _answer("tags updated")},
    "setClientStatus": {
        "request": {"status": "suspended"},
        "response": {
            "data": CLIENT | {"status": "suspended"},
            "message": "Client status updated successfully.",
        },
    },
    "setClientOwner": {"request": {"owner": 34}, "response": _answer("account owner updated")},
    "listCategories": {"response": _listed(CATEGORY, "Categories")},
    "getCategory": {"response": _category("retrieved")},
    "createCategory": {
        "request": {"category_name": "Wholesale", "category_description": "Buys by the pallet."},
        "response": _category("created", count=0),
    },
    "updateCategory": {
        "request": {"category_name": "Wholesalers"},
        "response": _category("updated", name="Wholesalers", slug="2-wholesalers"),
    },
    "deleteCategory": {"response": {"data": {"id": 2}, "message": "Category deleted successfully."}},
    "listContacts": {"response": _listed(CONTACT, "Contacts")},
    "getContact": {"response": _contact("retrieved")},
    "createContact": {
        "request": {
            "first_name": "Jane",
            "last_name": "Doe",
            "email": "jane.doe@acme.example",
            "clientid": 12,
            "position": "Procurement Lead",
        },
        "response": _contact("created", account_owner="no"),
    },
    "updateContact": {
        "request": {"first_name": "Jane", "last_name": "Roe", "email": "jane.roe@acme.example"},
        "response": _contact("updated", last_name="Roe", name="Jane Roe", email="jane.roe@acme.example"),
    },
    "deleteContact": {"response": {"data": {"id": 34}, "message": "Contact deleted successfully."}},
    "setContactAccountOwner": {"response": _contact("set as account owner")},
    "migrateCategory": {"request": {"target_id": 1}, "response": _category("resources migrated", count=0)},
}
