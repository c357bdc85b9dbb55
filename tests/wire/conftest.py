"""What a request looks like has nothing to do with the database, so these tests run on one engine."""

import pytest


@pytest.fixture(scope="session", params=["sqlite"])
def engine(request: pytest.FixtureRequest) -> str:
    return request.param
