"""Every path of /api with its operations."""

from dataclasses import replace

from core.access import team
from core.access.scopes import Scope
from core.clients import categories, client_contacts, clients, notes
from core.errors import CategoryInUse, DefaultCategory, IsAccountOwner, UnattachedContact
from core.query import ANY, LIVE, State, StoredRecord
from dialects.legacy import categories as category_map
from dialects.legacy import changes as change_map
from dialects.legacy import contacts as contact_map
from dialects.legacy import errors, wire
from dialects.legacy import notes as note_map
from dialects.legacy import team as team_map
from dialects.legacy.categories import MIGRATE_BODY
from dialects.legacy.clients import (
    FIELDS,
    FILTERS,
    OWNER_BODY,
    STATUS_BODY,
    TAGS_BODY,
    VISIBLE_STATES,
    custom_field_rows,
)
from dialects.legacy.reference import REFERENCE
from dialects.shared.changes import changes
from dialects.shared.dialect import Dialect
from dialects.shared.operation import Call, Path
from dialects.shared.resource import Resource
from dialects.shared.views import view_of

VIEW = view_of("api", FIELDS, VISIBLE_STATES)
CLIENTS = Resource(
    "Client",
    clients,
    FIELDS,
    wire,
    VISIBLE_STATES,
    FILTERS,
    extend=custom_field_rows,
    view=VIEW,
    bounded=True,
    locks_first=True,
    locks_company_to_create=True,
)
CATEGORIES = Resource(
    "Category", categories, category_map.FIELDS, wire, LIVE, category_map.FILTERS, plural="Categories"
)
CONTACTS = Resource(
    "Contact",
    client_contacts,
    contact_map.FIELDS,
    wire,
    LIVE,
    contact_map.FILTERS,
    default_search=contact_map.default_search,
)
TEAM = Resource("Team member", team, team_map.FIELDS, wire, ANY, team_map.FILTERS)
NOTES = Resource("Note", notes, note_map.FIELDS, wire, ANY, note_map.FILTERS)


def _set_tags(call: Call) -> StoredRecord:
    return clients.set_tags(call.connection, call.actor, call.record, call.values()["tags"], VISIBLE_STATES)


def _set_status(call: Call) -> StoredRecord:
    verb = clients.restore if call.values()["state"] is State.ACTIVE else clients.archive
    return verb(call.connection, call.actor, call.record, VISIBLE_STATES)


def _set_owner(call: Call) -> StoredRecord:
    return clients.set_owner(call.connection, call.actor, call.record, call.values()["owner"], VISIBLE_STATES)


def _purge(call: Call) -> None:
    clients.purge(call.connection, call.actor, call.record, VISIBLE_STATES)


def _remove_category(call: Call) -> None:
    categories.remove(call.connection, call.actor, call.id())


def _migrate(call: Call) -> None:
    categories.migrate(call.connection, call.actor, call.record, call.values()["target"])


def _remove_contact(call: Call) -> None:
    client_contacts.remove(call.connection, call.actor, call.id())


def _make_owner(call: Call) -> None:
    client_contacts.make_owner(call.connection, call.actor, call.id())


def _remove_note(call: Call) -> None:
    notes.remove(call.connection, call.actor, call.record)


def _set_note_tags(call: Call) -> StoredRecord:
    return notes.update(call.connection, call.actor, call.record, call.values())


DELETE = replace(
    CLIENTS.deletes("Delete a client and all of its related records.", _purge, scope=Scope.ALL),
    discards_documents=True,
)
SET_TAGS = CLIENTS.acts("setClientTags", "Replace the client's tags.", _set_tags, "tags updated", TAGS_BODY)
SET_STATUS = CLIENTS.acts(
    "setClientStatus", "Suspend or activate the client.", _set_status, "status updated", STATUS_BODY
)
SET_OWNER = CLIENTS.acts("setClientOwner", "Change the account owner.", _set_owner, "account owner updated", OWNER_BODY)

DELETE_CATEGORY = CATEGORIES.deletes(
    "Delete a category that has no clients.", _remove_category, refused=(DefaultCategory, CategoryInUse)
)
MIGRATE = replace(
    CATEGORIES.acts(
        "migrateCategory",
        "Move the category's clients to another category.",
        _migrate,
        "resources migrated",
        MIGRATE_BODY,
    ),
    target=lambda call: categories.lock_with_clients(call.connection, call.actor, call.id()),
)
DELETE_CONTACT = CONTACTS.deletes(
    "Delete a contact that is not an account owner.", _remove_contact, refused=(IsAccountOwner,)
)
MAKE_OWNER = CONTACTS.acts(
    "setContactAccountOwner",
    "Make the contact its client's account owner.",
    _make_owner,
    "set as account owner",
    refused=(UnattachedContact,),
)

DELETE_NOTE = NOTES.deletes("Delete a note permanently.", _remove_note)
SET_NOTE_TAGS = NOTES.acts(
    "setNoteTags", "Replace the note's tags.", _set_note_tags, "tags updated", note_map.TAGS_BODY
)

CHANGES = changes(change_map.FIELDS, CLIENTS, change_map.enveloped, change_map.described, wire.MAX_LIMIT)

PATHS = (
    Path("/clients", {"GET": CLIENTS.lists(), "POST": CLIENTS.creates()}),
    Path("/clients/{id}", {"GET": CLIENTS.shows(), "PATCH": CLIENTS.updates(), "DELETE": DELETE}),
    Path("/clients/{id}/tags", {"PUT": SET_TAGS}),
    Path("/clients/{id}/status", {"PUT": SET_STATUS}),
    Path("/clients/{id}/owner", {"PUT": SET_OWNER}),
    Path("/categories", {"GET": CATEGORIES.lists(), "POST": CATEGORIES.creates()}),
    Path("/categories/{id}", {"GET": CATEGORIES.shows(), "PATCH": CATEGORIES.updates(), "DELETE": DELETE_CATEGORY}),
    Path("/categories/{id}/migrate", {"PUT": MIGRATE}),
    Path("/contacts", {"GET": CONTACTS.lists(), "POST": CONTACTS.creates()}),
    Path("/contacts/{id}", {"GET": CONTACTS.shows(), "PATCH": CONTACTS.updates(), "DELETE": DELETE_CONTACT}),
    Path("/contacts/{id}/account-owner", {"PUT": MAKE_OWNER}),
    Path("/changes", {"GET": CHANGES}),
    Path("/team", {"GET": TEAM.lists()}),
    Path("/team/{id}", {"GET": TEAM.shows()}),
    Path("/notes", {"GET": NOTES.lists(), "POST": NOTES.creates()}),
    Path("/notes/{id}", {"GET": NOTES.shows(), "PATCH": NOTES.updates(), "DELETE": DELETE_NOTE}),
    Path("/notes/{id}/tags", {"PUT": SET_NOTE_TAGS}),
)

DIALECT = Dialect(
    name="api",
    prefix="/api",
    paths=PATHS,
    read_key=wire.read_key,
    password_of=wire.password_of,
    id_of=wire.id_of,
    default_search=wire.default_search,
    refusals=errors.REFUSALS,
    error_body=errors.error_body,
    reference=REFERENCE,
    view=VIEW,
)
