"""The page of a contact, opened by its link: it shows the client, and the documents that are public.

The key in the link, 40 random characters, is the contact's only proof of identity. It gives access to nothing else.
"""

from dataclasses import dataclass

from sqlalchemy import Connection, select

from core.access.keys import Actor
from core.clients import records, writing
from core.errors import AccessClosed, NotFound
from core.events.activities import Kind
from core.models import companies, contacts
from core.models.records import ClientRecord, ContactRecord, DocumentRecord
from core.query import ANY, LIVE, State, state_of
from core.text.clock import SECOND, now

LOGIN_EVERY = 3600 * SECOND  # a visit within this time of the last one is the same login


@dataclass(frozen=True)
class Guest:
    """A contact that opened its link, with its client and the name of the company."""

    company: str
    client: ClientRecord
    contact: ContactRecord

    @property
    def documents(self) -> list[DocumentRecord]:
        """The documents that the contact may see, oldest first."""
        return [document for document in self.client["documents"] if document["is_public"]]

    @property
    def is_login(self) -> bool:
        """Whether the visit counts as a new login."""
        ago = now() - self.contact["last_login"]
        return not 0 <= ago < LOGIN_EVERY  # a time in the future was recorded while the clock was ahead


def guest(connection: Connection, contact_key: str) -> Guest:
    """Return the contact whose link it is.

    Raises `NotFound` if the key is unknown, or its contact or client was removed or deleted. Raises `AccessClosed` for
    a contact that is locked or archived, or whose client is archived.
    """
    columns = contacts.c.id, contacts.c.company_id, contacts.c.client_id, companies.c.name
    of_key = select(*columns).join(companies, companies.c.id == contacts.c.company_id)
    found = connection.execute(of_key.where(contacts.c.contact_key == contact_key)).first()
    if found is None or found.client_id is None:
        raise NotFound("contact")
    client = records.get(connection, found.company_id, found.client_id, LIVE)
    contact = next((each for each in client["contacts"] if each["id"] == found.id), None)
    if contact is None:
        raise NotFound("contact")
    if contact["is_locked"] or contact["archived_at"] or state_of(client) is State.ARCHIVED:
        raise AccessClosed
    return Guest(found.name, client, contact)


def document(connection: Connection, contact_key: str, document_id: int) -> DocumentRecord:
    """Return a document that the contact may see. Raises what `guest` raises, and `NotFound` for any other document."""
    for each in guest(connection, contact_key).documents:
        if each["id"] == document_id:
            return each
    raise NotFound("document")


def record_login(connection: Connection, contact_key: str) -> None:
    """Record the login of a contact, unless the last one was within `LOGIN_EVERY`. Raises what `guest` raises."""
    seen = guest(connection, contact_key)
    client = records.lock(connection, seen.client["company_id"], seen.client["id"], ANY)
    if not guest(connection, contact_key).is_login:
        return  # a concurrent request was faster
    at = now()
    people = [
        each | {"last_login": at} if each["id"] == seen.contact["id"] else each for each in client.record["contacts"]
    ]
    writing.write(connection, _actor(seen.client), Kind.CONTACTS, client, client.record | {"contacts": people})


def _actor(client: ClientRecord) -> Actor:
    return Actor(client["company_id"], user_id=0, token_id=0, dialect="contact")
