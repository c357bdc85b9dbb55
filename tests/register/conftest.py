"""Fixtures of the behavioural suites."""

import pytest

from tests.drivers import Company
from tests.register.voices import VOICES, Voice


@pytest.fixture(params=VOICES)
def voice(request: pytest.FixtureRequest, company: Company) -> Voice:
    """The company, spoken to in one dialect; a test that takes it runs once for each."""
    return VOICES[request.param](company)


@pytest.fixture(params=VOICES)
def other_voice(request: pytest.FixtureRequest, company: Company) -> Voice:
    """A second way to speak to the same company: with `voice`, every pair of dialects."""
    return VOICES[request.param](company)
