"""Query parameters of both lists: filters, sorts, pages, and what is refused or ignored."""

from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest

from core.access import companies
from core.clients import clients
from dialects.v1.clients import client_fields
from schemas.types import MONEY_SCALE, HashedId
from tests.drivers import HASHIDS, new_company
from tests.register.arranging import number_of

V1_COLUMNS = [row.sort for row in client_fields(HashedId(HASHIDS), "https://gateway.example").fields() if row.sort]


@pytest.fixture(scope="module")
def three(server, hashed):
    """A company of three clients that differ in every filter and sort column."""
    company = new_company(server)
    rows = [
        {"name": "Acme", "id_number": "A-1", "custom_value1": "red"},
        {"name": "beta 100%", "id_number": "B_1", "custom_value4": "blue"},
        {"name": "Gamma", "number": "X-9"},
    ]
    people = [
        {"first_name": "Jane", "email": "j@a.example"},
        {"last_name": "Doe", "email": "d@b.example"},
        {"first_name": "Zoë", "email": "z@c.example"},
    ]
    made = [company.new_v1(**row, contacts=[person]) for row, person in zip(rows, people, strict=True)]

    def balances(connection):
        company_id = companies.find(connection, company.name)
        for client, balance in zip(made, (5, 10, 20.5), strict=True):
            clients.set_balance(
                connection, company_id, hashed.decode(client["id"])[0], balance=int(balance * MONEY_SCALE)
            )

    server.database.write_now(balances)
    yield company
    company.close()


def names(answer):
    assert answer.status_code == 200, answer.text
    return [client.get("name", client.get("company_name")) for client in answer.json()["data"]]


A, B, G = "Acme", "beta 100%", "Gamma"


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("balance=lt:10", [A]),
        ("balance=lte:10", [A, B]),
        ("balance=gt:10", [G]),
        ("balance=gte:10", [B, G]),
        ("balance=eq:20.5", [G]),
        ("balance=10:lt", [A]),
        ("balance=10", [B]),
        ("between_balance=10:20.5", [B, G]),
        ("between_balance=20.5:10", [B, G]),
        ("email=d@b.example", [B]),
        ("email=d@b.exampl", []),
        ("filter=ACM", [A]),
        ("filter=A-1", [A]),
        ("filter=red", [A]),
        ("filter=blue", [B]),
        ("filter=jan", [A]),
        ("filter=doe", [B]),
        ("filter=@c.example", [G]),
        ("filter=X-9", [G]),
        ("filter=100%25", [B]),
        ("filter=0%25%25", []),
        ("filter=B_1", [B]),
        ("filter=A_1", []),
        ("id_number=A-1", [A]),
        ("id_number=A-", []),
        ("name=amm", [G]),
        ("name=%25", [B]),
        ("number=X-9", [G]),
        ("number=X", []),
        ("client_id=nonsense", []),
        ("created_at=1", [A, B, G]),
        ("updated_at=2020-01-01", [A, B, G]),
        ("is_deleted=false", [A, B, G]),
        ("is_deleted=true", []),
        ("status=active", [A, B, G]),
        ("status=archived,deleted", []),
        ("sort=name|DESC", [G, B, A]),
        ("sort=name|asc", [A, B, G]),
        ("sort=name", [A, B, G]),
        ("sort=balance|desc&per_page=2", [G, B]),
        ("sort=id|DESC&per_page=2&page=2", [A]),
        ("include=contacts,documents,gateway_tokens", [A, B, G]),
        ("name=a&filter=doe&balance=gt:1", [B]),
        ("per_page=&page=&name=", [A, B, G]),
    ],
)
def test_v1_filters_find_and_sort_these_clients(three, query, found):
    assert names(three.v1.get(f"/clients?{query}")) == found


def test_api_finds_by_tag_and_by_client_id(company):
    one, other = company.new_legacy(tags=["priority", "a b"]), company.new_legacy(tags=["prio"])

    def found(query):
        answer = company.api.get(f"/clients?{query}")
        assert "x-ignored-query" not in answer.headers
        return [client["id"] for client in answer.json()["data"]]

    assert [found(f"tag={each}") for each in ("priority", "a%20b", "prio")] == [[one["id"]], [one["id"]], [other["id"]]]
    assert found("tag=pri") == found(f"tag=prio&client_id={one['id']}") == []
    assert [found(f"client_id={each}") for each in (one["id"], 10**30)] == [[one["id"]], []]


