"""The paths of payment gateway tokens."""

from collections.abc import Sequence
from dataclasses import replace

from core.clients import gateway_tokens
from core.errors import RecordDeleted
from dialects.shared.operation import Path
from dialects.shared.resource import Resource
from dialects.v1 import wire
from dialects.v1.create_and_edit import blank, edit
from dialects.v1.gateway_tokens import filters
from dialects.v1.removal import removes
from dialects.v1.updating import updating
from schemas.fields import FieldMap
from schemas.types import HashedId


def gateway_token_paths(
    fields: FieldMap, blank_fields: FieldMap, ids: HashedId, envelope: wire.Envelope
) -> Sequence[Path]:
    """Return every path whose answers are gateway tokens."""
    token = Resource("Client gateway token", gateway_tokens, fields, envelope, filters=filters(fields, ids))
    create = replace(token.creates(), refused=(RecordDeleted,))
    delete = removes(
        "deleteClientGatewayToken",
        token.called,
        "Remove a client gateway token permanently.",
        lambda call: gateway_tokens.remove(call.connection, call.actor, call.id()),
        target=token.target,
        refused=(RecordDeleted,),
    )
    set_default = token.acts(
        "setDefaultClientGatewayToken",
        "Make a client gateway token its client's default token.",
        lambda call: gateway_tokens.update(call.connection, call.actor, call.id(), {"is_default": True}),
        "updated",
        refused=(RecordDeleted,),
    )
    return (
        Path("/client_gateway_tokens", {"GET": token.lists(), "POST": create}),
        Path(
            "/client_gateway_tokens/create", {"GET": blank(token, blank_fields, lambda _call: gateway_tokens.blank())}
        ),
        Path(
            "/client_gateway_tokens/{id}", {"GET": token.shows(), **updating(token, (RecordDeleted,)), "DELETE": delete}
        ),
        Path("/client_gateway_tokens/{id}/edit", {"GET": edit(token)}),
        Path("/client_gateway_tokens/{id}/setAsDefault", {"POST": set_default}),
    )
