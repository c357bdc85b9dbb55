"""The paths of documents: /documents, and the documents of one client."""

from collections.abc import Sequence

from core.access.scopes import Scope
from core.clients import client_documents, clients
from core.documents import documents
from core.errors import RecordDeleted
from dialects.shared.operation import Answer, Call, Download, Operation, Path, Reply
from dialects.shared.resource import Resource
from dialects.v1 import wire
from dialects.v1.bulk import bulk_body, decoded
from dialects.v1.create_and_edit import edit
from dialects.v1.documents import filters
from dialects.v1.removal import removes
from dialects.v1.updating import updating
from schemas.fields import FieldMap
from schemas.openapi import reference
from schemas.types import HashedId


def document_paths(fields: FieldMap, ids: HashedId, envelope: wire.Envelope) -> Sequence[Path]:
    """Return every path whose answers are documents."""
    resource = Resource("Document", client_documents, fields, envelope, filters=filters(fields, ids))
    return (
        Path("/documents", {"GET": resource.lists()}),
        Path("/documents/bulk", {"POST": _bulk(ids)}),
        Path(
            "/documents/{id}",
            {"GET": resource.shows(), **updating(resource, (RecordDeleted,)), "DELETE": _delete(resource)},
        ),
        Path("/documents/{id}/edit", {"GET": edit(resource)}),
        Path("/documents/{id}/download", {"GET": _downloads()}),
        Path(
            "/clients/{id}/documents",
            {
                "GET": _client_documents(resource, "listClientDocuments", writes=False),
                "POST": _client_documents(resource, "postClientDocuments", writes=True),
            },
        ),
    )


def _download(call: Call) -> Download:
    return Download(documents.get(call.connection, call.actor.company_id, call.id()))


def _downloads() -> Operation:
    return Operation(
        "downloadDocument",
        _download,
        "Download the bytes of a document.",
        Reply("The exact bytes.", None),
        Scope.READ,
        noun="document",
        bounded=lambda _query: True,
    )


def _delete(resource: Resource) -> Operation:
    return removes(
        "deleteDocument",
        "document",
        "Remove a document and its bytes permanently.",
        lambda call: client_documents.remove(call.connection, call.actor, [call.id()]),
        target=resource.target,
        asks_password=True,
        discards_documents=True,
        refused=(RecordDeleted,),
    )


def _bulk(ids: HashedId) -> Operation:
    return removes(
        "bulkDocuments",
        "document",
        "Remove documents and their bytes permanently.",
        lambda call: client_documents.remove(call.connection, call.actor, decoded(call, ids)),
        body=bulk_body(("delete",), "documents"),
        asks_password=True,
        discards_documents=True,
        refused=(RecordDeleted,),
    )


def _client_documents(resource: Resource, name: str, writes: bool) -> Operation:
    def handler(call: Call) -> Answer:
        found = client_documents.page_of(call.connection, call.actor, call.id(), call.query.search)
        return Answer(resource.envelope.many(resource.shown(call, found.records), found, call, ""))

    answered = resource.envelope.describe_many(reference(resource.fields), "", "documents")
    reply = Reply("The client's documents.", answered)
    query = [each for each in resource.filters if each.name != "client_id"]
    # POST only reads, like GET; as a write it accepts a body in any encoding, and ignores it.
    target = (lambda call: clients.lock(call.connection, call.actor, call.id())) if writes else None
    return Operation(
        name,
        handler,
        "List the documents of one client.",
        reply,
        Scope.READ,
        noun="client",
        writes=writes,
        target=target,
        query=query,
    )