def test_api_shows_null_for_a_client_without_any_name(company):
    made = company.new_v1()
    assert company.legacy_view(number_of(made))["company_name"] is None
    assert company.api.get("/clients?search=none").json()["data"] == []


def test_v1_finds_by_client_id(three):
    wanted = three.v1.get("/clients").json()["data"][1]
    assert names(three.v1.get("/clients", params={"client_id": wanted["id"]})) == [B]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", [G, B, A]),
        ("search=A", [G, B, A]),
        ("search=acm", [A]),
        ("search=%25", [B]),
        ("status=active", [G, B, A]),
        ("status=suspended", []),
        ("sort=client_company_name&order=asc", [A, B, G]),
        ("sort=client_company_name", [G, B, A]),
        ("sort=client_created&order=asc", [A, B, G]),
        ("sort=client_updated&order=desc", None),
        ("sort=client_status&order=asc", [A, B, G]),
        ("limit=2", [G, B]),
        ("limit=2&page=2", [A]),
        ("limit=2&page=3", []),
    ],
)
def test_api_filters_find_and_sort_these_clients(three, query, found):
    seen = names(three.api.get(f"/clients?{query}"))
    assert seen == found if found is not None else set(seen) == {A, B, G}


@pytest.mark.parametrize(
    ("query", "key"),
    [("page=0", "page"), ("page=x", "page"), ("limit=abc", "limit"), ("limit=0", "limit"), ("status=foo", "status"),
     ("sort=name", "sort"), ("order=up", "order"), ("category_id=x", "category_id"), ("search=%00", "search")],
)  # fmt: skip
def test_api_refuses_invalid_list_parameters(shared, query, key):
    answer = shared.api.get(f"/clients?{query}")
    assert (answer.status_code, list(answer.json()["errors"])) == (422, [key])


@pytest.mark.parametrize(
    ("query", "key"),
    [("page=0", "page"), ("per_page=x", "per_page"), ("per_page=0", "per_page"), ("balance=xx:1", "balance"),
     ("balance=lt:x", "balance"), ("between_balance=1", "between_balance"), ("created_at=soon", "created_at"),
     ("is_deleted=perhaps", "is_deleted"), ("status=foo", "status"), ("sort=foo|ASC", "sort"),
     ("sort=name|up", "sort"), ("name=%00", "name")],
)  # fmt: skip
def test_v1_refuses_invalid_list_parameters(shared, query, key):
    answer = shared.v1.get(f"/clients?{query}")
    assert (answer.status_code, list(answer.json()["errors"])) == (422, [key])


def test_v1_refuses_an_unknown_include(company):
    answer = company.v1.get("/clients?include=contacts,x")
    assert (answer.status_code, answer.json()) == (
        400,
        {"message": "Relation `x` is not a valid include.", "errors": {}},
    )


def test_limits_are_capped_and_have_defaults(company):
    assert company.api.get("/clients?limit=1000").json()["meta"]["per_page"] == 100
    assert company.api.get("/clients").json()["meta"]["per_page"] == 25
    assert company.v1.get("/clients?per_page=6000").json()["meta"]["pagination"]["per_page"] == 5000
    assert company.v1.get("/clients").json()["meta"]["pagination"]["per_page"] == 20


def test_page_links_of_v1_keep_the_other_parameters(company):
    # Without the sort B would be second, without the filter X would be, and without the size there would be no page 2.
    for name in ("Keep B", "Leave X", "Keep C", "Keep A"):
        company.new_v1(name=name)
    asked = {"per_page": "1", "sort": "name|DESC", "name": "keep"}
    walked, url = [], "/clients?" + urlencode(asked)
    while url:
        page = company.v1.get(url).json()
        pagination = page["meta"]["pagination"]
        walked += [client["name"] for client in page["data"]]
        for link in pagination["links"].values():
            assert {**dict(parse_qsl(urlsplit(link).query)), "page": None} == {**asked, "page": None}
        url = pagination["links"].get("next")
    assert walked == ["Keep C", "Keep B", "Keep A"]
    assert company.v1.get(pagination["links"]["previous"]).json()["data"][0]["name"] == "Keep B"


