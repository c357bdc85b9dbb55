"""Drafts: changes of a client that are typed into a form, what they send, and the dialect's errors."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import orjson
from sqlalchemy import Connection

from core.clients import clients
from core.errors import RecordDeleted, RegisterError, Unavailable
from core.models.records import StoredClient
from gateway.pages.bridge.client_dialects import ClientDialect
from gateway.pages.bridge.client_form import Form, Part
from gateway.pages.bridge.form_making import FormMaker
from gateway.pages.bridge.member_pages import PageRequest
from gateway.pages.bridge.operations import ClientOperation
from gateway.pages.bridge.typed import Typed
from schemas.errors import Invalid, RequestError


class DraftRefused(Exception):
    """The dialect refuses a part of a form."""

    def __init__(self, part: Part, error: Exception) -> None:
        super().__init__(str(error))
        self.part = part
        self.error = error


@dataclass(frozen=True)
class Complaint:
    """A dialect's error: a message, the messages about single controls by their names, and all others."""

    message: str = ""
    of_controls: Mapping[str, Sequence[str]] = field(default_factory=dict)
    others: Sequence[str] = ()


@dataclass(frozen=True)
class Draft:
    """The text typed into a form of a dialect, for a stored client or a new one."""

    client_dialect: ClientDialect
    stored: StoredClient | None
    typed: Typed
    form: Form

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to change."""
        return self.stored is not None and not any(part.body(self.typed) for part in self.form.parts)

    @property
    def is_typed(self) -> bool:
        """Whether anything was typed, even if the client has that value by now."""
        return any(map(self.typed.is_typed, self.form.controls()))

    @property
    def is_outdated(self) -> bool:
        """Whether the client has another version than the one that was shown."""
        return self.stored is not None and self.typed.version != self.stored.version

    def write(self, connection: Connection, page_request: PageRequest) -> int:
        """Let the dialect make the change, and return the client's id. Raises `DraftRefused`."""
        client_id = page_request.id() if self.stored else 0
        version = self.typed.version
        for part in self.form.parts:
            body = part.body(self.typed)
            if body or not self.stored:
                client_id = _perform(part, connection, page_request, client_id, body, version)
                version = ""  # the first operation has checked the version, changed it and locked the client
        return client_id

    def complaint(self, refused: DraftRefused) -> Complaint:
        """Return the dialect's error."""
        body = orjson.loads(bytes(self.client_dialect.dialect.refuse(refused.error).body))
        found = refused.error.errors() if isinstance(refused.error, Invalid) else {}
        control_names = refused.part.control_names(self.typed)
        of_controls: dict[str, list[str]] = {}
        for key, sentences in found.items():
            of_controls.setdefault(_control_of(key, control_names), []).extend(sentences)
        others = of_controls.pop("", [])
        return Complaint(str(body.get("message", "")), of_controls, others)


def draft(
    page_request: PageRequest,
    client_dialect: ClientDialect,
    operations: Sequence[ClientOperation],
    typed: Typed,
    is_new: bool = False,
) -> Draft:
    """Return the draft of a form for these operations.

    Raises `NotFound` for the client, and `RecordDeleted`, because not every dialect has a message for a deleted client.
    """
    connection, actor = page_request.connection, page_request.member.actor
    stored = None if is_new else clients.get(connection, actor, page_request.id())
    if stored and stored.record["deleted_at"]:
        raise RecordDeleted
    client = stored.record if stored else clients.unsaved(connection, actor)
    return Draft(client_dialect, stored, typed, FormMaker(connection, actor, client, typed).form(operations))


def _perform(
    part: Part,
    connection: Connection,
    page_request: PageRequest,
    client_id: int,
    body: Mapping[str, object],
    version: str,
) -> int:
    try:
        return part.operation.perform(
            connection,
            page_request.member.actor,
            client_id,
            {**part.required_values, **body},
            version if client_id else "",
        )
    except Unavailable:
        raise
    except (RequestError, RegisterError) as error:
        raise DraftRefused(part, error) from error


def _control_of(key: str, control_names: Mapping[str, str]) -> str:
    """Return the control of an error: that of its key, or of the object that contains the key."""
    while key and key not in control_names:
        key = key.rpartition(".")[0]
    return control_names.get(key, "")
