"""Every path of /api/v1 with its verbs."""

from collections.abc import Callable
from dataclasses import replace

from core import clients, documents, merging, records
from core.errors import NotFound
from core.query import Found
from dialects.shared.dialect import Dialect
from dialects.shared.operation import Answer, Call, Download, Operation, Path, Reply, required
from dialects.shared.resource import Resource
from dialects.shared.views import view_of
from dialects.v1 import errors, wire
from dialects.v1.clients import BULK_BODY, SEEN, client_fields, filters
from dialects.v1.reference import build as build_reference
from schemas.hashing import Hashids
from schemas.openapi import closed_object, reference
from schemas.types import HashedId

BULK_VERBS: dict[str, Callable[..., None]] = {
    "archive": clients.archive,
    "restore": clients.restore,
    "delete": clients.soft_delete,
}


def _soft_delete(call: Call) -> None:
    clients.soft_delete(call.connection, call.actor, call.id())


def _upload(call: Call) -> None:
    clients.attach_documents(call.connection, call.actor, call.id(), call.files)


def _merge(call: Call) -> None:
    merging.merge(call.connection, call.actor, call.id(), call.path_ids["other"])


def _purge(call: Call) -> Answer:
    clients.erase(call.connection, call.actor, call.id())
    return Answer({"data": {"message": "Success"}})


def _download(call: Call) -> Download:
    return Download(documents.get(call.connection, call.actor.company_id, call.id()))


def _bulk(resource: Resource, ids: HashedId) -> Callable[[Call], Answer]:
    def handler(call: Call) -> Answer:
        values = call.values()
        if not values["ids"]:
            raise required("ids")
        wanted = list(dict.fromkeys(ids.decode(text) for text in values["ids"]))
        known = [each for each in wanted if each is not None]
        if len(known) != len(wanted):
            raise NotFound("client")
        for client_id in clients.in_order(known):
            BULK_VERBS[values["action"]](call.connection, call.actor, client_id)
        shown = records.get_all(call.connection, call.actor.company_id, known, resource.view)
        found = Found(shown, len(known), 1, len(known))
        data = [resource.fields.rendered(stored) for stored in found.records]
        return Answer(resource.envelope.many(data, found, call, ""))

    return handler


def build(salt: str, id_length: int, public_url: str) -> Dialect:
    """The dialect for one installation: its hashids' salt and minimum length, and the URL it is reached at."""
    ids = HashedId(Hashids(salt=salt, min_length=id_length))
    fields = client_fields(ids, public_url)
    envelope = wire.Envelope(public_url)
    view = view_of("v1", fields, SEEN, f"{salt} {id_length} {public_url}")
    resource = Resource(
        "Client", clients, fields, envelope, SEEN, filters(fields, ids), show_parameters=(wire.INCLUDE,), view=view
    )
    soft_delete = resource.acts("deleteClient", "Soft-delete a client: hide it.", _soft_delete, "deleted")
    upload = replace(
        resource.acts("uploadClientDocuments", "Attach one or several files to a client.", _upload, "updated"),
        takes_files=True,
    )
    merge = replace(
        resource.acts("mergeClients", "Merge the second client into the first.", _merge, "merged"),
        asks_password=True,
    )
    bulk = Operation(
        "bulkClients",
        _bulk(resource, ids),
        "Archive, restore or delete clients.",
        Reply("The clients as they then are.", envelope.describe_many(reference(fields), "")),
        writes=True,
        body=BULK_BODY,
    )
    purge = Operation(
        "purgeClient",
        _purge,
        "Remove a client and all its data for good.",
        Reply(
            "The client is gone.",
            envelope.describe_one(
                closed_object({"message": {"const": "Success", "description": "It was done."}}, "No client any more."),
                "",
            ),
        ),
        writes=True,
        asks_password=True,
        discards_documents=True,
        target=resource.target,
    )
    download = Operation(
        "downloadDocument",
        _download,
        "The bytes of a document.",
        Reply("The very bytes.", None),
        bounded=lambda _query: True,
    )
    return Dialect(
        name="v1",
        prefix="/api/v1",
        paths=(
            Path("/clients", {"GET": resource.lists(), "POST": resource.creates()}),
            Path("/clients/bulk", {"POST": bulk}),
            Path("/clients/{id}", {"GET": resource.shows(), "PUT": resource.updates(), "DELETE": soft_delete}),
            Path("/clients/{id}/upload", {"PUT": upload}),
            Path("/clients/{id}/purge", {"POST": purge}),
            Path("/clients/{id}/{other}/merge", {"POST": merge}),
            Path("/documents/{id}/download", {"GET": download}),
        ),
        key_of=wire.key_of,
        password_of=wire.password_of,
        id_of=ids.decode,
        default_search=wire.default_search,
        refusals=errors.REFUSALS,
        error_body=errors.error_body,
        reference=build_reference(ids, fields),
        view=view,
    )
