"""The contract proof behind each proxy: what a proxy does to HTTP is no fault of the deployment behind it."""

from gateway.contract.stock import stock
from tests.contract.scenes import failures, verdicts

ORACLES = {
    "api": ("other_methods_are_refused", "lines_of_a_header_are_one_list", "encoded_letters_are_the_same"),
    "v1": (
        *("methods_are_those_documented", "known_etags_are_answered_304", "versions_guard_writes", "ids_are_exact"),
        *("retries_are_done_once", "bad_bodies_are_refused", "downloads_are_attachments", "urls_lead_to_their_records"),
        *("other_methods_are_refused", "lines_of_a_header_are_one_list", "encoded_letters_are_the_same"),
    ),
}


def test_oracles_of_http_have_no_false_alarm(proxied):
    companies = [proxied.new_company() for _ in range(2)]
    for each in companies:
        stock(proxied.url, each.key, clients=4)
    for dialect, names in ORACLES.items():
        found = verdicts(proxied.url, dialect, [each.key for each in companies], companies[0].password, names)
        assert failures(found) == {}
        assert sum(each.compared for each in found) > 100
