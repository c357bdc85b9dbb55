"""What a request looks like has mostly nothing to do with the database, so these tests run on one engine.

Where what was sent is stored or searched for, a module takes `every_engine` as its `engine`.
"""

import pytest

from tests.conftest import ENGINES


@pytest.fixture(scope="session", params=["sqlite"])
def engine(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture(scope="session", params=ENGINES)
def every_engine(request: pytest.FixtureRequest) -> str:
    return request.param
