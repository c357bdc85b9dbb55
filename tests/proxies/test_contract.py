"""The contract proof behind each proxy: what a proxy does to HTTP is no fault of the deployment behind it."""

from gateway.contract.stock import stock
from tests.contract.scenes import failures, verdicts

MODULES = {
    "api": ("protocol_other_methods", "sent_as_is"),
    "v1": ("protocol_methods", "protocol_conditions", "protocol_retries", "protocol_bodies", "sent_as_is", "named"),
}


def test_oracles_of_http_have_no_false_alarm(proxied):
    companies = [proxied.new_company() for _ in range(2)]
    for each in companies:
        stock(proxied.url, each.key, clients=4)
    for dialect, modules in MODULES.items():
        found = verdicts(proxied.url, dialect, [each.key for each in companies], companies[0].password, modules)
        assert failures(found) == {}
        assert sum(each.compared for each in found) > 100
