"""Every path of /api/v1 with its operations."""

from collections.abc import Callable, Sequence
from dataclasses import replace

from core.access import keys
from core.access.scopes import Scope
from core.clients import clients, groups, merging
from core.clients.merging import Receiver
from core.events.targets import Targets
from core.query import StoredRecord
from dialects.shared.dialect import Dialect
from dialects.shared.operation import Call, Path
from dialects.shared.resource import Resource
from dialects.v1 import errors, wire
from dialects.v1.activities import activity_fields
from dialects.v1.activity_paths import activity_paths
from dialects.v1.bulk import bulk
from dialects.v1.changes import change_fields_of, change_paths
from dialects.v1.client_bulk import client_bulk
from dialects.v1.clients import VISIBLE_STATES, client_fields, filters
from dialects.v1.companies import company_fields, company_paths
from dialects.v1.create_and_edit import blank, edit
from dialects.v1.document_paths import document_paths
from dialects.v1.documents import UPLOAD_BODY, own_document_fields
from dialects.v1.editions import editions_of
from dialects.v1.gateway_token_paths import gateway_token_paths
from dialects.v1.gateway_tokens import own_gateway_token_fields
from dialects.v1.group_settings import filters as group_filters
from dialects.v1.group_settings import group_fields
from dialects.v1.locations import location_fields
from dialects.v1.ping import PING, pings
from dialects.v1.reference import build as build_reference
from dialects.v1.relations import related, relations
from dialects.v1.removal import removes
from dialects.v1.statics import statics
from dialects.v1.updating import updating
from dialects.v1.users import user_fields, user_paths
from dialects.v1.webhook_paths import webhook_paths
from dialects.v1.webhooks import webhook_fields
from schemas.fields import FieldMap
from schemas.hashing import Hashids
from schemas.types import HashedId

DEFAULT_TARGETS = Targets()
GROUP_BULK_VERBS: dict[str, Callable[..., None]] = {
    "archive": groups.archive,
    "restore": groups.restore,
    "delete": groups.soft_delete,
}


def _soft_delete(call: Call) -> StoredRecord:
    return clients.soft_delete(call.connection, call.actor, call.record)


def _upload(call: Call) -> StoredRecord:
    is_public = call.values().get("is_public", False)
    return clients.attach_documents(call.connection, call.actor, call.record, call.files, is_public)


def _lock_both(call: Call) -> Receiver:
    return merging.lock(call.connection, call.actor, call.id(), call.path_ids["other"])


def _merge(call: Call) -> StoredRecord:
    receiver = call.locked if isinstance(call.locked, Receiver) else _lock_both(call)
    return merging.merge(call.connection, call.actor, receiver)


def _purge(call: Call) -> None:
    clients.purge(call.connection, call.actor, call.record)


def _delete_group(call: Call) -> None:
    groups.soft_delete(call.connection, call.actor, call.id())


def _group_paths(fields: FieldMap, blank_fields: FieldMap, ids: HashedId, envelope: wire.Envelope) -> Sequence[Path]:
    group = Resource("Group setting", groups, fields, envelope, filters=group_filters(fields))
    soft_delete = group.acts(
        group.operation_name("delete"),
        "Soft-delete a group: hide it. Its clients stay in it.",
        _delete_group,
        "deleted",
    )
    of_groups = bulk(
        group, ids, GROUP_BULK_VERBS, groups.lock_all, groups.get_all, "Archive, restore or delete groups."
    )
    return (
        Path("/group_settings", {"GET": group.lists(), "POST": group.creates()}),
        Path("/group_settings/create", {"GET": blank(group, blank_fields, lambda _call: groups.unsaved())}),
        Path("/group_settings/bulk", {"POST": of_groups}),
        Path("/group_settings/{id}", {"GET": group.shows(), **updating(group), "DELETE": soft_delete}),
        Path("/group_settings/{id}/edit", {"GET": edit(group)}),
    )


