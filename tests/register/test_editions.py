"""Editions of /api/v1: keys of 2026 see what the vendor's current client has; every key writes it, none loses it."""

import pytest

from core.access import keys, users
from dialects.v1.edition_examples import NEWER_CLIENT
from tests.drivers import Company
from tests.register.arranging import number_of, register, upload

NEWER = ["classification", "routing_id", "is_tax_exempt", "has_valid_vat_number", "tax_info", "e_invoice"]
NEWER += ["payment_balance", "locations"]
WRITTEN = {
    "classification": "government",
    "routing_id": "0204:991-1234512345-06",
    "is_tax_exempt": True,
    "has_valid_vat_number": True,
    "tax_info": {"state": {"rate": 7.5}},
    "e_invoice": {"Invoice": {"PaymentMeans": [{"Code": "58"}]}},
}
EMPTY = {
    **{"classification": "", "routing_id": "", "is_tax_exempt": False, "has_valid_vat_number": False},
    **{"tax_info": {}, "e_invoice": {}, "payment_balance": 0, "locations": []},
}
LOCATION = {
    **{"name": "Warehouse", "address1": "1 Dock Road", "address2": "Gate B", "city": "Hull", "state": "Yorks"},
    **{"postal_code": "HU1", "country_id": "826", "is_shipping_location": True},
    **{f"custom_value{n}": f"value {n}" for n in range(1, 5)},
}
OF_LOCATION = {
    *LOCATION,
    *("id", "user_id", "vendor_id", "client_id", "is_deleted", "updated_at", "archived_at", "created_at"),
}


@pytest.fixture
def newer(company):
    """The same company by a key of edition 2026."""

    def issue(connection, company_id):
        user_id = users.ensure_team_user(connection, company_id, "newer@acme.example", company.password)
        return keys.issue(connection, company_id, user_id, "newer", edition="2026")

    made = Company(company.server, register(company, issue), company.name)
    yield made
    made.close()


def test_keys_of_2026_see_the_example_of_the_openapi_file(newer):
    made = newer.new_v1(name="Acme", locations=[LOCATION], **WRITTEN)
    upload(newer, made["id"], ("a.txt", b"bytes"))
    shown = newer.v1_view(made["id"])
    for answered, example in (
        (shown, NEWER_CLIENT),
        (shown["documents"][0], NEWER_CLIENT["documents"][0]),
        (shown["locations"][0], NEWER_CLIENT["locations"][0]),
    ):
        assert set(answered) == set(example)
        assert kinds(answered) == kinds(example)


def kinds(shown):
    return {key: float if type(each) is int else type(each) for key, each in shown.items()}


def newer_part(client):
    return {key: client[key] for key in NEWER if key in client}


def path_of(client):
    return f"/clients/{client['id']}"


@pytest.mark.parametrize("writer", ["company", "newer"])
@pytest.mark.parametrize("verb", ["create", "update"])
def test_every_key_can_write_the_fields_shown_to_keys_of_2026(company, newer, writer, verb):
    by = {"company": company, "newer": newer}[writer]
    made = by.new_v1(name="Acme", **(WRITTEN if verb == "create" else {}))
    if verb == "update":
        made = by.v1.put(path_of(made), json=WRITTEN).json()["data"]
    expected = EMPTY | WRITTEN
    assert newer_part(made) == (expected if writer == "newer" else {})
    assert newer_part(newer.v1_view(made["id"])) == expected
    assert newer_part(company.v1_view(made["id"])) == {}


def test_the_default_edition_is_that_of_the_document_and_2026_only_adds_keys(company, newer):
    made = newer.new_v1(name="Acme", locations=[LOCATION], **WRITTEN)
    seed, full = company.v1_view(made["id"]), newer.v1_view(made["id"])
    assert full == made
    assert [key for key in full if key not in seed] == NEWER
    assert {key: full[key] for key in seed} == seed


READS = (
    "/clients",
    "/clients/{id}",
    "/clients/{id}/edit",
    "/clients/create",
    "/clients?filter=acme",
    "/clients?name=a",
)


@pytest.mark.parametrize("path", READS)
@pytest.mark.parametrize("include", ["", "activities,tags"])
def test_every_read_is_in_the_edition_of_the_key(company, newer, path, include):
    made = company.new_v1(name="Acme", classification="company")
    for by, shown in ((company, []), (newer, NEWER), (company, []), (newer, NEWER)):
        data = by.v1.get(path.format(**made), params={"include": include} if include else None).json()["data"]
        one = data[0] if isinstance(data, list) else data
        assert list(newer_part(one)) == shown


