"""Every path of /api/v1 with its verbs."""

from collections.abc import Callable, Sequence
from dataclasses import replace

from core import clients, documents, groups, merging
from dialects.shared.dialect import Dialect
from dialects.shared.operation import Answer, Call, Download, Operation, Path, Reply
from dialects.shared.resource import Resource
from dialects.shared.views import view_of
from dialects.v1 import errors, wire
from dialects.v1.bulk import bulk
from dialects.v1.clients import SEEN, client_fields, filters
from dialects.v1.group_settings import filters as group_filters
from dialects.v1.group_settings import group_fields
from dialects.v1.reference import build as build_reference
from schemas.hashing import Hashids
from schemas.openapi import closed_object
from schemas.types import HashedId

BULK_VERBS: dict[str, Callable[..., None]] = {
    "archive": clients.archive,
    "restore": clients.restore,
    "delete": clients.soft_delete,
}

GROUP_BULK_VERBS: dict[str, Callable[..., None]] = {
    "archive": groups.archive,
    "restore": groups.restore,
    "delete": groups.soft_delete,
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


def _delete_group(call: Call) -> None:
    groups.soft_delete(call.connection, call.actor, call.id())


def _group_paths(ids: HashedId, envelope: wire.Envelope) -> Sequence[Path]:
    fields = group_fields(ids)
    group = Resource("Group setting", groups, fields, envelope, filters=group_filters(fields))
    soft_delete = group.acts(
        group.operation_name("delete"), "Soft-delete a group: hide it; its clients keep it.", _delete_group, "deleted"
    )
    of_groups = bulk(
        group, ids, GROUP_BULK_VERBS, groups.hold_all, groups.get_all, "Archive, restore or delete groups."
    )
    return (
        Path("/group_settings", {"GET": group.lists(), "POST": group.creates()}),
        Path("/group_settings/bulk", {"POST": of_groups}),
        Path("/group_settings/{id}", {"GET": group.shows(), "PUT": group.updates(), "DELETE": soft_delete}),
    )


def build(salt: str, id_length: int, public_url: str) -> Dialect:
    """The dialect for one installation: its hashids' salt and minimum length, and the URL it is reached at."""
    ids = HashedId(Hashids(salt=salt, min_length=id_length))
    fields = client_fields(ids, public_url)
    envelope = wire.Envelope(public_url)
    view = view_of("v1", fields, SEEN, f"{salt} {id_length} {public_url}")
    resource = Resource(
        "Client",
        clients,
        fields,
        envelope,
        SEEN,
        filters(fields, ids),
        show_parameters=(wire.INCLUDE,),
        view=view,
        bounded=True,
    )
    soft_delete = resource.acts("deleteClient", "Soft-delete a client: hide it.", _soft_delete, "deleted")
    upload = replace(
        resource.acts("uploadClientDocuments", "Attach one or several files to a client.", _upload, "updated"),
        takes_files=True,
    )
    merge = replace(
        resource.acts("mergeClients", "Merge the second client into the first.", _merge, "merged"),
        asks_password=True,
        target=lambda call: merging.hold(call.connection, call.actor, call.id(), call.path_ids["other"]),
    )
    of_clients = bulk(
        resource, ids, BULK_VERBS, clients.hold_all, clients.get_all, "Archive, restore or delete clients."
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
        noun=resource.called,
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
        noun="document",
        bounded=lambda _query: True,
    )
    return Dialect(
        name="v1",
        prefix="/api/v1",
        paths=(
            Path("/clients", {"GET": resource.lists(), "POST": resource.creates()}),
            Path("/clients/bulk", {"POST": of_clients}),
            Path("/clients/{id}", {"GET": resource.shows(), "PUT": resource.updates(), "DELETE": soft_delete}),
            Path("/clients/{id}/upload", {"PUT": upload}),
            Path("/clients/{id}/purge", {"POST": purge}),
            Path("/clients/{id}/{other}/merge", {"POST": merge}),
            Path("/documents/{id}/download", {"GET": download}),
            *_group_paths(ids, envelope),
        ),
        key_of=wire.key_of,
        password_of=wire.password_of,
        id_of=ids.decode,
        default_search=wire.default_search,
        refusals=errors.REFUSALS,
        error_body=errors.error_body,
        reference=build_reference(ids, fields, group_fields(ids)),
        view=view,
    )
