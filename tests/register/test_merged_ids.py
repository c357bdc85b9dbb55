"""The id of a merged client leads to its survivor."""

from tests.drivers import HASHIDS, Company
from tests.register.test_key_scopes import key_of


def test_the_id_of_a_merged_client_leads_to_its_survivor(company):
    first, second, third = (company.new_v1(name=name)["id"] for name in ("One", "Two", "Three"))
    for receiver, other in ((second, first), (third, second)):
        company.v1.post(f"/clients/{receiver}/{other}/merge", headers=company.with_password)
    newer = Company(company.server, key_of(company, edition="2026"), company.name)
    for path in (first, second, f"{first}/edit"):
        answer = newer.v1.get(f"/clients/{path}")
        assert answer.status_code == 404
        assert answer.json() == {
            "message": f"Record not found: it was merged into {third}",
            "errors": {},
            "merged_into": third,
        }
        assert answer.headers["link"] == f'</api/v1/clients/{third}>; rel="canonical"'
    answer = company.v1.put(f"/clients/{first}", json={"name": "x"})
    assert (answer.status_code, set(answer.json())) == (404, {"message", "errors"})
    assert third in answer.json()["message"]
    assert "link" not in answer.headers
    numbers = [HASHIDS.decode(each)[0] for each in (first, third)]
    answer = newer.api.get(f"/clients/{numbers[0]}")
    assert answer.json() == {
        "message": f"Client not found. It was merged into client {numbers[1]}.",
        "merged_into": numbers[1],
    }
    assert answer.headers["link"] == f'</api/clients/{numbers[1]}>; rel="canonical"'
    assert company.api.delete(f"/clients/{numbers[0]}").json().keys() == {"message"}
    newer.close()


def test_a_deleted_or_purged_survivor_is_not_named(company):
    first, second = (company.new_v1(name=name)["id"] for name in ("One", "Two"))
    company.v1.post(f"/clients/{second}/{first}/merge", headers=company.with_password)
    company.v1.delete(f"/clients/{second}")
    assert company.api.get(f"/clients/{HASHIDS.decode(first)[0]}").json() == {"message": "Client not found."}
    assert second in company.v1.get(f"/clients/{first}").json()["message"]
    company.v1.post(f"/clients/{second}/purge", headers=company.with_password)
    assert company.v1.get(f"/clients/{first}").json()["message"] == "Record not found"
