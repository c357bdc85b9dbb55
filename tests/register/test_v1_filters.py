"""Filters and sort columns of /api/v1 that only the vendor's reference has."""

from urllib.parse import quote

import pytest

from tests.register.arranging import number_of

VALUES = {
    "country_id": ("840", "8"),
    "industry_id": ("1", "11"),
    "size_id": ("2", "22"),
    "vat_number": ("GB1", "GB12"),
    "phone": ("+44 1", "+44 12"),
    **{f"custom_value{n}": (f"red {n}", f"red {n}0") for n in range(1, 5)},
}
NOTHING = [
    *("country_id=9999", "country_id=99999999999999999999", "country_id=-1", "industry_id=99999999999999999999"),
    *("vat_number=GB", "vat_number=gb1", "phone=44", "custom_value1=red", "custom_value1=r", "custom_value2=red%201"),
    *("group=nonsense", "group_settings_id=nonsense", "assigned_user_id=nonsense", "vat_number=%20"),
]


@pytest.fixture(scope="module")
def two(server):
    """A company of two clients that differ in every value, and a third that has none of them."""
    from tests.drivers import new_company

    made = new_company(server)
    made.one, made.other = (made.new_v1(**{name: each[n] for name, each in VALUES.items()}) for n in (0, 1))
    made.bare = made.new_v1()
    yield made
    made.close()


def listed(company, query, path="/clients"):
    answer = company.v1.get(f"{path}?{query}")
    assert answer.status_code == 200, answer.text
    assert "x-ignored-query" not in answer.headers
    assert answer.json()["meta"]["pagination"]["total"] == len(answer.json()["data"])
    return [each["id"] for each in answer.json()["data"]]


@pytest.mark.parametrize("name", VALUES)
def test_a_filter_finds_exactly_the_clients_with_that_value(two, name):
    one, other = (quote(value) for value in VALUES[name])
    assert (listed(two, f"{name}={one}"), listed(two, f"{name}={other}")) == ([two.one["id"]], [two.other["id"]])
    assert listed(two, f"{name}={one}&filter={quote('red 1')}") == [two.one["id"]]


@pytest.mark.parametrize("query", NOTHING)
def test_a_filter_that_matches_nothing_is_an_empty_list(two, query):
    assert listed(two, query) == []


@pytest.mark.parametrize("code", ["US", "usa", "0840"])
def test_a_country_is_found_by_its_letters_too(two, code):
    assert listed(two, f"country_id={code}") == [two.one["id"]]


@pytest.mark.parametrize("name", ["country_id", "industry_id", "size_id", "with_trashed", "without_deleted_clients"])
def test_a_value_of_another_type_is_refused(two, name):
    answer = two.v1.get(f"/clients?{name}=perhaps")
    assert (answer.status_code, list(answer.json()["errors"])) == (422, [name])


@pytest.mark.parametrize("name", ["group", "group_settings_id"])
def test_the_group_filter_finds_its_clients_but_not_those_of_the_default_category(company, hashed, name):
    group = company.v1.post("/group_settings", json={"name": "Trade"}).json()["data"]["id"]
    inside, outside = company.new_v1(group_settings_id=group), company.new_v1()
    default = company.legacy_view(number_of(outside))["category"]["id"]
    assert listed(company, f"{name}={group}") == [inside["id"]]
    assert listed(company, f"{name}={hashed.encode(default)}") == []


def test_clients_are_found_by_their_assigned_user(company):
    user = company.new_v1()["user_id"]
    mine = company.new_v1(assigned_user_id=user)
    assert listed(company, f"assigned_user_id={user}") == [mine["id"]]


@pytest.mark.parametrize(
    ("levels", "order"),
    [
        ("sort=city|asc,name|desc", "cbad"),
        ("sort[]=city|desc&sort[]=name|asc", "dabc"),
        ("sort[0]=city|desc&sort[1]=name|desc", "dbac"),
        ("sort=city|asc&sort=name|asc", "cabd"),
        ("sort=city&sort[]=id|desc&sort[]=name|asc", "cbad"),
        ("sort=city|asc,city|desc,name", "cabd"),
    ],
)
def test_several_sort_columns_apply_one_after_another(company, levels, order):
    ids = {company.new_v1(name=name, city=city)["id"]: name for name, city in zip("abcd", "2213", strict=True)}
    assert "".join(ids[each] for each in listed(company, levels)) == order


def test_an_unknown_sort_column_is_refused(company):
    for query in ("sort=name,foo|asc", "sort[]=name&sort[]=foo", "sort=name|up,id"):
        answer = company.v1.get(f"/clients?{query}")
        assert (answer.status_code, list(answer.json()["errors"])) == (422, ["sort"])


def test_pages_sorted_by_several_columns_show_every_client_once(company):
    made = {company.new_v1(city="Same")["id"] for _ in range(5)}
    page = company.v1.get("/clients?sort[]=city|asc&sort[]=state|desc&per_page=2").json()
    seen = [each["id"] for each in page["data"]]
    while "next" in page["meta"]["pagination"]["links"]:
        page = company.v1.get(page["meta"]["pagination"]["links"]["next"]).json()
        seen += [each["id"] for each in page["data"]]
    assert (len(seen), set(seen)) == (5, made)


