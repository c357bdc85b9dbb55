"""Nothing of another company can be read, changed, counted or guessed, by any operation of either dialect.

The requests come from the dialects' own tables: every id in a path, every id in a body and every filter by an id is
sent once with the id of another company's record and once with an unknown one. The answers must be the same, and so
must the database statements, so that nothing can be learnt from timing. A new operation is attacked as soon as it
exists; one whose ids are of an unknown kind fails.
"""

import re
from collections.abc import Iterator

import pytest

from dialects.shared.dialect import Dialect
from tests.register.arranging import UNKNOWN
from tests.register.attacks import ATTACKS, MARK, Companies, companies_on, operations, without_id
from tests.register.statements import Statements, watching
from tests.server import serving_requests_only


@pytest.fixture(scope="module")
def both(server) -> Iterator[Companies]:
    made = companies_on(server)
    yield made
    made.company.close()
    made.foreign.close()


@pytest.mark.parametrize("name", ATTACKS)
def test_a_record_of_another_company_is_answered_like_an_unknown_one(both, name):
    attack, before = ATTACKS[name], list(both.seen) or both.everything_of_the_other()
    answers = {number: attack.send(both, number) for number in (UNKNOWN, both.others[attack.kind])}
    absent, foreign = (without_id(answer, number) for number, answer in answers.items())
    assert foreign == absent
    assert foreign[0] in (400, 404, 422) or (" query " in name and MARK not in foreign[1])
    after = both.everything_of_the_other()
    both.seen[:] = after
    assert after == before


def test_every_operation_is_attacked_or_listed_as_taking_no_id():
    attacked = {(attack.dialect.name, attack.operation.name) for attack in ATTACKS.values()}
    others = {(dialect.name, operation.name) for dialect, _, _, operation in operations()} - attacked
    assert others == {
        ("api", "listCategories"),
        ("api", "createCategory"),
        ("api", "listTeamMembers"),
        ("api", "getChanges"),
        ("v1", "getChanges"),
        ("v1", "listUsers"),
        ("v1", "getCurrentCompany"),
        ("v1", "postCurrentCompany"),
        ("v1", "getStatics"),
        ("v1", "getBlankGroupSetting"),
        ("v1", "listGroupSettings"),
        ("v1", "createGroupSetting"),
        ("v1", "getBlankClient"),
        ("v1", "getBlankClientGatewayToken"),
        ("v1", "ping"),
        ("v1", "listWebhooks"),
        ("v1", "createWebhook"),
        ("v1", "getBlankWebhook"),
    }
    kinds = ("client", "contact", "document", "gateway token", "category", "user", "note", "webhook")
    assert all(attack.kind in kinds for attack in ATTACKS.values())


LISTS = [
    (dialect, path.path, parameter.name)
    for dialect, path, method, operation in operations()
    if operation.name.startswith("list") and "{" not in path.path
    for parameter in operation.query
]


@pytest.mark.parametrize(
    ("dialect", "path", "parameter"), LISTS, ids=lambda each: each.name if isinstance(each, Dialect) else each
)
def test_no_list_shows_or_counts_records_of_another_company(both, dialect, path, parameter):
    for value in (MARK, f"{MARK}@x.example", "id|asc", "id", "0:9999", "gt:-1", "1", "all", "contacts"):
        answer = both.ask(dialect, "GET", path, params={parameter: value})
        assert answer.status_code in (200, 400, 422)
        if answer.status_code == 200:
            assert MARK not in answer.text.replace(f"{parameter}={MARK}", "")
            meta = answer.json()["meta"]
            assert meta.get("pagination", meta)["total"] <= len(both.own)


@pytest.fixture(scope="module")
def traced(new_register, tmp_path_factory) -> Iterator[tuple[Companies, Statements]]:
    """Two companies on a separate SQLite register, and the statements sent to it."""
    url = new_register("sqlite")
    with watching(url) as seen, serving_requests_only(url, tmp_path_factory.mktemp("traced")) as server:
        made = companies_on(server)
        yield made, seen
        made.company.close()
        made.foreign.close()


@pytest.mark.parametrize("name", ATTACKS)
def test_foreign_and_unknown_records_take_the_same_statements(traced, name):
    both, seen = traced

    def asked_for(number: int) -> list[str]:
        for client in (both.company.api, both.company.v1):
            client.get("/clients")  # a key is looked up again after a commit
        seen.taken()
        ATTACKS[name].send(both, number)
        return [re.sub(r"'[^']*'|\b\d+\b", "?", sql) for sql in seen.taken()]

    assert asked_for(UNKNOWN) == asked_for(both.others[ATTACKS[name].kind]) != []


def test_numbers_and_emails_are_unique_per_company(company, other_company):
    for each in (company, other_company):
        made = each.new_v1(number="A-1", id_number="B-1", contacts=[{"email": "same@x.example"}])
        assert made["number"] == "A-1"
        assert each.new_legacy(email="legacy@x.example")["id"] > 0
