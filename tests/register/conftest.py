"""Fixtures of the behavioural suites."""

import pytest

from tests.drivers import Company
from tests.register.callers import CALLERS, Caller


@pytest.fixture(params=CALLERS)
def caller(request: pytest.FixtureRequest, company: Company) -> Caller:
    """The company through one dialect; a test with this fixture runs once for each dialect."""
    return CALLERS[request.param](company)


@pytest.fixture(params=CALLERS)
def other_caller(request: pytest.FixtureRequest, company: Company) -> Caller:
    """The same company through a second dialect: with `caller`, every pair of dialects."""
    return CALLERS[request.param](company)
