"""/api/v1/client_gateway_tokens: written by a billing system, shown in their client, at most one the default."""

import pytest

from dialects.v1.example_records import BLANK_GATEWAY_TOKEN, GATEWAY_TOKEN
from tests.documents.shapes import differences
from tests.drivers import HASHIDS
from tests.register.arranging import together
from tests.register.test_states import REFUSAL

PATH = "/client_gateway_tokens"
SENT = {
    "token": "tok_1",
    "gateway_customer_reference": "cus_1",
    "company_gateway_id": "stripe-eu",
    "gateway_type_id": "1",
    "is_default": True,
    "meta": {"brand": "visa", "expires": {"year": 2028}},
}


@pytest.fixture
def client(company):
    return company.new_v1(name="Acme")


def make(company, client, **body):
    answer = company.v1.post(PATH, json={"client_id": client["id"]} | body)
    assert answer.status_code == 200, answer.text
    return answer.json()["data"]


def defaults(company, client):
    return [each["token"] for each in company.v1_view(client["id"])["gateway_tokens"] if each["is_default"]]


def test_a_token_is_stored_as_sent_and_shown_in_its_client(company, client):
    version = company.v1.get(f"/clients/{client['id']}").headers["etag"]
    made = make(company, client, **SENT, id="x", created_at=1)
    assert differences(made, GATEWAY_TOKEN | {"meta": SENT["meta"]}) == []
    assert {key: made[key] for key in SENT} == SENT
    for path in (f"{PATH}/{made['id']}", f"{PATH}/{made['id']}/edit"):
        assert company.v1.get(path).json() == {"data": made}
    seen = company.v1.get(f"/clients/{client['id']}")
    assert seen.headers["etag"] != version
    assert seen.json()["data"]["gateway_tokens"] == [{key: made[key] for key in made if key != "client_id"}]


def test_a_form_body_means_the_same_as_json(company, client):
    form = {"client_id": client["id"], "token": "tok", "is_default": "on", "meta[brand]": "visa"}
    made = company.v1.post(PATH, data=form).json()["data"]
    assert (made["token"], made["is_default"], made["meta"]) == ("tok", True, {"brand": "visa"})


def test_only_the_client_is_required(company, client):
    for body in ({}, {"token": None, "meta": None}, {"meta": []}, {"token": "", "is_default": ""}):
        made = make(company, client, **body)
        assert (made["token"], made["is_default"], made["meta"]) == ("", False, {})


def test_an_update_changes_the_keys_sent_and_never_the_client(company, client):
    made, other = make(company, client, **SENT), company.new_v1()
    changed = company.v1.put(f"{PATH}/{made['id']}", json={"token": "tok_2", "client_id": other["id"]}).json()["data"]
    assert changed == made | {"token": "tok_2", "updated_at": changed["updated_at"]}
    version = company.v1.get(f"/clients/{client['id']}").headers["etag"]
    assert company.v1.put(f"{PATH}/{made['id']}", json=changed).json()["data"] == changed
    assert company.v1.get(f"/clients/{client['id']}").headers["etag"] == version


def test_a_new_default_token_replaces_the_previous_one(company, client):
    first, second = (make(company, client, token=each, is_default=True) for each in ("first", "second"))
    make(company, company.new_v1(), token="elsewhere", is_default=True)
    assert defaults(company, client) == ["second"]
    company.v1.put(f"{PATH}/{first['id']}", json={"is_default": True})
    assert defaults(company, client) == ["first"]
    company.v1.put(f"{PATH}/{first['id']}", json={"is_default": False})
    assert defaults(company, client) == []
    assert company.v1.get(f"{PATH}?is_default=true&client_id={client['id']}").json()["data"] == []
    assert second["client_id"] == client["id"]


def test_a_merge_keeps_the_receivers_default(company, client):
    other = company.new_v1()
    for whose, name in ((client, "kept"), (other, "moved")):
        make(company, whose, token=name, is_default=True)
    company.v1.post(f"/clients/{client['id']}/{other['id']}/merge", headers=company.with_password)
    assert defaults(company, client) == ["kept"]


def test_a_deleted_token_is_not_found(company, client):
    made = make(company, client, **SENT)
    assert company.v1.delete(f"{PATH}/{made['id']}").json() == {"data": {"message": "Success"}}
    assert company.v1_view(client["id"])["gateway_tokens"] == []
    for method in ("GET", "PUT", "DELETE"):
        assert company.v1.request(method, f"{PATH}/{made['id']}").status_code == 404


