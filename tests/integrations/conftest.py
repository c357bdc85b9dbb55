"""Programs of others speak HTTP to a gateway whose database does not matter to them."""

import pytest


@pytest.fixture(scope="session", params=["sqlite"])
def engine(request):
    return request.param
