"""Subscribers, and a gateway that tries again soon."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from core.events import deliveries, webhooks
from tests.drivers import Company, new_company
from tests.register.arranging import register
from tests.server import Server, serving
from tests.webhooks.receiver import Receiver, receiving

IMPATIENT = {
    "webhook_timeout_seconds": 60,  # a subscriber of the tests that is late would rightly be sent it again
    "webhook_retry_seconds": 0.05,
    "webhook_attempts": 3,
    "housekeeping_seconds": 0.1,
    "webhook_allow": "127.0.0.1",
    "loop": "asyncio",  # it resolves names in Python, where tests say what they resolve to
}


@pytest.fixture(scope="module")
def server(engine: str, new_register, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with serving(new_register(engine), tmp_path_factory.mktemp("webhooks"), **IMPATIENT) as running:
        yield running


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as made:
        yield made


@pytest.fixture
def other_receiver() -> Iterator[Receiver]:
    with receiving() as made:
        yield made


@pytest.fixture
def hurried(engine: str, new_register, tmp_path: Path) -> Iterator[Company]:
    """A company on a gateway that does not wait long for subscribers."""
    with serving(new_register(engine), tmp_path, **IMPATIENT | {"webhook_timeout_seconds": 0.6}) as server:
        company = new_company(server)
        yield company
        company.close()


def subscribed(company: Company, receiver: Receiver, dialect: str = "v1", *events: str) -> dict:
    """A subscription of the receiver, with its secret."""
    return register(company, webhooks.add, receiver.url, dialect, events)


def listed(company: Company, **named) -> list[dict]:
    """The company's deliveries, the oldest first."""
    return register(company, deliveries.list_all, **named)[::-1]


def made(company: Company, url: str, event_id: str = "1", **body) -> dict:
    """A webhook that a caller of /api/v1 makes."""
    answer = company.v1.post("/webhooks", json={"target_url": url, "event_id": event_id} | body)
    assert answer.status_code == 200, answer.text
    return answer.json()["data"]


def bodies(requests) -> list[dict]:
    """Return the JSON bodies of received requests."""
    return [json.loads(each.body) for each in requests]


def all_ended(company: Company) -> bool:
    """Return whether there are deliveries, and all of them have ended."""
    found = listed(company)
    return bool(found) and all(each["ended_at"] for each in found)
