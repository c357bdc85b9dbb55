"""Helpers that arrange and read data in other ways than through the dialects."""

import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

import httpx

from core.access import companies
from tests.drivers import HASHIDS, Company

T = TypeVar("T")

UNKNOWN = 999_999_999


def register(company: Company, verb: Callable[..., T], *arguments: Any, **named: Any) -> T:
    """Call a verb of the core that no dialect offers, for this company."""

    def unit(connection: Any) -> T:
        return verb(connection, companies.find(connection, company.name), *arguments, **named)

    return company.server.database.write_now(unit)


def number_of(shown: dict[str, Any]) -> int:
    """Return the number behind the id of a record as /api/v1 shows it."""
    return int(HASHIDS.decode(shown["id"])[0])


def bulk(company: Company, action: str, *ids: str) -> httpx.Response:
    """Return the answer to a bulk action of /api/v1."""
    return company.v1.post("/clients/bulk", json={"action": action, "ids": list(ids)})


def upload(company: Company, hashed_id: str, *files: tuple[str, bytes], field: str = "documents[]") -> httpx.Response:
    """Upload files (filename, bytes) to a client."""
    return company.v1.put(f"/clients/{hashed_id}/upload", files=[(field, file) for file in files])


def stored_bytes(company: Company) -> list[bytes]:
    """Return the names of the stored objects of this company."""
    folder = company.server.storage_folder / str(register(company, lambda _connection, company_id: company_id))
    return [file.read_bytes() for file in sorted(folder.glob("**/*")) if file.is_file()]


def eventually(condition: Callable[[], bool], seconds: float = 60) -> bool:
    """Return whether a condition becomes true while background work continues."""
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            return False
        time.sleep(0.02)
    return True


def in_one_minute() -> None:
    """Wait for the next minute if this one is nearly over, because rate limits count by the minute."""
    if time.time() % 60 > 40:
        time.sleep(60 - time.time() % 60)


def together(acts: Sequence[Callable[[], T]]) -> list[T]:
    """Call all functions at the same moment, each in a thread. Return their results in order."""
    start = threading.Barrier(len(acts))

    def run(act: Callable[[], T]) -> T:
        start.wait(60)
        return act()

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(run, acts))
