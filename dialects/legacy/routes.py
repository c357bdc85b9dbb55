"""Every path of /api with its verbs."""

from core import clients
from core.query import State
from dialects.legacy import errors, wire
from dialects.legacy.clients import (
    FIELDS,
    FILTERS,
    OWNER_BODY,
    SEEN,
    STATUS_BODY,
    TAGS_BODY,
    custom_field_rows,
)
from dialects.legacy.reference import REFERENCE
from dialects.shared.dialect import Dialect
from dialects.shared.operation import Answer, Call, Operation, Path, Reply
from dialects.shared.resource import Resource
from dialects.shared.views import view_of
from schemas.openapi import closed_object

VIEW = view_of("api", FIELDS, SEEN)
CLIENTS = Resource("Client", clients, FIELDS, wire, SEEN, FILTERS, extend=custom_field_rows, view=VIEW)


def _set_tags(call: Call) -> None:
    clients.set_tags(call.connection, call.actor, call.id(), call.values()["tags"], SEEN)


def _set_status(call: Call) -> None:
    verb = clients.restore if call.values()["state"] is State.ACTIVE else clients.archive
    verb(call.connection, call.actor, call.id(), SEEN)


def _set_owner(call: Call) -> None:
    clients.set_owner(call.connection, call.actor, call.id(), call.values()["owner"], SEEN)


def _delete(call: Call) -> Answer:
    clients.erase(call.connection, call.actor, call.id(), SEEN)
    return Answer(wire.one({"id": call.id()}, "Client deleted successfully."))


DELETE = Operation(
    "deleteClient",
    _delete,
    "Delete a client and all of its related records.",
    Reply(
        "Client deleted successfully.",
        wire.describe_one(
            closed_object(
                {"id": {"type": "integer", "minimum": 1, "description": "Its id."}}, "The client that is gone."
            ),
            "Client deleted successfully.",
        ),
    ),
    writes=True,
    discards_documents=True,
    target=CLIENTS.target,
)
SET_TAGS = CLIENTS.acts("setClientTags", "Replace the client's tags.", _set_tags, "tags updated", TAGS_BODY)
SET_STATUS = CLIENTS.acts(
    "setClientStatus", "Suspend or activate the client.", _set_status, "status updated", STATUS_BODY
)
SET_OWNER = CLIENTS.acts("setClientOwner", "Change the account owner.", _set_owner, "account owner updated", OWNER_BODY)

PATHS = (
    Path("/clients", {"GET": CLIENTS.lists(), "POST": CLIENTS.creates()}),
    Path("/clients/{id}", {"GET": CLIENTS.shows(), "PATCH": CLIENTS.updates(), "DELETE": DELETE}),
    Path("/clients/{id}/tags", {"PUT": SET_TAGS}),
    Path("/clients/{id}/status", {"PUT": SET_STATUS}),
    Path("/clients/{id}/owner", {"PUT": SET_OWNER}),
)

DIALECT = Dialect(
    name="api",
    prefix="/api",
    paths=PATHS,
    key_of=wire.key_of,
    password_of=wire.password_of,
    id_of=wire.id_of,
    default_search=wire.default_search,
    refusals=errors.REFUSALS,
    error_body=errors.error_body,
    reference=REFERENCE,
    view=VIEW,
)
