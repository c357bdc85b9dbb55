"""The number of round trips to PostgreSQL of a write, including that for its key, because each takes time."""

import time

import pytest

from tests.drivers import new_company
from tests.register import test_statements as writes
from tests.register.round_trips import RoundTrips
from tests.server import serving_requests_only

pytestmark = pytest.mark.engines("postgresql")


@pytest.fixture(scope="module")
def counted(engine, new_register, tmp_path_factory):
    """A company on a separate server, and a counter of its round trips."""
    counting = RoundTrips(new_register(engine))
    with serving_requests_only(counting.url, tmp_path_factory.mktemp("round-trips")) as server:
        company = new_company(server)
        company.new_legacy()  # the first write opens connections, one of them in the background
        while counting.taken():
            time.sleep(1)
        yield company, counting
        company.close()
    counting.close()


# The first one looks up the key, the last one is the commit with all derived data.
ROUND_TRIPS: dict[writes.Arrange, int] = {
    writes.create_in_api: 6,  # one reads the custom fields, which are needed to read the body
    writes.create_in_v1: 5,
    writes.create_with_a_number: 5,
    writes.update_in_v1: 4,
    writes.update_of_a_version: 4,
    writes.update_of_contacts: 4,
    writes.update_of_nothing: 3,
    writes.update_in_api: 5,
    writes.set_tags: 4,
    writes.set_status: 4,
    writes.set_owner: 4,
    writes.soft_delete: 4,
    writes.erase: 8,  # four of them look for bytes to delete after the commit
    writes.purge: 12,
    writes.merge: 16,
    writes.archive_ten: 26,
    writes.attach: 9,
    writes.change_a_contact: 13,
    writes.make_a_token: 6,
}


@pytest.mark.parametrize("arrange", ROUND_TRIPS, ids=lambda arrange: arrange.__name__)
def test_a_write_takes_the_expected_round_trips(counted, arrange):
    company, counting = counted
    act = arrange(company)
    counting.taken()
    assert getattr(act(), "status_code", 200) < 300
    assert counting.taken() == ROUND_TRIPS[arrange]