def test_every_write_answers_in_the_edition_of_the_key(company, newer):
    for by, shown in ((company, []), (newer, NEWER)):
        made, other = by.new_v1(name="Acme"), by.new_v1(name="Other")
        path = path_of(made)
        answers = [
            by.v1.put(path, json={"name": "Renamed"}),
            by.v1.put(path, json={"name": "Renamed"}),
            by.v1.put(f"{path}/upload", files={"file": ("a.txt", b"a")}),
            by.v1.post(f"{path}/{other['id']}/merge", headers=by.with_password),
            by.v1.post("/clients/bulk", json={"action": "archive", "ids": [made["id"]]}),
            by.v1.delete(path),
        ]
        for answer in answers:
            data = answer.json()["data"]
            assert list(newer_part(data[0] if isinstance(data, list) else data)) == shown


def test_fields_of_2026_survive_writes_of_other_editions_and_of_api(company, newer):
    made = newer.new_v1(name="Acme", locations=[LOCATION], **WRITTEN)
    before = newer_part(made)
    seen = company.v1_view(made["id"])
    assert company.v1.put(path_of(made), json={**seen, "name": "Renamed"}).status_code == 200
    assert company.api.put(f"/clients/{number_of(made)}/tags", json={"tags": ["vip"]}).status_code == 200
    assert company.api.put(f"/clients/{number_of(made)}/status", json={"status": "suspended"}).status_code == 200
    company.v1.post("/clients/bulk", json={"action": "archive", "ids": [made["id"]]})
    assert newer_part(newer.v1_view(made["id"])) == before


def test_writing_back_what_was_read_changes_nothing(newer):
    made = newer.new_v1(name="Acme", locations=[LOCATION, {"name": "Office"}], **WRITTEN)
    tag = newer.v1.get(path_of(made)).headers["etag"]
    answer = newer.v1.put(path_of(made), json=made)
    assert (answer.json()["data"], answer.headers["etag"]) == (made, tag)


def test_each_edition_has_its_own_etag_and_any_of_them_is_valid_for_a_write(company, newer):
    made = company.new_v1(name="Acme")
    tags = [by.v1.get(path_of(made)).headers["etag"] for by in (company, newer)]
    assert tags[0] != tags[1]
    for by, other in ((company, tags[1]), (newer, tags[0])):
        assert by.v1.get(path_of(made), headers={"If-None-Match": other}).status_code == 200
    assert newer.v1.get(path_of(made), headers={"If-None-Match": tags[1]}).status_code == 304
    assert company.v1.put(path_of(made), json={"name": "New"}, headers={"If-Match": tags[1]}).status_code == 200
    assert newer.v1.put(path_of(made), json={"name": "Newer"}, headers={"If-Match": tags[0]}).status_code == 412


def test_documents_inside_a_client_show_is_public_and_their_url(company, newer):
    made = company.new_v1()
    (document,) = upload(company, made["id"], ("a.txt", b"a")).json()["data"]["documents"]
    assert {"is_public", "link"} & set(document) == set()
    newer.v1.put(f"/documents/{document['id']}", json={"is_public": True})
    (shown,) = newer.v1_view(made["id"])["documents"]
    assert (shown["is_public"], shown["link"]) == (True, shown["url"])
    assert [key for key in shown if key not in document] == ["is_public", "link"]


def test_payment_balance_is_read_only(newer):
    made = newer.new_v1(payment_balance=100)
    assert made["payment_balance"] == 0


REFUSED = [
    ("classification", ["a"]),
    ("routing_id", "r" * 256),
    ("is_tax_exempt", "perhaps"),
    ("has_valid_vat_number", 2),
    ("tax_info", "text"),
    ("e_invoice", [1]),
    ("locations", "text"),
    ("locations", [1]),
    ("locations.0.id", [{"id": {}}]),
    ("locations.0.country_id", [{"country_id": "1"}]),
    ("locations.0.name", [{"name": "n" * 256}]),
]


@pytest.mark.parametrize(("key", "sent"), REFUSED)
def test_an_invalid_value_is_refused_under_its_key(company, key, sent):
    answer = company.v1.post("/clients", json={key.partition(".")[0]: sent})
    assert (answer.status_code, list(answer.json()["errors"])) == (422, [key])


