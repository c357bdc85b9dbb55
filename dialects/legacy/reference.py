"""What /api's OpenAPI document says beyond its tables: introduction, error shapes, examples and links."""

from typing import Any

from dialects.legacy.clients import FIELDS
from dialects.shared.dialect import Link, Reference
from dialects.shared.document import FIELD_ERRORS, error_envelope
from schemas.types import Schema

DESCRIPTION = """The legacy dialect of the client register.

Every request carries `Authorization: Bearer KEY`. A success is `{"data", "message"}`, a list adds `meta`; an error is
`{"message"}`, to which a 422 adds `errors` by field. Bodies may be JSON, urlencoded or multipart, on POST, PUT and
PATCH; form keys follow PHP (`tags[]=a&tags[]=b`). What is written here shows at once in /api/v1, and the other way
round.
"""

CLIENT: dict[str, Any] = {
    "id": 12,
    "company_name": "Acme Inc",
    "description": "Key account.",
    "status": "active",
    "phone": "+1 555 0100",
    "website": "https://acme.example",
    "vat": "GB123456789",
    "category": {"id": 2, "name": "Standard"},
    "owner": {"id": 34, "name": "Jane Doe"},
    "billing": {
        "street": "1 Market St",
        "city": "San Francisco",
        "state": "CA",
        "zip": "94105",
        "country": "United States",
        "invoice_due_days": "7",
    },
    "shipping": {"street": None, "city": None, "state": None, "zip": None, "country": None},
    "dates": {"created": "2026-06-15T09:30:00.000000Z", "updated": "2026-06-15T09:30:00.000000Z"},
    "tags": ["priority", "retainer"],
}

DETAILS = {
    "listClients": "Clients that are active or suspended, newest first unless sorted otherwise.",
    "createClient": (
        "Also provisions the account owner from first_name, last_name and email. A contact-type user with that email "
        "is promoted; an email of a client or team user is refused. Custom fields go by their own names."
    ),
    "updateClient": "Changes what is sent. The account owner is changed by the owner action.",
    "deleteClient": "Erases the client with its users, documents, tags and tokens. It cannot be undone.",
    "setClientTags": "The array is the full set: what is left out is removed.",
    "setClientOwner": "The owner must be a user of this client already.",
}


def _answer(what: str) -> dict[str, Any]:
    return {"data": CLIENT, "message": f"Client {what} successfully."}


EXAMPLES: dict[str, dict[str, Any]] = {
    "listClients": {
        "response": {
            "data": [CLIENT],
            "meta": {"current_page": 1, "per_page": 25, "total": 1, "last_page": 1},
            "message": "Clients retrieved successfully.",
        }
    },
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
}

_ANSWERED = {"id": "$response.body#/data/id"}
_SAME_OWNER = {"owner": "$response.body#/data/owner/id"}

# Every answer that shows one client leads to everything that can be done to it next, down to its end.
_SHOWS_ONE = ("createClient", "getClient", "updateClient", "setClientTags", "setClientStatus", "setClientOwner")
_ACTS_ON_ONE = ("getClient", "updateClient", "setClientTags", "setClientStatus", "deleteClient")
LINKS = (
    *(Link(source, target, _ANSWERED) for source in _SHOWS_ONE for target in _ACTS_ON_ONE if source != target),
    *(Link(source, "setClientOwner", _ANSWERED, _SAME_OWNER) for source in _SHOWS_ONE if source != "setClientOwner"),
    Link("deleteClient", "getClient", _ANSWERED, name="getDeletedClient"),
)


def error_schema(status: int) -> Schema:
    """The shape of an error answer of that status."""
    return error_envelope(errors=FIELD_ERRORS) if status == 422 else error_envelope()


REFERENCE = Reference(
    title="Client register, legacy dialect",
    description=DESCRIPTION,
    security_schemes={"bearer": {"type": "http", "scheme": "bearer", "description": "An API key of the company."}},
    key_scheme="bearer",
    password_scheme="",
    id_schema={"type": "integer", "format": "int64", "minimum": 1},
    id_examples={"id": 12},
    error_schema=error_schema,
    tables=(FIELDS,),
    details=DETAILS,
    examples=EXAMPLES,
    links=LINKS,
)
