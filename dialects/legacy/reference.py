"""The parts of /api's OpenAPI document that no table contains: introduction, error schemas, details and links."""

from dialects.legacy import categories, changes, contacts, notes, team
from dialects.legacy.clients import FIELDS
from dialects.legacy.examples import EXAMPLES
from dialects.shared.changes import DETAIL as CHANGES_DETAIL
from dialects.shared.dialect import Link, Reference
from dialects.shared.openapi.errors import FIELD_ERRORS, error_envelope
from schemas.types import Schema

DESCRIPTION = """The legacy dialect of the client register.

Every request needs the header `Authorization: Bearer KEY`. A success is `{"data", "message"}`, a list also has `meta`;
an error is `{"message"}`, and a 422 also has `errors` by field. The body of a POST, PUT or PATCH may be JSON,
urlencoded or multipart; form keys follow PHP (`tags[]=a&tags[]=b`). The query parameters of a write count as keys of
its body, unless the body has them. Unknown query parameters are listed in `X-Ignored-Query`, unknown keys of a body in
`X-Ignored-Body`; with `Prefer: handling=strict` either is a 422. If a key's scope is narrower than `x-required-scope`,
or the key is limited to another API or address, or has expired, the answer is a 401 that gives the reason. Changes made
here are visible in /api/v1 at once, and vice versa.
"""


TAGS = {
    "changes": "Changes of clients, in the order in which they happened.",
    "team": "The team users of the company; read only.",
    "notes": "Notes of the team on clients.",
    "clients": "The client register.",
    "categories": "Categories of clients.",
    "contacts": "The people of clients.",
}

DETAILS = {
    "getChanges": CHANGES_DETAIL + " A client that is deleted in /api/v1 is hidden here, and so are its changes.",
    "listTeamMembers": "All of them are active administrators. Newest first unless sorted otherwise.",
    "listNotes": "Notes on clients that are active or suspended, newest first unless sorted otherwise.",
    "createNote": (
        "The author is the team member who owns the key. `title`, `description` or `text`, `visibility`, "
        "`resource_type` and `resource_id` are accepted as well as the documented names."
    ),
    "updateNote": "Changes only the keys that are sent. A note cannot be moved to another client.",
    "setNoteTags": "The array is the complete set: other tags are removed.",
    "listClients": "Clients that are active or suspended, newest first unless sorted otherwise.",
    "createClient": (
        "Also creates the account owner from first_name, last_name and email. A contact-type user with that email "
        "is promoted; an email of a client or team user is refused. Custom fields are sent under their own names."
    ),
    "updateClient": "Changes only the keys that are sent. To change the account owner, use the owner action.",
    "deleteClient": "Removes the client with its users, documents, tags and tokens permanently.",
    "setClientTags": "The array is the complete set: other tags are removed.",
    "setClientOwner": "The new owner must already be a user of this client.",
    "listCategories": "All categories, newest first unless sorted otherwise.",
    "createCategory": "Names are unique in the company. Only clients have categories here.",
    "updateCategory": "Changes only the keys that are sent. Its clients show a new name at once.",
    "deleteCategory": (
        "A category that has clients cannot be deleted: migrate them to another category first. "
        "The default category cannot be deleted."
    ),
    "listContacts": (
        "The contacts of clients that are active or suspended, and contact-type users who belong to no client yet; "
        "oldest first unless sorted otherwise."
    ),
    "createContact": (
        "Adds a contact to a client. A contact-type user with that email becomes the contact; an email of a client or "
        "team user is refused."
    ),
    "updateContact": "Changes only the keys that are sent. To change the account owner, use the account-owner action.",
    "deleteContact": (
        "The contact's email and password are removed, and it is no longer shown. An account owner cannot be deleted: "
        "make another contact the account owner first, or delete the client."
    ),
    "setContactAccountOwner": "Needs no body. The previous account owner stays a contact.",
    "migrateCategory": "Moves all clients of the category to another one in a single step.",
}