@pytest.mark.parametrize("blank", [None, ""])
def test_blank_values_clear_what_was_set(newer, blank):
    made = newer.new_v1(**WRITTEN)
    emptied = newer.v1.put(path_of(made), json=dict.fromkeys(WRITTEN, blank)).json()["data"]
    assert newer_part(emptied) == EMPTY


# -- locations ---------------------------------------------------------------------------------------------------------


def test_a_location_has_every_key_of_the_vendors_reference(newer):
    made = newer.new_v1(locations=[LOCATION])
    (location,) = made["locations"]
    assert {key: location[key] for key in LOCATION} == LOCATION
    assert set(location) == OF_LOCATION
    assert (location["client_id"], location["vendor_id"], location["is_deleted"]) == (made["id"], "", False)
    assert location["created_at"] == location["updated_at"] > 0


def test_the_array_of_locations_updates_adds_and_removes_by_id(newer):
    made = newer.new_v1(locations=[LOCATION, {"name": "Office"}, {"name": "Shop"}])
    warehouse, office, _ = made["locations"]
    sent = [{"id": office["id"], "city": "York"}, {"id": "-7", "name": "New"}, {"id": warehouse["id"]}]
    locations = newer.v1.put(path_of(made), json={"locations": sent}).json()["data"]["locations"]
    assert [each["name"] for each in locations] == ["Office", "New", "Warehouse"]
    assert (locations[0]["id"], locations[0]["city"]) == (office["id"], "York")
    assert locations[2] == warehouse
    assert locations[1]["id"] not in {"-7", *(each["id"] for each in made["locations"])}
    unsent = newer.v1.put(path_of(made), json={"name": "Other"}).json()["data"]
    assert unsent["locations"] == locations
    assert newer.v1.put(path_of(made), json={"locations": []}).json()["data"]["locations"] == []


def test_a_client_cannot_take_the_location_of_another(newer):
    one = newer.new_v1(locations=[{"name": "Mine"}])
    other = newer.new_v1(locations=[{"id": one["locations"][0]["id"], "city": "Elsewhere"}])
    assert other["locations"][0]["id"] != one["locations"][0]["id"]
    assert newer.v1_view(one["id"])["locations"] == one["locations"]


def test_a_merge_unites_locations_under_their_ids(newer):
    receiver, merged = (newer.new_v1(locations=[{"name": name}], classification=name) for name in ("One", "Two"))
    after = newer.v1.post(f"{path_of(receiver)}/{merged['id']}/merge", headers=newer.with_password).json()["data"]
    assert [each["id"] for each in after["locations"]] == [each["locations"][0]["id"] for each in (receiver, merged)]
    assert {each["client_id"] for each in after["locations"]} == {receiver["id"]}
    assert after["classification"] == "One"


def test_locations_are_included_for_keys_of_the_default_edition(company, newer):
    made = company.new_v1(locations=[LOCATION])
    included = company.v1.get(path_of(made), params={"include": "locations"}).json()["data"]
    assert included["locations"] == newer.v1_view(made["id"])["locations"]
    assert company.v1.get(path_of(made), params={"include": "locations"}).json()["data"].keys() - made.keys() == {
        "locations"
    }


def test_activities_record_the_fields_of_2026_under_the_same_keys(newer):
    made = newer.new_v1(name="Acme")
    newer.v1.put(path_of(made), json={"routing_id": "x", "locations": [{"name": "Office"}]})
    newest = newer.v1.get(path_of(made), params={"include": "activities"}).json()["data"]["activities"][0]
    assert newest["after"]["routing_id"] == "x"
    (location,) = newer.v1_view(made["id"])["locations"]
    assert newest["after"]["locations"][0]["id"] == location["id"]


# -- filters and keys --------------------------------------------------------------------------------------------------


def test_a_list_is_filtered_by_exactly_a_classification(company, other_company):
    wanted = [company.new_v1(classification="company")["id"] for _ in range(2)]
    company.new_v1(classification="companies")
    company.new_v1()
    other_company.new_v1(classification="company")
    found = company.v1.get("/clients", params={"classification": "company"}).json()
    assert [each["id"] for each in found["data"]] == wanted
    assert found["meta"]["pagination"]["total"] == 2


def test_a_repeated_bootstrap_keeps_the_edition_of_a_key(company, newer):
    def again(connection, company_id):
        user_id = users.ensure_team_user(connection, company_id, "newer@acme.example", company.password)
        keys.issue(connection, company_id, user_id, "bootstrap", newer.key)
        return {each["name"]: each["edition"] for each in keys.list_all(connection, company_id)}

    assert register(company, again)["newer"] == "2026"
