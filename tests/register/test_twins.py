"""What concurrent twins may not break: one of several wins, and whatever meets on a client ends in some order."""

from tests.register.arranging import together


def test_of_twins_with_one_email_one_is_made(company):
    body = {"first_name": "A", "last_name": "B", "email": "twin@x.example"}
    statuses = together([lambda: company.api.post("/clients", json=body).status_code] * 8)
    assert sorted(statuses) == [201] + [422] * 7
    assert company.api.get("/clients").json()["meta"]["total"] == 1


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
    answers = together(acts)
    assert {answer.status_code for answer in answers} <= {200, 400, 404}, [answer.text for answer in answers]
    left = company.v1.get("/clients?status=active,archived,deleted").json()
    assert left["meta"]["pagination"]["total"] == len(left["data"])
    assert 1 <= len(left["data"]) <= 2
    for client in left["data"]:
        assert [contact["is_primary"] for contact in client["contacts"]].count(True) == 1
