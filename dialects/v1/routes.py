"""Every path of /api/v1 with its verbs."""

from collections.abc import Callable, Sequence
from dataclasses import replace

from core.clients import clients, groups, merging
from core.clients.merging import Receiver
from core.query import StoredRecord
from dialects.shared.dialect import Dialect
from dialects.shared.operation import Call, Path
from dialects.shared.resource import Resource
from dialects.shared.views import view_of
from dialects.v1 import errors, wire
from dialects.v1.activities import activity_fields
from dialects.v1.before import blank, edit
from dialects.v1.bulk import bulk
from dialects.v1.client_bulk import client_bulk
from dialects.v1.clients import SEEN, client_fields, filters
from dialects.v1.document_paths import document_paths
from dialects.v1.documents import own_document_fields
from dialects.v1.gateway_token_paths import gateway_token_paths
from dialects.v1.gateway_tokens import own_gateway_token_fields
from dialects.v1.group_settings import filters as group_filters
from dialects.v1.group_settings import group_fields
from dialects.v1.ping import PING, pings
from dialects.v1.reference import build as build_reference
from dialects.v1.relations import related, relations
from dialects.v1.removal import removes
from schemas.fields import FieldMap
from schemas.hashing import Hashids
from schemas.types import HashedId

GROUP_BULK_VERBS: dict[str, Callable[..., None]] = {
    "archive": groups.archive,
    "restore": groups.restore,
    "delete": groups.soft_delete,
}


def _soft_delete(call: Call) -> StoredRecord:
    return clients.soft_delete(call.connection, call.actor, call.record)


def _upload(call: Call) -> StoredRecord:
    return clients.attach_documents(call.connection, call.actor, call.record, call.files)


def _lock_both(call: Call) -> Receiver:
    return merging.lock(call.connection, call.actor, call.id(), call.path_ids["other"])


def _merge(call: Call) -> StoredRecord:
    receiver = call.locked if isinstance(call.locked, Receiver) else _lock_both(call)
    return merging.merge(call.connection, call.actor, receiver)


def _purge(call: Call) -> None:
    clients.erase(call.connection, call.actor, call.record)


def _delete_group(call: Call) -> None:
    groups.soft_delete(call.connection, call.actor, call.id())


def _group_paths(fields: FieldMap, ids: HashedId, envelope: wire.Envelope) -> Sequence[Path]:
    group = Resource("Group setting", groups, fields, envelope, filters=group_filters(fields))
    soft_delete = group.acts(
        group.operation_name("delete"), "Soft-delete a group: hide it; its clients keep it.", _delete_group, "deleted"
    )
    of_groups = bulk(
        group, ids, GROUP_BULK_VERBS, groups.lock_all, groups.get_all, "Archive, restore or delete groups."
    )
    return (
        Path("/group_settings", {"GET": group.lists(), "POST": group.creates()}),
        Path("/group_settings/bulk", {"POST": of_groups}),
        Path("/group_settings/{id}", {"GET": group.shows(), "PUT": group.updates(), "DELETE": soft_delete}),
    )


def _client_paths(client: Resource, blank_fields: FieldMap, ids: HashedId) -> Sequence[Path]:
    soft_delete = client.acts("deleteClient", "Soft-delete a client: hide it.", _soft_delete, "deleted")
    upload = replace(
        client.acts("uploadClientDocuments", "Attach one or several files to a client.", _upload, "updated"),
        takes_files=True,
    )
    merge = replace(
        client.acts("mergeClients", "Merge the second client into the first.", _merge, "merged"),
        asks_password=True,
        target=_lock_both,
    )
    purge = removes(
        "purgeClient",
        client.called,
        "Remove a client and all its data for good.",
        _purge,
        target=client.target,
        asks_password=True,
        discards_documents=True,
    )
    begin = blank(client, blank_fields, lambda call: clients.unsaved(call.connection, call.actor))
    return (
        Path("/clients", {"GET": client.lists(), "POST": client.creates()}),
        Path("/clients/create", {"GET": begin}),
        Path("/clients/bulk", {"POST": client_bulk(client, ids)}),
        Path("/clients/{id}", {"GET": client.shows(), "PUT": client.updates(), "DELETE": soft_delete}),
        Path("/clients/{id}/edit", {"GET": edit(client)}),
        Path("/clients/{id}/upload", {"PUT": upload}),
        Path("/clients/{id}/purge", {"POST": purge}),
        Path("/clients/{id}/{other}/merge", {"POST": merge}),
    )


def build(salt: str, id_length: int, public_url: str) -> Dialect:
    """The dialect for one installation: its hashids' salt and minimum length, and the URL it is reached at."""
    ids = HashedId(Hashids(salt=salt, min_length=id_length))
    envelope = wire.Envelope(public_url)
    documents, group = own_document_fields(ids, public_url), group_fields(ids)
    tokens, blank_tokens = (own_gateway_token_fields(ids, stored) for stored in (True, False))
    bare = client_fields(ids, public_url)
    beside = related(activity_fields(ids, bare), group)
    fields, blank_fields = bare.including(beside), client_fields(ids, public_url, stored=False).including(beside)
    view = view_of("v1", fields, SEEN, f"{salt} {id_length} {public_url}")
    client = Resource(
        "Client",
        clients,
        fields,
        envelope,
        SEEN,
        filters(fields, ids),
        show_parameters=(wire.INCLUDE,),
        view=view,
        relations=relations(fields),
        bounded=True,
        holds=True,
    )
    return Dialect(
        name="v1",
        prefix="/api/v1",
        paths=(
            *_client_paths(client, blank_fields, ids),
            *document_paths(documents, ids, envelope),
            *gateway_token_paths(tokens, blank_tokens, ids, envelope),
            *_group_paths(group, ids, envelope),
            Path("/ping", {"GET": pings()}),
        ),
        read_key=wire.read_key,
        password_of=wire.password_of,
        id_of=ids.decode,
        default_search=wire.default_search,
        refusals=errors.REFUSALS,
        error_body=errors.error_body,
        reference=build_reference(ids, fields, blank_fields, documents, tokens, blank_tokens, group, PING),
        view=view,
    )
