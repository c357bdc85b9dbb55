"""Fixtures of the behavioural suites."""

import pytest

from tests.drivers import Company
from tests.register.voices import VOICES, Voice


@pytest.fixture(params=VOICES)
def voice(request: pytest.FixtureRequest, company: Company) -> Voice:
    """The company through one dialect; a test with this fixture runs once for each dialect."""
    return VOICES[request.param](company)


@pytest.fixture(params=VOICES)
def other_voice(request: pytest.FixtureRequest, company: Company) -> Voice:
    """The same company through a second dialect: with `voice`, every pair of dialects."""
    return VOICES[request.param](company)