def test_an_unknown_parameter_is_reported_and_refused_only_on_request(company):
    ignored = company.v1.get("/clients?foo=1&bar=2")
    assert (ignored.status_code, ignored.headers["x-ignored-query"]) == (200, "foo, bar")
    strict = company.v1.get("/clients?foo=1", headers={"Prefer": "handling=strict"})
    assert (strict.status_code, list(strict.json()["errors"])) == (422, ["foo"])


def test_preferences_may_be_in_several_lines(company):
    lines = [("Prefer", "respond-async"), ("Prefer", "handling=strict")]  # RFC 7240, section 2
    assert company.v1.get("/clients?foo=1", headers=lines).status_code == 422
    assert company.api.get("/clients?foo=1", headers=lines[::-1]).status_code == 422


@pytest.fixture(scope="module")
def alike(server):
    """A company of five equal clients, and their ids in ascending order."""
    company = new_company(server)
    same = {"name": "Same", "vat_number": "V", "country_id": "276", "size_id": "1"}
    made = [company.new_v1(**same)["id"] for _ in range(5)]
    company.v1.put(f"/clients/{made[2]}", json={"private_notes": "written last, which decides no other sort"})
    yield company, made
    company.close()


@pytest.mark.parametrize("column", V1_COLUMNS)
def test_v1_orders_ties_by_id_in_the_direction_of_the_sort(alike, column):
    company, made = alike
    found = {
        direction: [each["id"] for each in company.v1.get(f"/clients?sort={column}|{direction}").json()["data"]]
        for direction in ("asc", "desc")
    }
    assert found["desc"] == found["asc"][::-1]
    if column not in ("updated_at", "client_hash", "number"):
        assert found["asc"] == made


@pytest.mark.parametrize("column", ["client_company_name", "client_status"])
def test_api_orders_ties_by_id_in_the_direction_of_the_sort(company, column):
    made = [company.new_legacy(client_company_name="Same")["id"] for _ in range(5)]
    company.api.patch(f"/clients/{made[2]}", json={"client_company_name": "Same", "client_description": "last"})
    for order, wanted in (("asc", made), ("desc", made[::-1])):
        listed = company.api.get(f"/clients?sort={column}&order={order}").json()["data"]
        assert [each["id"] for each in listed] == wanted


@pytest.mark.parametrize("sort", ["name|ASC", "balance|DESC", "created_at|ASC", "country_id|DESC"])
def test_the_pages_of_a_list_show_every_client_once(company, sort):
    made = {company.new_v1(name="Same")["id"] for _ in range(7)}
    pages = [company.v1.get(f"/clients?per_page=2&sort={sort}&page={n}").json()["data"] for n in (1, 2, 3, 4)]
    seen = [client["id"] for page in pages for client in page]
    assert (len(seen), set(seen)) == (7, made)


@pytest.mark.parametrize(
    "path",
    [
        "/clients/9223372036854775807",
        "/clients/2147483648",
        "/clients?category_id=999999999999999999",
        "/clients?page=1000000000&limit=100",
        "/clients?search=" + "x" * 500,
    ],
)
def test_api_accepts_the_largest_values(company, path):
    company.new_legacy()
    assert company.api.get(path).status_code in (200, 404)


@pytest.mark.parametrize(
    "query",
    [
        "balance=lt:1000000000000",
        "between_balance=-1000000000000:1000000000000",
        "created_at=-99999999999999999",
        "created_at=0001-01-01",
        "client_id=jR",
        "page=1000000000&per_page=5000",
        "filter=" + "x" * 255,
        "number=" + "9" * 255,
    ],
)
def test_v1_accepts_the_largest_values(company, query):
    company.new_v1()
    assert company.v1.get(f"/clients?{query}").status_code == 200


def test_v1_accepts_the_largest_id(company, hashed):
    assert company.v1.get(f"/clients/{hashed.encode(2**63 - 1)}").status_code == 404
    assert company.v1.get("/clients", params={"client_id": hashed.encode(2**63 - 1)}).status_code == 200
