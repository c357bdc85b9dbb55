"""Examples of records in /api: those of the document, and our own for records that it does not have."""

from typing import Any

CLIENT: dict[str, Any] = {
    "id": 12,
    "company_name": "Acme Inc",
    "description": "Key account.",
    "status": "active",
    "phone": "+1 555 0100",
    "website": "https://acme.example",
    "vat": "GB123456789",
    "category": {"id": 2, "name": "Standard"},
    "owner": {"id": 34, "name": "Jane Doe"},
    "billing": {
        "street": "1 Market St",
        "city": "San Francisco",
        "state": "CA",
        "zip": "94105",
        "country": "United States",
        "invoice_due_days": "7",
    },
    "shipping": {"street": None, "city": None, "state": None, "zip": None, "country": None},
    "dates": {"created": "2026-06-15T09:30:00.000000Z", "updated": "2026-06-15T09:30:00.000000Z"},
    "tags": ["priority", "retainer"],
}


CATEGORY: dict[str, Any] = {
    "id": 2,
    "name": "Wholesale",
    "description": "Buys by the pallet.",
    "type": "client",
    "visibility": "everyone",
    "icon": "ti ti-folder",
    "system_default": "no",
    "slug": "2-wholesale",
    "count": 12,
    "users_count": 0,
    "dates": {"created": "2026-06-15T09:30:00.000000Z", "updated": "2026-06-15T09:30:00.000000Z"},
}


CONTACT: dict[str, Any] = {
    "id": 34,
    "first_name": "Jane",
    "last_name": "Doe",
    "name": "Jane Doe",
    "email": "jane@acme.example",
    "phone": "+1 555 0100",
    "job_position": "Procurement Lead",
    "account_owner": "yes",
    "status": "active",
    "client": {"id": 12, "company_name": "Acme Inc"},
    "role": {"id": 2, "name": "Client"},
    "social": {"facebook": None, "twitter": None, "linkedin": "janedoe", "github": None, "dribbble": None},
    "dates": {"created": "2026-06-15T09:30:00.000000Z", "updated": "2026-06-15T09:30:00.000000Z"},
}


TEAM_MEMBER: dict[str, Any] = {
    "id": 1,
    "first_name": "Jane",
    "last_name": "Doe",
    "name": "Jane Doe",
    "email": "jane@example.com",
    "phone": None,
    "job_position": None,
    "role": {"id": 1, "name": "Administrator"},
    "status": "active",
    "dashboard_access": "yes",
    "social": {"facebook": None, "twitter": None, "linkedin": None, "github": None, "dribbble": None},
    "dates": {"created": "2026-06-15T09:30:00.000000Z", "updated": "2026-06-15T09:30:00.000000Z"},
}


NOTE: dict[str, Any] = {
    "id": 74,
    "title": "Follow-up call",
    "description": "Discuss the renewal terms.",
    "visibility": "public",
    "resource": {"type": "client", "id": 12},
    "creator_id": 1,
    "tags": ["sales"],
    "dates": {"created": "2026-06-15T09:30:00.000000Z", "updated": "2026-06-15T09:30:00.000000Z"},
}


_CHANGE = {"cursor": "AAAAAAAAAAcABlT3pQxKQA", "merged_into": None, "timestamp": "2026-06-15T09:30:00.000000Z"}


CHANGES = [
    _CHANGE | {"type": "updated", "id": 12, "record": CLIENT},
    _CHANGE | {"cursor": "AAAAAAAAAAgABlT3pQxKQQ", "type": "merged", "id": 13, "merged_into": 12},
]
