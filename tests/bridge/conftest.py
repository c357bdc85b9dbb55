"""Members of the team who use the bridge page, without a browser."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack

import httpx
import pytest

from core.access import users
from core.access.roles import Role
from tests.bridge.visitors import Visitor
from tests.drivers import Company
from tests.register.arranging import register
from tests.transport import Connections


def browser(company: Company) -> httpx.Client:
    """A client of all pages of the company's gateway."""
    return httpx.Client(base_url=company.server.url, timeout=30, transport=Connections(), trust_env=False)


@pytest.fixture
def visitor(company: Company) -> Iterator[Visitor]:
    """A browser of a user who knows the company's email and password, and is not signed in."""
    with browser(company) as http:
        yield Visitor(http, company)


@pytest.fixture
def member(visitor: Visitor) -> Visitor:
    """The same browser, signed in."""
    assert visitor.sign_in().status_code == 303
    return visitor


@pytest.fixture
def stranger(other_company: Company) -> Iterator[Visitor]:
    """A browser of a member of another company, signed in."""
    with browser(other_company) as http:
        made = Visitor(http, other_company)
        assert made.sign_in().status_code == 303
        yield made


@pytest.fixture
def signed_in_as(company: Company) -> Iterator[Callable[[Role], Visitor]]:
    """A function that signs in as a new team user of a role, called `owner@acme.example` and so on."""
    with ExitStack() as clients:

        def sign_in(role: Role) -> Visitor:
            email = f"{role}@acme.example"
            register(company, users.add_team_user, email, company.password, role=role)
            http = clients.enter_context(browser(company))
            made = Visitor(http, company)
            assert made.sign_in(email=email).status_code == 303
            return made

        yield sign_in
