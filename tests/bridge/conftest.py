"""Members of the team, in front of the bridge page, without a browser."""

from collections.abc import Iterator

import httpx
import pytest

from tests.bridge.visitors import Visitor
from tests.drivers import Company


@pytest.fixture
def visitor(company: Company) -> Iterator[Visitor]:
    """Somebody who knows the company's email and password, and is not signed in."""
    with httpx.Client(base_url=company.server.url, timeout=30) as http:
        yield Visitor(http, company)


@pytest.fixture
def member(visitor: Visitor) -> Visitor:
    """The same, signed in."""
    assert visitor.sign_in().status_code == 303
    return visitor


@pytest.fixture
def stranger(other_company: Company) -> Iterator[Visitor]:
    """A member of another company, signed in."""
    with httpx.Client(base_url=other_company.server.url, timeout=30) as http:
        made = Visitor(http, other_company)
        assert made.sign_in().status_code == 303
        yield made
