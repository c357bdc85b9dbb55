"""The register as the contract describes it, in plain Python: what both dialects must show after every step."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

COUNTRIES = {"United States": "840", "Albania": "8", "Narnia": ""}


@dataclass
class Contact:
    id: int
    first_name: str = ""
    last_name: str = ""
    email: str = ""
    primary: bool = False

    @property
    def shown(self) -> str:
        return f"{self.first_name} {self.last_name}".strip() or self.email

    @property
    def is_blank(self) -> bool:
        return not self.shown


@dataclass
class Client:
    id: int
    number: str
    name: str = ""
    notes: str = ""
    address1: str = ""
    address2: str = ""
    country: str = ""
    payment_terms: str = ""
    category: int = 0
    tags: list[str] = field(default_factory=list)
    contacts: list[Contact] = field(default_factory=list)
    documents: int = 0
    written: dict[int, str] = field(default_factory=dict)  # notes on the client: text by id
    archived: bool = False
    deleted: bool = False

    @property
    def primary(self) -> Contact:
        return next(contact for contact in self.contacts if contact.primary)

    @property
    def shown(self) -> str:
        return self.name or self.primary.shown

    def legacy(self) -> dict:
        """Return what /api shows, limited to the keys of this model."""
        return {
            "id": self.id,
            "company_name": self.shown or None,
            "description": self.notes or None,
            "status": "suspended" if self.archived else "active",
            "category": self.category,
            "owner": {"id": self.primary.id, "name": self.primary.shown},
            "street": ", ".join(filter(None, (self.address1, self.address2))) or None,
            "country": self.country or None,
            "invoice_due_days": self.payment_terms or None,
            "tags": self.tags,
        }

    def v1(self) -> dict:
        """Return what /api/v1 shows, limited to the keys of this model."""
        return {
            "id": self.id,
            "number": self.number,
            "name": self.name,
            "display_name": self.shown,
            "private_notes": self.notes,
            "address1": self.address1,
            "address2": self.address2,
            "country_id": COUNTRIES.get(self.country, ""),
            "payment_terms": self.payment_terms,
            "archived": self.archived,
            "is_deleted": self.deleted,
            "documents": self.documents,
            "contacts": [
                (c.id, c.first_name, c.last_name, c.email, c.primary)
                for c in sorted(self.contacts, key=lambda c: (not c.primary, c.id))
            ],
        }


@dataclass
class Register:
    clients: dict[int, Client] = field(default_factory=dict)
    waiting: dict[str, int] = field(default_factory=dict)  # contact-type users: email and id
    team: str = ""

    def live(self) -> list[Client]:
        return [client for client in self.clients.values() if not client.deleted]

    def has_email(self, email: str) -> bool:
        return email == self.team or any(c.email == email for client in self.clients.values() for c in client.contacts)

    def merge(self, receiver: Client, other: Client) -> None:
        there = {contact.email for contact in receiver.contacts if contact.email}
        for contact in other.contacts:
            if contact.email not in there if contact.email else contact.shown:
                receiver.contacts.append(replace(contact, primary=False))
        receiver.tags += [tag for tag in other.tags if tag not in receiver.tags]
        receiver.documents += other.documents
        receiver.written |= other.written
        del self.clients[other.id]
