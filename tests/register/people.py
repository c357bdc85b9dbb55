"""Contacts of clients in the tests: created in /api, and as either dialect shows them."""

from tests.drivers import HASHIDS


def new(company, client, **body):
    """Create a contact of a client, and return it as /api shows it."""
    given = {"first_name": "Ann", "last_name": "Lee", "email": f"ann{id(body)}@x.example", "clientid": client} | body
    answer = company.api.post("/contacts", json=given)
    assert answer.status_code == 201, answer.text
    return answer.json()["data"]


def found(company, query=""):
    """Return the first names of the contacts that /api lists."""
    answer = company.api.get(f"/contacts{query}").json()
    assert answer["meta"]["total"] >= len(answer["data"])
    return [each["first_name"] for each in answer["data"]]


def v1_contacts(company, client):
    """Return the contacts of a client as /api/v1 shows them, by the client's id in /api."""
    return company.v1_view(HASHIDS.encode(client))["contacts"]
