"""Guessing the password of purge and merge: a few attempts are free, then a 429 says when the next one is allowed."""

import pytest
from sqlalchemy import text

from core.access.guesses import _FREE
from tests.register.arranging import together


def purge(company, client, password):
    headers = {"X-API-PASSWORD": password} if password is not None else {}
    return company.v1.post(f"/clients/{client['id']}/purge", headers=headers)


def after_a_while(company, seconds):
    company.server.database.write_now(
        lambda connection: connection.execute(
            text("UPDATE password_guesses SET last_at = last_at - :while"), {"while": seconds * 1_000_000}
        )
    )


@pytest.fixture
def locked(company):
    client = company.new_v1()
    statuses = [purge(company, client, f"guess {n}").status_code for n in range(_FREE)]
    assert statuses == [412] * _FREE
    return client


def test_after_a_few_wrong_passwords_even_the_right_one_is_refused(company, locked):
    answer = purge(company, locked, company.password)
    assert (answer.status_code, answer.json()) == (
        429,
        {"message": "Too many wrong passwords; try again later", "errors": {}},
    )
    assert int(answer.headers["retry-after"]) >= 1
    assert company.v1.get(f"/clients/{locked['id']}").status_code == 200


def test_the_pause_grows_and_ends_and_a_right_password_resets_the_count(company, locked):
    pauses = []
    for _ in range(3):
        pauses.append(int(purge(company, locked, "x").headers["retry-after"]))
        after_a_while(company, pauses[-1])
        assert purge(company, locked, "wrong again").status_code == 412
    assert pauses == sorted(set(pauses))
    after_a_while(company, 3600)
    assert purge(company, locked, company.password).status_code == 200
    again = company.new_v1()
    assert [purge(company, again, "x").status_code for _ in range(_FREE)] == [412] * _FREE


def test_concurrent_guesses_are_slowed_like_sequential_ones(company):
    client = company.new_v1()
    answers = together([lambda n=n: purge(company, client, f"guess {n}") for n in range(3 * _FREE)])
    assert sorted(answer.status_code for answer in answers) == [412] * _FREE + [429] * (2 * _FREE)


def test_a_missing_password_does_not_count_as_a_guess_and_other_keys_are_not_slowed(company, other_company, locked):
    assert {purge(company, locked, None).status_code for _ in range(2 * _FREE)} == {412}
    assert purge(other_company, other_company.new_v1(), other_company.password).status_code == 200
