"""Creates of one company at once share a commit, and each succeeds or fails as if it were alone."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import httpx

from tests.drivers import HASHIDS, Company
from tests.register.changes import all_changes_after, latest

MANY = 12


def creating(company: Company, email: str, dialect: str) -> Callable[[], httpx.Response]:
    """Create a client over a separate connection."""
    legacy = {"first_name": "Jane", "last_name": "Doe", "email": email}
    body = legacy if dialect == "api" else {"name": email, "contacts": [{"email": email}]}
    headers = {"Authorization": f"Bearer {company.key}"} if dialect == "api" else {"X-API-TOKEN": company.key}
    prefix = "/api" if dialect == "api" else "/api/v1"
    return lambda: httpx.post(f"{company.server.url}{prefix}/clients", json=body, headers=headers, timeout=30)


def test_a_failed_create_leaves_nothing_and_a_successful_one_is_numbered_counted_and_reported_once(company):
    company.new_legacy(email="taken@acme.example")
    after = latest(company)
    acts = []
    for number in range(MANY):
        acts.append(creating(company, f"api{number}@acme.example", "api"))
        acts.append(creating(company, f"v1{number}@acme.example", "v1"))
        if number % 3 == 0:
            acts.append(creating(company, "taken@acme.example", "api"))
    with ThreadPoolExecutor(len(acts)) as pool:
        answers = [each.result() for each in [pool.submit(act) for act in acts]]
    refused = [answer for answer in answers if answer.status_code == 422]
    assert len(refused) == MANY // 3
    made = [answer.json()["data"] for answer in answers if answer.is_success]
    assert len(made) == 2 * MANY
    ids = sorted(each["id"] if isinstance(each["id"], int) else HASHIDS.decode(each["id"])[0] for each in made)
    listed = company.v1.get("/clients?per_page=100").json()
    assert listed["meta"]["pagination"]["total"] == 2 * MANY + 1
    numbers = sorted(each["number"] for each in listed["data"])
    assert numbers == [f"{number:04}" for number in range(1, 2 * MANY + 2)]
    assert sorted(all_changes_after(company, "api", after, 100)) == [("created", each) for each in ids]