def test_a_blank_token_is_not_stored(company):
    blank = company.v1.get(f"{PATH}/create").json()["data"]
    assert blank == BLANK_GATEWAY_TOKEN
    assert company.v1.get(PATH).json()["data"] == []


WRONG = {
    "no client": ({"client_id": ""}, "client_id"),
    "an invalid client": ({"client_id": "nonsense"}, "client_id"),
    "an unknown client": ({"client_id": HASHIDS.encode(10**9)}, "client_id"),
    "a token too long": ({"token": "x" * 256}, "token"),
    "a type too long": ({"gateway_type_id": "x" * 21}, "gateway_type_id"),
    "no flag": ({"is_default": "perhaps"}, "is_default"),
    "no object": ({"meta": "x"}, "meta"),
    "too large an object": ({"meta": {"x": "y" * 70_000}}, "meta"),
    "what cannot be stored": ({"meta": {"x": "\0"}}, "meta"),
}


@pytest.mark.parametrize("case", WRONG)
def test_an_invalid_value_is_refused(shared, case):
    (body, key), client = WRONG[case], shared.new_v1()
    answer = shared.v1.post(PATH, json={"client_id": client["id"]} | body)
    assert (answer.status_code, list(answer.json()["errors"])) == (422, [key])
    assert shared.v1_view(client["id"])["gateway_tokens"] == []


def test_all_errors_are_reported_at_once(company):
    answer = company.v1.post(PATH, json={"client_id": HASHIDS.encode(10**9), "is_default": "perhaps"})
    assert set(answer.json()["errors"]) == {"client_id", "is_default"}


def test_the_tokens_of_a_deleted_client_are_hidden_with_it_and_cannot_be_changed(company, client):
    made = make(company, client, **SENT)
    company.v1.delete(f"/clients/{client['id']}")
    assert company.v1.get(PATH).json()["data"] == []
    assert company.v1.get(f"{PATH}/{made['id']}").json()["data"] == made
    for answer in (
        company.v1.post(PATH, json={"client_id": client["id"]}),
        company.v1.put(f"{PATH}/{made['id']}", json={"token": "x"}),
        company.v1.delete(f"{PATH}/{made['id']}"),
    ):
        assert (answer.status_code, answer.json()) == (400, {"message": REFUSAL, "errors": {}})


@pytest.fixture(scope="module")
def three(shared):
    """Three tokens of two clients."""
    first, second = shared.new_v1(), shared.new_v1()
    for name, whose, gateway in (("a", first, ""), ("b", first, "eu"), ("c", second, "eu")):
        make(shared, whose, token=name, company_gateway_id=gateway, is_default=name == "c")
    shared.found = first["id"]
    return shared


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", ["a", "b", "c"]),
        ("client_id={id}", ["a", "b"]),
        ("company_gateway_id=eu", ["b", "c"]),
        ("is_default=1", ["c"]),
        ("sort=company_gateway_id|desc&per_page=2", ["c", "b"]),
        ("updated_at=1&page=2&per_page=2", ["c"]),
    ],
)
def test_a_list_of_tokens_is_filtered_sorted_and_paged(three, query, found):
    answer = three.v1.get(f"{PATH}?{query.format(id=three.found)}").json()
    assert [each["token"] for each in answer["data"]] == found


def test_concurrent_changes_leave_one_default_token(company, client):
    bodies = [{"client_id": client["id"], "token": str(n), "is_default": True} for n in range(6)]
    answers = together([lambda body=body: company.v1.post(PATH, json=body) for body in bodies])
    assert {answer.status_code for answer in answers} == {200}
    assert len(company.v1_view(client["id"])["gateway_tokens"]) == 6
    assert len(defaults(company, client)) == 1


def test_a_token_sent_twice_under_one_idempotency_key_is_created_once(company, client):
    body, headers = {"client_id": client["id"], "token": "once"}, {"Idempotency-Key": "k-1"}
    first, again = (company.v1.post(PATH, json=body, headers=headers) for _ in range(2))
    assert (again.content, again.headers["idempotency-replayed"]) == (first.content, "true")
    assert len(company.v1_view(client["id"])["gateway_tokens"]) == 1
