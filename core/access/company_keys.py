"""Changes of API keys by a company's team, which sees only the company's own keys."""

from contextlib import suppress

from sqlalchemy import Connection, select

from core.access import keys
from core.access.keys import Rotation
from core.access.scopes import KeyLimits
from core.errors import NotFound
from core.models import tokens
from core.models.operating_records import KeyRecord
from core.text.secrets import digest


def get(connection: Connection, company_id: int, key_id: int) -> KeyRecord:
    """Return one key as `keys.list_all` shows it. Raises `NotFound`."""
    found = next((each for each in keys.list_all(connection, company_id) if each["id"] == key_id), None)
    if found is None:
        raise NotFound("key")
    return found


def create(
    connection: Connection, company_id: int, user_id: int, name: str, edition: str, limits: KeyLimits
) -> tuple[int, str]:
    """Create a key and return its id and its secret, which cannot be shown again. Raises `UserDisabled`."""
    secret = keys.issue(connection, company_id, user_id, name, edition=edition, limits=limits)
    key_id = connection.execute(select(tokens.c.id).where(tokens.c.digest == digest(secret))).scalar_one()
    return int(key_id), secret


def rename(connection: Connection, company_id: int, key_id: int, name: str) -> None:
    """Rename a key. Raises `NotFound`."""
    get(connection, company_id, key_id)
    keys.rename(connection, key_id, name)


def rotate(connection: Connection, company_id: int, key_id: int, overlap: int) -> Rotation:
    """Replace a key as `keys.rotate` does. Raises `NotFound` also for a key of another company."""
    get(connection, company_id, key_id)
    return keys.rotate(connection, key_id, overlap)


def revoke(connection: Connection, company_id: int, key_id: int) -> None:
    """Revoke a key. A key that is no longer valid is not changed. Raises `NotFound`."""
    get(connection, company_id, key_id)
    with suppress(NotFound):
        keys.revoke(connection, key_id)
