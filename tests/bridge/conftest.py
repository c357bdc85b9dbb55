"""Members of the team who use the bridge page, without a browser."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack

import httpx
import pytest

from core.access import users
from core.access.roles import Role
from core.clients import custom_fields
from tests.bridge.visitors import Visitor
from tests.drivers import Company
from tests.register.arranging import number_of, register
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


@pytest.fixture
def full(company: Company) -> int:
    """The id of a client with a value in every field, including text that browsers change when they send it."""
    register(company, custom_fields.add, "purchase_order", "Purchase order", False)
    made = company.new_v1(
        name="Line\nbreaks  and spaces ",
        address1="1 Main St",
        address2="c/o Lodge",
        country_id="840",
        industry_id="999",
        size_id="3",
        private_notes="\n\r\ntwo\rkinds\n",
        public_notes="<b>&amp;",
        currency_code="EUR",
        settings={"custom": {"a": [1, None]}},
        tags=["a, b", "c"],
        custom_value1="PO-1",
        is_tax_exempt=True,
        tax_info={"a": 1},
        locations=[{"name": "North", "country_id": "276"}],
        contacts=[
            {"first_name": "Jane", "email": "jane@acme.example", "password": "Secret123"},
            {"first_name": "John", "send_email": False, "is_locked": True},
        ],
    )
    return number_of(made)