def test_numbers_sort_by_value_and_those_with_other_characters_come_last(company):
    numbers = ["10", "9", "0011", "x-2", "7" * 200, "0", "A-1", "8" * 200]
    ids = {company.new_v1(number=number)["id"]: number for number in numbers}
    ordered = ["0", "9", "10", "0011", "7" * 200, "8" * 200, "A-1", "x-2"]
    assert [ids[each] for each in listed(company, "sort=number|asc")] == ordered
    assert [ids[each] for each in listed(company, "sort=number|desc")] == ordered[::-1]


@pytest.mark.parametrize("name", ["contacts", "contact_email"])
def test_clients_sort_by_the_email_of_their_primary_contact(company, name):
    people = [
        [{"email": "m@x.example"}],
        [{"email": "z@x.example"}, {"email": "B@x.example", "is_primary": True}],
        [],
        [{"email": "a@x.example"}],
    ]
    ids = [company.new_v1(contacts=each)["id"] for each in people]
    assert listed(company, f"sort={name}|asc") == [ids[2], ids[3], ids[1], ids[0]]
    assert listed(company, f"sort={name}|desc") == [ids[0], ids[1], ids[3], ids[2]]


ALL, LIVE, ACTIVE, DELETED = "abc", "ab", "a", "c"


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", LIVE),
        ("with_trashed=true", ALL),
        ("with_trashed=false", LIVE),
        ("with_trashed=true&status=active", ACTIVE),
        ("status=active&with_trashed=true", ACTIVE),
        ("with_trashed=true&is_deleted=true", DELETED),
        ("with_trashed=true&filter=x", ALL),
        ("filter_deleted_clients=true", LIVE),
        ("without_deleted_clients=true", LIVE),
        ("without_deleted_clients=false&with_trashed=1", ALL),
        ("with_trashed=true&without_deleted_clients=true", LIVE),
        ("is_deleted=true&filter_deleted_clients=true", ""),
        ("status[]=active&status[]=deleted", "ac"),
    ],
)
def test_deleted_clients_are_listed_on_request(company, query, found):
    ids = {company.new_v1(name=f"x {name}")["id"]: name for name in ALL}
    archived, deleted = list(ids)[1:]
    company.v1.post("/clients/bulk", json={"action": "archive", "ids": [archived]})
    company.v1.post("/clients/bulk", json={"action": "delete", "ids": [deleted]})
    assert "".join(ids[each] for each in listed(company, query)) == found


FILES = {"Größe 1.PDF": "public", "photo.JPG": "private", "notes.txt": "private", "size 2.pdf": "private"}


@pytest.fixture(scope="module")
def filed(server):
    """A company whose one client has documents of every class."""
    from tests.drivers import new_company

    made = new_company(server)
    made.one = made.new_v1()
    files = [("documents[]", (name, b"x")) for name in FILES]
    documents = made.v1.put(f"/clients/{made.one['id']}/upload", files=files).json()["data"]["documents"]
    made.named = {each["id"]: each["name"] for each in documents}
    for each in documents:
        made.v1.put(f"/documents/{each['id']}", json={"is_public": FILES[each["name"]] == "public"})
    yield made
    made.close()


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("type=public", [0]),
        ("type=private", [1, 2, 3]),
        ("type=pdf", [0, 3]),
        ("type=image", [1]),
        ("type=other", [2]),
        ("type=image,other", [1, 2]),
        ("type[]=image&type[]=pdf", [0, 1, 3]),
        ("type=public,%20txt", [0, 2]),
        ("type=docx", []),
        ("type=,", []),
        ("filter=GR%C3%96SSE", [0]),
        ("filter=pdf%201", [0]),
        ("filter=2%20size", [3]),
        ("filter=%25", []),
    ],
)
def test_documents_are_found_by_class_and_by_words_in_their_name(filed, query, found):
    for path in ("/documents", f"/clients/{filed.one['id']}/documents"):
        assert [list(FILES).index(filed.named[each]) for each in listed(filed, query, path)] == found


def test_a_renamed_document_is_found_by_its_new_name(company):
    client = company.new_v1()
    upload = company.v1.put(f"/clients/{client['id']}/upload", files={"file": ("old.txt", b"x")}).json()["data"]
    (document,) = upload["documents"]
    company.v1.put(f"/documents/{document['id']}", json={"name": "New.txt"})
    assert listed(company, "filter=new", "/documents") == [document["id"]]
    assert listed(company, "filter=old", "/documents") == []
    assert listed(company, f"client_id={client['id']}", "/documents") == [document["id"]]


def test_groups_are_found_by_name_and_deleted_ones_on_request(company):
    big, small, gone = (
        company.v1.post("/group_settings", json={"name": name}).json()["data"]["id"]
        for name in ("Big Trade", "Small trade", "Gone trade")
    )
    company.v1.delete(f"/group_settings/{gone}")
    path = "/group_settings"
    assert listed(company, "name=g%20tr", path) == listed(company, "filter=trade%20big", path) == [big]
    assert listed(company, "filter=trade", path) == listed(company, "name=TRADE", path) == [big, small]
    assert listed(company, "name=trade&with_trashed=true", path) == [big, small, gone]
