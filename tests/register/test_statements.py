"""The number of statements of a write, including those for its key, so that writes do not become more expensive."""

import os
from collections.abc import Callable

import pytest

from tests.drivers import Company, new_company
from tests.register.arranging import bulk, number_of, upload
from tests.register.statements import Statements, watching
from tests.server import serving_requests_only

Act = Callable[[], object]
Arrange = Callable[[Company], Act]


@pytest.fixture(scope="module")
def watched(engine, new_register, tmp_path_factory):
    """A company on a separate server, and a record of its statements."""
    url = new_register(engine)
    with watching(url) as seen:
        folder = tmp_path_factory.mktemp(f"statements-{engine}")
        with serving_requests_only(url, folder) as server:
            company = new_company(server)
            yield company, seen
            company.close()


def create_in_api(company: Company) -> Act:
    return company.new_legacy


def create_in_v1(company: Company) -> Act:
    return lambda: company.new_v1(name="Acme", contacts=[{"first_name": "Jane", "email": "j@x.example"}])


def create_with_a_number(company: Company) -> Act:
    group = company.v1.post("/group_settings", json={"name": os.urandom(4).hex()}).json()["data"]
    given = {"number": os.urandom(4).hex(), "id_number": os.urandom(4).hex(), "group_settings_id": group["id"]}
    return lambda: company.new_v1(name="Acme", **given)


def _v1(company: Company) -> tuple[dict, str]:
    made = company.new_v1(name="Acme", contacts=[{"first_name": "Jane", "email": "j@x.example"}])
    return made, f"/clients/{made['id']}"


def update_in_v1(company: Company) -> Act:
    _, path = _v1(company)
    return lambda: company.v1.put(path, json={"name": "Other", "phone": "1"})


def update_of_a_version(company: Company) -> Act:
    _, path = _v1(company)
    tag = company.v1.get(path).headers["etag"]
    return lambda: company.v1.put(path, json={"name": "Other"}, headers={"If-Match": tag})


def update_of_contacts(company: Company) -> Act:
    made, path = _v1(company)
    contacts = [made["contacts"][0] | {"first_name": "Joan"}, {"first_name": "Joe", "email": "joe@x.example"}]
    return lambda: company.v1.put(path, json={"contacts": contacts})


def update_of_nothing(company: Company) -> Act:
    _, path = _v1(company)
    return lambda: company.v1.put(path, json={"name": "Acme"})


def update_in_api(company: Company) -> Act:
    made = company.new_legacy()
    return lambda: company.api.patch(
        f"/clients/{made['id']}", json={"client_company_name": "Acme", "client_description": "new"}
    )


def set_tags(company: Company) -> Act:
    made = company.new_legacy()
    return lambda: company.api.put(f"/clients/{made['id']}/tags", json={"tags": ["a", "b"]})


def set_status(company: Company) -> Act:
    made = company.new_legacy()
    return lambda: company.api.put(f"/clients/{made['id']}/status", json={"status": "suspended"})


def set_owner(company: Company) -> Act:
    made = company.new_v1(contacts=[{"email": "a@x.example"}, {"email": "b@x.example"}])
    body = {"owner": number_of(made["contacts"][1])}
    return lambda: company.api.put(f"/clients/{number_of(made)}/owner", json=body)


def soft_delete(company: Company) -> Act:
    _, path = _v1(company)
    return lambda: company.v1.delete(path)


def erase(company: Company) -> Act:
    made = company.new_legacy()
    return lambda: company.api.delete(f"/clients/{made['id']}")


def purge(company: Company) -> Act:
    _, path = _v1(company)
    return lambda: company.v1.post(f"{path}/purge", headers=company.with_password)


def merge(company: Company) -> Act:
    (_, path), (other, _) = _v1(company), _v1(company)
    upload(company, other["id"], ("a.txt", b"a"))
    return lambda: company.v1.post(f"{path}/{other['id']}/merge", headers=company.with_password)


def archive_ten(company: Company) -> Act:
    ids = [company.new_v1()["id"] for _ in range(10)]
    return lambda: bulk(company, "archive", *ids)


def attach(company: Company) -> Act:
    made, _ = _v1(company)
    return lambda: upload(company, made["id"], ("a.txt", b"a"))


def change_a_contact(company: Company) -> Act:
    made = company.new_legacy()
    body = {"first_name": "Joan", "last_name": "Doe", "email": f"{os.urandom(4).hex()}@x.example"}
    return lambda: company.api.patch(f"/contacts/{made['owner']['id']}", json=body)


def make_a_token(company: Company) -> Act:
    made, _ = _v1(company)
    return lambda: company.v1.post("/client_gateway_tokens", json={"client_id": made["id"], "token": "t"})


def migrate_ten(company: Company) -> Act:
    group = company.v1.post("/group_settings", json={"name": os.urandom(4).hex()}).json()["data"]
    other = company.v1.post("/group_settings", json={"name": os.urandom(4).hex()}).json()["data"]
    for _ in range(10):
        company.new_v1(group_settings_id=group["id"])
    body = {"category_id": number_of(other)}
    return lambda: company.api.put(f"/categories/{number_of(group)}/migrate", json=body)


# The maximum for each write, on SQLite and on PostgreSQL; one looks up the key. One adds the change to the change log,
# and one updates the counts: for each client on SQLite, for all at the end of the transaction on PostgreSQL.
EXPECTED: dict[Arrange, tuple[int, int]] = {
    create_in_api: (18, 18),  # PostgreSQL is asked for the id, so that the client need not be waited for
    create_in_v1: (15, 15),
    create_with_a_number: (15, 15),
    update_in_v1: (11, 10),
    update_of_a_version: (10, 10),
    update_of_contacts: (13, 12),
    update_of_nothing: (2, 3),
    update_in_api: (12, 11),
    set_tags: (10, 11),
    set_status: (9, 10),
    set_owner: (13, 12),
    soft_delete: (13, 12),
    erase: (22, 14),
    purge: (24, 16),
    merge: (32, 23),  # one of them moves the notes
    archive_ten: (83, 65),  # of each, who wants to hear of it, with which nothing is waited for
    attach: (11, 12),
    change_a_contact: (19, 18),
    make_a_token: (10, 11),
    migrate_ten: (13, 14),
}


@pytest.mark.engines("sqlite", "postgresql")
@pytest.mark.parametrize("arrange", EXPECTED, ids=lambda arrange: arrange.__name__)
def test_a_write_takes_the_expected_statements(watched, engine, arrange):
    company, seen = watched
    taken = statements_of(arrange(company), seen)
    assert len(taken) == EXPECTED[arrange][engine == "postgresql"], "\n".join(taken)


def statements_of(act: Act, seen: Statements) -> list[str]:
    """Return the statements that an act causes."""
    seen.taken()
    answer = act()
    assert getattr(answer, "status_code", 200) < 300
    return seen.taken()