def _client_paths(client: Resource, blank_fields: FieldMap, ids: HashedId) -> Sequence[Path]:
    soft_delete = client.acts("deleteClient", "Soft-delete a client: hide it.", _soft_delete, "deleted")
    upload = replace(
        client.acts(
            "uploadClientDocuments", "Attach one or several files to a client.", _upload, "updated", UPLOAD_BODY
        ),
        takes_files=True,
    )
    merge = replace(
        client.acts("mergeClients", "Merge the second client into the first.", _merge, "merged", scope=Scope.ALL),
        asks_password=True,
        target=_lock_both,
    )
    purge = removes(
        "purgeClient",
        client.called,
        "Remove a client and all its data permanently.",
        _purge,
        target=client.target,
        asks_password=True,
        discards_documents=True,
        scope=Scope.ALL,
    )
    blank_client = blank(client, blank_fields, lambda call: clients.unsaved(call.connection, call.actor))
    return (
        Path("/clients", {"GET": client.lists(), "POST": client.creates()}),
        Path("/clients/create", {"GET": blank_client}),
        Path("/clients/bulk", {"POST": client_bulk(client, ids)}),
        Path("/clients/{id}", {"GET": client.shows(), **updating(client), "DELETE": soft_delete}),
        Path("/clients/{id}/edit", {"GET": edit(client)}),
        Path("/clients/{id}/upload", {"PUT": upload}),
        Path("/clients/{id}/purge", {"POST": purge}),
        Path("/clients/{id}/{other}/merge", {"POST": merge}),
    )


def build(salt: str, id_length: int, public_url: str, targets: Targets = DEFAULT_TARGETS) -> Dialect:
    """Return the dialect for one installation.

    `salt` and `id_length` (the minimum length) determine the hashed ids, `public_url` the links, and `targets` where
    webhooks may be sent.
    """
    ids = HashedId(Hashids(salt=salt, min_length=id_length))
    envelope = wire.Envelope(public_url)
    documents, group = own_document_fields(ids, public_url), group_fields(ids)
    blank_group, user, company = group_fields(ids, stored=False), user_fields(ids), company_fields(ids)
    tokens, blank_tokens = (own_gateway_token_fields(ids, stored) for stored in (True, False))
    bare = client_fields(ids, public_url)
    webhook, blank_webhook = (webhook_fields(ids, targets, stored) for stored in (True, False))
    activity = activity_fields(ids, bare)
    optional = related(activity, group, location_fields(ids))
    fields, blank_fields = bare.including(optional), client_fields(ids, public_url, stored=False).including(optional)
    editions = editions_of("v1", fields, f"{salt} {id_length} {public_url}")
    view, change = editions[keys.DEFAULT_EDITION].view, change_fields_of(ids, fields)
    client = Resource(
        "Client",
        clients,
        fields,
        envelope,
        VISIBLE_STATES,
        filters(fields, ids),
        show_parameters=(wire.INCLUDE,),
        view=view,
        relations=relations(fields),
        editions=editions,
        bounded=True,
        locks_company_to_create=True,
        locks_first=True,
    )
    return Dialect(
        name="v1",
        prefix="/api/v1",
        paths=(
            *_client_paths(client, blank_fields, ids),
            *document_paths(documents, ids, envelope),
            *gateway_token_paths(tokens, blank_tokens, ids, envelope),
            *_group_paths(group, blank_group, ids, envelope),
            *user_paths(user, envelope),
            *activity_paths(activity, ids, envelope),
            *company_paths(company, envelope),
            *webhook_paths(webhook, blank_webhook, ids, envelope),
            *change_paths(change, client),
            Path("/statics", {"GET": statics()}),
            Path("/ping", {"GET": pings()}),
        ),
        read_key=wire.read_key,
        password_of=wire.password_of,
        id_of=ids.decode,
        default_search=wire.default_search,
        refusals=errors.REFUSALS,
        error_body=errors.error_body,
        reference=build_reference(
            ids,
            *(fields, blank_fields, documents, tokens, blank_tokens, group, PING, blank_group, user, company),
            *(webhook, blank_webhook, change),
        ),
        view=view,
        shown_id=ids.format,
        edition_views=[each.view for each in editions.values() if each.view is not None and each.view is not view],
    )
