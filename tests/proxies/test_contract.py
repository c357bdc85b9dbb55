"""The contract proof behind each proxy: what a proxy does to HTTP is no fault of the deployment behind it."""

from pathlib import Path

from gateway.contract.stock import stock
from tests.contract.scenes import failures, verdicts
from tests.gateway.command_line import fresh

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


def test_schemathesis_has_no_false_alarm(proxied, folder: Path):
    company = proxied.new_company()
    stock(proxied.url, company.key, clients=4)
    deployment = (proxied.url, "--token", company.key, "--write", "--dialect", "v1", "--report-dir", folder / "reports")
    result = fresh(folder).run("contract", *deployment, "--operation", "listUsers", "--max-examples", 2)
    assert result.exit_code == 0, result.output
