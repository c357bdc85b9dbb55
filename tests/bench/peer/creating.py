"""Creating a client, as both APIs do it."""

import time
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from tests.bench.peer.orm import Category, Client, Company, Contact, Tag, Token, User, random_name


async def next_number(session: AsyncSession, token: Token) -> str:
    """Return the next client number; the company stays locked until the commit."""
    counting = update(Company).where(Company.id == token.company_id).values(next_number=Company.next_number + 1)
    following = await session.scalar(counting.returning(Company.next_number))
    return f"{following - 1:04d}"


async def is_taken(session: AsyncSession, token: Token, email: str) -> bool:
    """Return whether a client's contact or a team user of the company has this email."""
    for person in (Contact, User):
        mine = (person.company_id == token.company_id, person.email_key == email.lower())
        if await session.scalar(select(person.id).where(*mine).limit(1)):
            return True
    return False


async def create(
    session: AsyncSession, token: Token, number: str, people: list[dict[str, Any]], tags: list[str], **values: Any
) -> int:
    """Store a client with its contacts and tags durably. Return its id."""
    at = time.time_ns() // 1000
    times = {"created_at": at, "updated_at": at}
    default = select(Category.id).where(Category.company_id == token.company_id, Category.is_default)
    client = Client(
        company_id=token.company_id,
        user_id=token.user_id,
        category_id=await session.scalar(default),
        number=number,
        display_name=values["name"],
        client_hash=random_name(),
        **values,
        **times,
    )
    client.contacts = [
        Contact(
            company_id=token.company_id,
            email_key=person["email"].lower(),
            is_primary=position == 0,
            contact_key=random_name(),
            **person,
            **times,
        )
        for position, person in enumerate(people)
    ]
    client.tags = [Tag(company_id=token.company_id, position=at, title=title) for at, title in enumerate(tags)]
    session.add(client)
    await session.commit()
    session.expunge_all()
    return client.id
