"""Numbers, and what concurrent twins may not break."""

from concurrent.futures import ThreadPoolExecutor

import pytest


def together(count, work):
    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(work, range(count)))


def test_numbers_count_up_skip_what_is_taken_and_never_come_again(company):
    assert company.new_v1()["number"] == "0001"
    assert company.new_v1(number="0003")["number"] == "0003"
    second = company.new_v1(number="")
    assert second["number"] == "0002"
    company.v1.post(f"/clients/{second['id']}/purge", headers=company.with_password)
    fourth = company.new_v1()
    assert fourth["number"] == "0004"
    company.v1.put(f"/clients/{fourth['id']}", json={"number": "0005"})
    assert company.v1.put(f"/clients/{fourth['id']}", json={"number": "own"}).json()["data"]["number"] == "own"
    assert company.v1.put(f"/clients/{fourth['id']}", json={"number": ""}).json()["data"]["number"] == "own"
    assert company.new_legacy()["id"] > 0
    assert company.v1.get("/clients?sort=id|desc").json()["data"][0]["number"] == "0006"


@pytest.mark.parametrize("key", ["number", "id_number"])
def test_a_number_in_use_is_taken(company, key):
    company.new_v1(**{key: "X"})
    other = company.new_v1()
    for answer in (
        company.v1.post("/clients", json={key: "X"}),
        company.v1.put(f"/clients/{other['id']}", json={key: "X", "name": "half"}),
    ):
        assert answer.status_code == 422
        assert answer.json()["errors"] == {key: [f"The {key.replace('_', ' ')} has already been taken."]}
    assert company.v1_view(other["id"])["name"] == ""


def test_twins_get_different_numbers(company):
    made = together(12, lambda n: company.v1.post("/clients", json={"name": f"Twin {n}"}).json()["data"])
    assert sorted(client["number"] for client in made) == [f"{n:04d}" for n in range(1, 13)]


def test_of_twins_with_one_email_one_is_made(company):
    body = {"first_name": "A", "last_name": "B", "email": "twin@x.example"}
    statuses = together(8, lambda _n: company.api.post("/clients", json=body).status_code)
    assert sorted(statuses) == [201] + [422] * 7
    assert company.api.get("/clients").json()["meta"]["total"] == 1


def test_of_twins_with_one_explicit_number_one_is_made(company):
    statuses = together(8, lambda _n: company.v1.post("/clients", json={"number": "N-1"}).status_code)
    assert sorted(statuses) == [200] + [422] * 7


def test_whatever_meets_on_two_clients_ends_in_some_order(company):
    a, b = company.new_v1(name="A")["id"], company.new_v1(name="B")["id"]
    password = company.with_password
    acts = [
        lambda: company.v1.post(f"/clients/{a}/{b}/merge", headers=password),
        lambda: company.v1.post(f"/clients/{b}/{a}/merge", headers=password),
        lambda: company.v1.put(f"/clients/{a}", json={"name": "C", "contacts": [{"email": "c@x.example"}]}),
        lambda: company.v1.put(f"/clients/{b}", json={"private_notes": "n", "number": "N"}),
        lambda: company.v1.put(f"/clients/{a}/upload", files={"file": ("a", b"b")}),
        lambda: company.v1.delete(f"/clients/{b}"),
        lambda: company.v1.post("/clients/bulk", json={"action": "restore", "ids": [a, b]}),
        lambda: company.v1.post("/clients/bulk", json={"action": "archive", "ids": [b, a]}),
    ]
    answers = together(len(acts), lambda n: acts[n]())
    assert {answer.status_code for answer in answers} <= {200, 400, 404}, [answer.text for answer in answers]
    left = company.v1.get("/clients?status=active,archived,deleted").json()
    assert left["meta"]["pagination"]["total"] == len(left["data"])
    assert 1 <= len(left["data"]) <= 2
    for client in left["data"]:
        assert [contact["is_primary"] for contact in client["contacts"]].count(True) == 1
