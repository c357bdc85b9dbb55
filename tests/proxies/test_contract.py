"""The contract proof behind each proxy: what a proxy does to HTTP is no fault of the deployment behind it."""

import pytest

from gateway.contract.operations import PREFIXES
from gateway.contract.stock import stock
from tests.contract.scenes import failures, verdicts

MODULES = (
    *("protocol_methods", "protocol_other_methods", "protocol_conditions", "protocol_retries", "protocol_bodies"),
    *("sent_as_is", "uploaded", "other_forms", "contact_links", "named"),
)


@pytest.mark.parametrize("dialect", PREFIXES)
def test_oracles_of_http_have_no_false_alarm(dialect, proxied):
    companies = [proxied.new_company() for _ in range(2)]
    for each in companies:
        stock(proxied.url, each.key, clients=4)
    found = verdicts(proxied.url, dialect, [each.key for each in companies], companies[0].password, MODULES)
    assert failures(found) == {}
    assert sum(each.compared for each in found) > 500
