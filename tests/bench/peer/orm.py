"""The register's tables as ORM classes, and their sessions."""

import os
import secrets
from collections.abc import AsyncIterator
from typing import Any

from sqlalchemy import Select, event, make_url, select
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.orm import DeclarativeBase, joinedload, relationship, selectinload

from core import models

_DRIVERS = {"sqlite": "sqlite+aiosqlite", "postgresql": "postgresql+asyncpg"}


class Base(DeclarativeBase):
    """The base of the ORM classes."""

    metadata = models.metadata


class Company(Base):
    __table__ = models.companies


class User(Base):
    __table__ = models.users


class Token(Base):
    __table__ = models.tokens


class Category(Base):
    __table__ = models.categories


class Contact(Base):
    __table__ = models.contacts


class Document(Base):
    __table__ = models.documents

    @property
    def hash(self) -> str:
        """The name under which the bytes are stored."""
        return self.object_key.rpartition("/")[2]


class Tag(Base):
    __table__ = models.client_tags


class GatewayToken(Base):
    __table__ = models.client_gateway_tokens


class Client(Base):
    __table__ = models.clients

    company = relationship(Company, lazy="raise")
    category = relationship(Category, lazy="raise")
    contacts = relationship(Contact, lazy="raise", order_by=[Contact.is_primary.desc(), Contact.id])
    documents = relationship(Document, lazy="raise", order_by=Document.id)
    tags = relationship(Tag, lazy="raise", order_by=Tag.position)
    gateway_tokens = relationship(GatewayToken, lazy="raise", order_by=GatewayToken.id)

    @property
    def owner(self) -> Contact:
        """The primary contact, which is listed first."""
        return self.contacts[0]

    @property
    def is_deleted(self) -> bool:
        """Whether it is hidden."""
        return self.deleted_at > 0

    @property
    def group_settings_id(self) -> int | None:
        """The category, unless it is the default one."""
        return None if self.category.is_default else self.category_id

    @property
    def shown_settings(self) -> dict[str, Any]:
        """The settings, with those that are always present."""
        return {"entity": "App\\Models\\Client", "currency_id": self.company.currency_id} | self.settings


def clients_of(token: Token, *children: Any) -> Select[tuple[Client]]:
    """Select the company's clients with these children, by the indexes that begin with the company."""
    mine = token.company_id
    loaded = [selectinload(each.and_(each.property.mapper.class_.company_id == mine)) for each in children]
    whole = (joinedload(Client.company, innerjoin=True), joinedload(Client.category, innerjoin=True))
    return select(Client).where(Client.company_id == mine).options(*whole, *loaded)


def random_name() -> str:
    """Return a random name of 40 characters that cannot be guessed."""
    return secrets.token_hex(20)


_url = make_url(os.environ["GATEWAY_DATABASE_URL"])
engine = create_async_engine(_url.set(drivername=_DRIVERS[_url.get_backend_name()]))
_sessions = async_sessionmaker(engine, expire_on_commit=False)


if engine.dialect.name == "sqlite":

    @event.listens_for(engine.sync_engine, "connect")
    def _prepare(connection: Any, _record: Any) -> None:
        cursor = connection.cursor()
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "busy_timeout=30000"):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()


async def session() -> AsyncIterator[AsyncSession]:
    """Yield a session for one request."""
    async with _sessions() as made:
        yield made