_ANSWERED = {"id": "$response.body#/data/id"}
_SAME_OWNER = {"owner": "$response.body#/data/owner/id"}

# Every answer that shows one client links to every operation on it, including its deletion.
_SHOWS_ONE = ("createClient", "getClient", "updateClient", "setClientTags", "setClientStatus", "setClientOwner")
_SHOWS_CATEGORY = ("createCategory", "getCategory", "updateCategory", "migrateCategory")
_ACTS_ON_CATEGORY = ("getCategory", "updateCategory", "deleteCategory")
_SHOWS_CONTACT = ("createContact", "getContact", "updateContact", "setContactAccountOwner")
_ACTS_ON_CONTACT = ("getContact", "updateContact", "setContactAccountOwner", "deleteContact")
_ACTS_ON_ONE = ("getClient", "updateClient", "setClientTags", "setClientStatus", "deleteClient")
_SHOWS_NOTE = ("createNote", "getNote", "updateNote", "setNoteTags")
_ACTS_ON_NOTE = ("getNote", "updateNote", "setNoteTags", "deleteNote")
LINKS = (
    Link("createClient", "getChanges", {}),
    Link("getChanges", "getChanges", {"after": "$response.body#/meta/next_cursor"}),
    Link("getChanges", "getClient", {"id": "$response.body#/data/0/id"}),
    *(Link(source, target, _ANSWERED) for source in _SHOWS_NOTE for target in _ACTS_ON_NOTE if source != target),
    *(Link(source, "createNote", {}, {"noteresource_id": "$response.body#/data/id"}) for source in _SHOWS_ONE),
    *(Link(source, "getTeamMember", {"id": "$response.body#/data/creator_id"}) for source in _SHOWS_NOTE),
    Link("deleteNote", "getNote", _ANSWERED, name="getDeletedNote"),
    *(Link(source, target, _ANSWERED) for source in _SHOWS_ONE for target in _ACTS_ON_ONE if source != target),
    *(Link(source, "setClientOwner", _ANSWERED, _SAME_OWNER) for source in _SHOWS_ONE if source != "setClientOwner"),
    Link("deleteClient", "getClient", _ANSWERED, name="getDeletedClient"),
    *(
        Link(source, target, _ANSWERED)
        for source in _SHOWS_CATEGORY
        for target in _ACTS_ON_CATEGORY
        if source != target
    ),
    *(
        Link(source, "migrateCategory", _ANSWERED, {"target_id": 1})
        for source in _SHOWS_CATEGORY
        if source != "migrateCategory"
    ),
    *(Link(source, target, _ANSWERED) for source in _SHOWS_CONTACT for target in _ACTS_ON_CONTACT if source != target),
    *(Link(source, "createContact", {}, {"clientid": "$response.body#/data/id"}) for source in _SHOWS_ONE),
    Link("getClient", "getContact", {"id": "$response.body#/data/owner/id"}),
    Link("deleteContact", "getContact", _ANSWERED, name="getDeletedContact"),
    Link("deleteCategory", "getCategory", _ANSWERED, name="getDeletedCategory"),
)


def error_schema(status: int) -> Schema:
    """Return the schema of an error answer of that status."""
    return error_envelope(errors=FIELD_ERRORS) if status == 422 else error_envelope()


REFERENCE = Reference(
    title="Client register, legacy dialect",
    description=DESCRIPTION,
    security_schemes={"bearer": {"type": "http", "scheme": "bearer", "description": "An API key of the company."}},
    key_scheme="bearer",
    password_scheme="",
    id_schema={"type": "integer", "format": "int64", "minimum": 1},
    id_examples={"id": 12, "category": 2, "contact": 34, "note": 74, "team member": 1},
    error_schema=error_schema,
    tables=(FIELDS, categories.FIELDS, contacts.FIELDS, notes.FIELDS, team.FIELDS, changes.FIELDS),
    details=DETAILS,
    examples=EXAMPLES,
    links=LINKS,
    tags=TAGS,
)
