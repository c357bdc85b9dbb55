"""/api/v1."""

import os
from functools import lru_cache
from math import ceil
from typing import Annotated, Any

from fastapi import APIRouter, Depends, HTTPException, Request
from hashids import Hashids
from pydantic import BaseModel, ConfigDict, Field, PlainSerializer, computed_field
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from core.text import countries
from tests.bench.peer import creating
from tests.bench.peer.keys import authenticated
from tests.bench.peer.orm import Client, Token, clients_of, session

router = APIRouter(prefix="/api/v1")
Db = Annotated[AsyncSession, Depends(session)]
Key = Annotated[Token, Depends(authenticated)]

_PUBLIC_URL = os.environ["GATEWAY_PUBLIC_URL"]
_HASHIDS = Hashids(min_length=10)
_CHILDREN = (Client.contacts, Client.documents, Client.gateway_tokens)


@lru_cache(65_536)
def _hashed(number: int | None) -> str:
    return str(_HASHIDS.encode(number)) if number else ""


HashedId = Annotated[int | None, PlainSerializer(_hashed, return_type=str)]
UnixTime = Annotated[int, PlainSerializer(lambda microseconds: microseconds // 1_000_000, return_type=int)]
Money = Annotated[int, PlainSerializer(lambda millionths: millionths / 1_000_000, return_type=float)]
CountryId = Annotated[int, PlainSerializer(lambda number: str(number or ""), return_type=str)]


class Row(BaseModel):
    model_config = ConfigDict(from_attributes=True)


class ContactOut(Row):
    id: HashedId
    first_name: str
    last_name: str
    email: str
    created_at: UnixTime
    updated_at: UnixTime
    archived_at: UnixTime
    is_primary: bool
    is_locked: bool
    phone: str
    custom_value1: str
    custom_value2: str
    custom_value3: str
    custom_value4: str
    contact_key: str
    send_email: bool
    last_login: UnixTime
    password_hash: str = Field(exclude=True)

    @computed_field
    def password(self) -> str:
        return "**********" if self.password_hash else ""

    @computed_field
    def link(self) -> str:
        return f"{_PUBLIC_URL}/client/key_login/{self.contact_key}"


class DocumentOut(Row):
    id: HashedId
    user_id: HashedId
    assigned_user_id: str = ""
    project_id: str = ""
    vendor_id: str = ""
    preview: str = ""
    name: str
    type: str
    disk: str = "public"
    hash: str
    size: int
    width: int
    height: int
    is_default: bool = False
    updated_at: UnixTime
    archived_at: int = 0
    created_at: UnixTime
    is_deleted: bool = False

    @computed_field
    def url(self) -> str:
        return f"{_PUBLIC_URL}/api/v1/documents/{_hashed(self.id)}/download"


class GatewayTokenOut(Row):
    id: HashedId
    token: str
    gateway_customer_reference: str
    company_gateway_id: str
    gateway_type_id: str
    is_default: bool
    meta: dict[str, Any]
    created_at: UnixTime
    updated_at: UnixTime
    archived_at: int = 0
    is_deleted: bool = False


class ClientOut(Row):
    id: HashedId
    user_id: HashedId
    assigned_user_id: HashedId
    name: str
    website: str
    private_notes: str
    balance: Money
    group_settings_id: HashedId
    paid_to_date: Money
    credit_balance: Money
    last_login: int = 0
    size_id: str
    public_notes: str
    client_hash: str
    address1: str
    address2: str
    phone: str
    city: str
    state: str = Field(validation_alias="region")
    postal_code: str
    country_id: CountryId
    industry_id: str
    custom_value1: str
    custom_value2: str
    custom_value3: str
    custom_value4: str
    shipping_address1: str
    shipping_address2: str
    shipping_city: str
    shipping_state: str = Field(validation_alias="shipping_region")
    shipping_postal_code: str
    shipping_country_id: CountryId
    settings: dict[str, Any] = Field(validation_alias="shown_settings")
    is_deleted: bool
    vat_number: str
    id_number: str
    updated_at: UnixTime
    archived_at: UnixTime
    created_at: UnixTime
    display_name: str
    number: str
    contacts: list[ContactOut]
    documents: list[DocumentOut]
    gateway_tokens: list[GatewayTokenOut]


class One(Row):
    data: ClientOut


class Pagination(BaseModel):
    total: int
    count: int
    per_page: int
    current_page: int
    total_pages: int
    links: dict[str, str] | list[str]


class Meta(BaseModel):
    pagination: Pagination


class Page(Row):
    data: list[ClientOut]
    meta: Meta


class ContactIn(BaseModel):
    first_name: str = ""
    last_name: str = ""
    email: str = ""


class ClientIn(BaseModel):
    name: str
    phone: str = ""
    city: str = ""
    country_id: int = 0
    contacts: list[ContactIn]


async def _one(db: AsyncSession, key: Token, client_id: int) -> One:
    client = await db.scalar(clients_of(key, *_CHILDREN).where(Client.id == client_id))
    if client is None:
        raise HTTPException(404, "Client not found.")
    return One(data=ClientOut.model_validate(client))


@router.get("/clients/{hashed_id}")
async def show(hashed_id: str, db: Db, key: Key) -> One:
    return await _one(db, key, (*_HASHIDS.decode(hashed_id), 0)[0])


@router.get("/clients")
async def listed(request: Request, db: Db, key: Key, per_page: int = 20, page: int = 1) -> Page:
    mine = (Client.company_id == key.company_id, Client.deleted_at == 0)
    total = await db.scalar(select(func.count()).select_from(Client).where(*mine)) or 0
    wanted = clients_of(key, *_CHILDREN).where(*mine).order_by(Client.id)
    found = (await db.scalars(wanted.limit(per_page).offset((page - 1) * per_page))).all()
    pages = max(1, ceil(total / per_page))
    beside = {"previous": page - 1, "next": page + 1}
    links = {
        name: f"{_PUBLIC_URL}{request.url.path}?per_page={per_page}&page={at}"
        for name, at in beside.items()
        if 1 <= at <= pages
    }
    pagination = Pagination(
        total=total, count=len(found), per_page=per_page, current_page=page, total_pages=pages, links=links or []
    )
    return Page(data=[ClientOut.model_validate(each) for each in found], meta=Meta(pagination=pagination))


@router.post("/clients")
async def create(body: ClientIn, db: Db, key: Key) -> One:
    number = await creating.next_number(db, key)
    people = [contact.model_dump() for contact in body.contacts]
    values = body.model_dump(exclude={"contacts"})
    country = countries.name_of(body.country_id)
    client_id = await creating.create(db, key, number, people, [], country_text=country, **values)
    return await _one(db, key, client_id)
