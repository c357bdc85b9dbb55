"""Fixtures of the behavioural suites."""

from collections.abc import Iterator

import pytest

from tests.drivers import Company, new_company
from tests.register.voices import VOICES, Voice
from tests.server import Server


@pytest.fixture(scope="module")
def shared(server: Server) -> Iterator[Company]:
    """One company for all tests of a module: for those that look at their own clients only and count nothing."""
    made = new_company(server)
    yield made
    made.close()


@pytest.fixture(params=VOICES)
def voice(request: pytest.FixtureRequest, company: Company) -> Voice:
    """The company, spoken to in one dialect; a test that takes it runs once for each."""
    return VOICES[request.param](company)


@pytest.fixture(params=VOICES)
def other_voice(request: pytest.FixtureRequest, company: Company) -> Voice:
    """A second way to speak to the same company: with `voice`, every pair of dialects."""
    return VOICES[request.param](company)
