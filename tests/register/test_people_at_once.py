"""Contacts that are written at the same time: an email belongs to one of them, and a client keeps one owner."""

from tests.register.arranging import together
from tests.register.people import new, v1_contacts


def test_concurrent_creates_cannot_use_the_same_email(company):
    client = company.new_legacy()["id"]
    body = {"first_name": "A", "last_name": "B", "email": "twin@x.example"}

    def contact():
        return company.api.post("/contacts", json=body | {"clientid": client}).status_code

    def owner():
        return company.api.post("/clients", json=body).status_code

    assert sorted(together([contact, owner, contact, owner])) == [201, 422, 422, 422]


def test_concurrent_changes_leave_a_client_with_one_owner(company):
    client = company.new_legacy()
    people = [client["owner"]["id"], *(new(company, client["id"], email=f"p{n}@x.example")["id"] for n in range(3))]
    acts = [lambda each=each: company.api.put(f"/contacts/{each}/account-owner").status_code for each in people[1:]]
    acts += [lambda each=each: company.api.delete(f"/contacts/{each}").status_code for each in people]
    assert set(together(acts)) <= {200, 404, 409}
    left = v1_contacts(company, client["id"])
    assert [each["is_primary"] for each in left].count(True) == 1
