"""/api."""

from datetime import UTC, datetime
from math import ceil
from typing import Annotated, Any

from fastapi import APIRouter, Depends, HTTPException
from pydantic import BaseModel
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from core.text import countries
from tests.bench.peer import creating
from tests.bench.peer.keys import authenticated
from tests.bench.peer.orm import Client, Token, clients_of, session

router = APIRouter(prefix="/api")
Db = Annotated[AsyncSession, Depends(session)]
Key = Annotated[Token, Depends(authenticated)]
_CHILDREN = (Client.contacts, Client.tags)


class Named(BaseModel):
    id: int
    name: str


class Address(BaseModel):
    street: str | None
    city: str | None
    state: str | None
    zip: str | None
    country: str | None


class Billing(Address):
    invoice_due_days: str | None


class Dates(BaseModel):
    created: str
    updated: str


class ClientOut(BaseModel):
    id: int
    company_name: str
    description: str | None
    status: str
    phone: str | None
    website: str | None
    vat: str | None
    category: Named
    owner: Named
    billing: Billing
    shipping: Address
    dates: Dates
    tags: list[str]


class One(BaseModel):
    data: ClientOut
    message: str


class Meta(BaseModel):
    current_page: int
    per_page: int
    total: int
    last_page: int


class Page(BaseModel):
    data: list[ClientOut]
    meta: Meta
    message: str


class ClientIn(BaseModel):
    first_name: str
    last_name: str
    email: str
    client_company_name: str
    client_phone: str = ""
    client_billing_city: str = ""
    client_billing_country: str = ""
    tags: list[str] = []


def _time(microseconds: int) -> str:
    return f"{datetime.fromtimestamp(microseconds / 1_000_000, UTC):%Y-%m-%dT%H:%M:%S.%f}Z"


def _address(client: Client, prefix: str) -> dict[str, Any]:
    return {
        "street": ", ".join(filter(None, (getattr(client, f"{prefix}address{n}") for n in (1, 2)))) or None,
        "city": getattr(client, f"{prefix}city") or None,
        "state": getattr(client, f"{prefix}region") or None,
        "zip": getattr(client, f"{prefix}postal_code") or None,
        "country": getattr(client, f"{prefix}country_text") or None,
    }


def _shown(client: Client) -> ClientOut:
    owner = client.owner
    return ClientOut(
        id=client.id,
        company_name=client.display_name,
        description=client.private_notes or None,
        status="suspended" if client.archived_at else "active",
        phone=client.phone or None,
        website=client.website or None,
        vat=client.vat_number or None,
        category=Named(id=client.category.id, name=client.category.name),
        owner=Named(id=owner.id, name=f"{owner.first_name} {owner.last_name}"),
        billing=Billing(**_address(client, ""), invoice_due_days=client.settings.get("payment_terms")),
        shipping=Address(**_address(client, "shipping_")),
        dates=Dates(created=_time(client.created_at), updated=_time(client.updated_at)),
        tags=[tag.title for tag in client.tags],
    )


async def _one(db: AsyncSession, key: Token, client_id: int, message: str) -> One:
    found = clients_of(key, *_CHILDREN).where(Client.id == client_id, Client.deleted_at == 0)
    client = await db.scalar(found)
    if client is None:
        raise HTTPException(404, "Client not found.")
    return One(data=_shown(client), message=message)


@router.get("/clients/{client_id}")
async def show(client_id: int, db: Db, key: Key) -> One:
    return await _one(db, key, client_id, "Client retrieved successfully.")


@router.get("/clients")
async def listed(db: Db, key: Key, limit: int = 25, page: int = 1) -> Page:
    mine = (Client.company_id == key.company_id, Client.deleted_at == 0)
    total = await db.scalar(select(func.count()).select_from(Client).where(*mine)) or 0
    wanted = clients_of(key, *_CHILDREN).where(*mine).order_by(Client.id.desc())
    found = await db.scalars(wanted.limit(limit).offset((page - 1) * limit))
    meta = Meta(current_page=page, per_page=limit, total=total, last_page=max(1, ceil(total / limit)))
    return Page(data=[_shown(each) for each in found], meta=meta, message="Clients retrieved successfully.")


@router.post("/clients", status_code=201)
async def create(body: ClientIn, db: Db, key: Key) -> One:
    number = await creating.next_number(db, key)
    if await creating.is_taken(db, key, body.email):
        raise HTTPException(422, "The email has already been taken.")
    owner = {"first_name": body.first_name, "last_name": body.last_name, "email": body.email}
    client_id = await creating.create(
        db,
        key,
        number,
        [owner],
        body.tags,
        name=body.client_company_name,
        phone=body.client_phone,
        city=body.client_billing_city,
        country_id=countries.by_name(body.client_billing_country) or 0,
        country_text=body.client_billing_country,
    )
    return await _one(db, key, client_id, "Client created successfully.")
