"""Reads the change feed of either dialect."""

from typing import Any

import httpx

from tests.drivers import HASHIDS, Company

DIALECTS = ("api", "v1")


def http_of(company: Company, dialect: str) -> httpx.Client:
    return company.api if dialect == "api" else company.v1


def number(dialect: str, shown: Any) -> int:
    """Return the number behind an id as the dialect shows it; 0 for none."""
    if dialect == "api":
        return shown or 0
    return HASHIDS.decode(shown)[0] if shown else 0


def feed(company: Company, dialect: str = "v1", after: str = "", **query: Any) -> dict[str, Any]:
    answer = http_of(company, dialect).get("/changes", params={"after": after} | query)
    assert answer.status_code == 200, answer.text
    return answer.json()


def latest(company: Company) -> str:
    return feed(company, after="latest")["meta"]["next_cursor"]


def changes_after(company: Company, dialect: str = "v1", after: str = "", **query: Any) -> list[tuple[str, int]]:
    """Return what happened to which client after a cursor."""
    return [(each["type"], number(dialect, each["id"])) for each in feed(company, dialect, after, **query)["data"]]


def all_changes_after(company: Company, dialect: str, after: str, limit: int) -> list[tuple[str, int]]:
    """Return the same, read page by page."""
    found = []
    while True:
        page = feed(company, dialect, after, limit=limit)
        found += [(each["type"], number(dialect, each["id"])) for each in page["data"]]
        after = page["meta"]["next_cursor"]
        if not page["meta"]["has_more"]:
            return found
