"""Substring search in both dialects finds the same on every engine, and follows every change."""

import logging
import secrets

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.engine import make_url

from core.database import trigram_index
from core.database.database import Database
from core.database.migrations import upgrade
from tests.drivers import new_company
from tests.register.arranging import number_of
from tests.server import serving

# A name, and patterns that must find it; then patterns that must not.
NAMES = [
    ("Größe & Söhne GmbH", ["größe", "GRÖSSE", "öhne g", "& s", "&", "ß", "Ö"], ["grosse", "&s"]),
    ("株式会社アクメ", ["会社", "アクメ", "株"], ["アメ"]),
    ("Ĳsselmeer İstanbul", ["ĳssel", "İSTANBUL", "l"], ["ijzer"]),
    ("Cafe\u0301 du Port", ["café", "CAFE\u0301 DU"], ["cafes"]),
    ('50% "off" {x} AND y*', ['"off"', "{x}", "50%", "and y*", "% ", "*", '"'], ["5_%", "y**", "{y}", "50_"]),
    ("back\\slash/_'quote'", ["\\sla", "/_'", "'q", "_'quote"], ["/_q", "\\/"]),
    ("a", ["a", "A"], ["aa", "aaa"]),
]
CASES = [(name, pattern, True) for name, hits, _ in NAMES for pattern in hits]
CASES += [(name, pattern, False) for name, _, misses in NAMES for pattern in misses]


@pytest.fixture(scope="module")
def named(server):
    """A client with each of the names."""
    made = new_company(server)
    for name, _, _ in NAMES:
        made.new_v1(name=name)
    yield made
    made.close()


@pytest.mark.parametrize(("name", "pattern", "found"), CASES)
def test_a_substring_is_found_by_both_dialects(named, name, pattern, found):
    through = {
        "search": [
            each["company_name"] for each in named.api.get("/clients", params={"search": pattern}).json()["data"]
        ],
        "name": [each["name"] for each in named.v1.get("/clients", params={"name": pattern}).json()["data"]],
        "filter": [each["name"] for each in named.v1.get("/clients", params={"filter": pattern}).json()["data"]],
    }
    assert {how: name in names for how, names in through.items()} == dict.fromkeys(through, found)


def found(company, pattern):
    answer = company.v1.get("/clients", params={"filter": pattern}).json()
    assert answer["meta"]["pagination"]["total"] == len(answer["data"])
    return [client["id"] for client in answer["data"]]


def test_every_searched_value_is_found_before_and_after_a_change(company):
    made = company.new_v1(
        name="Alpha Ltd",
        number="NUM-1",
        id_number="REF-1",
        **{f"custom_value{n}": f"custom-{n}" for n in range(1, 5)},
        contacts=[
            {"first_name": "Ann", "last_name": "Smith", "email": "ann@alpha.example"},
            {"first_name": "Bob", "phone": "+44 20 7946"},
        ],
    )
    values = ("alpha", "num-1", "ref-1", "custom-1", "custom-4", "ann", "smith", "@alpha.ex", "bob", "b", "7946")
    values += ("smith ann", "bob   Smith a l", "b 7946", "+44 7946", "a b")
    assert [found(company, value) for value in values] == [[made["id"]]] * len(values)
    assert [found(company, value) for value in ("annsmith", "ltdnum", "smithann", "ann omega")] == [[]] * 4
    company.v1.put(
        f"/clients/{made['id']}", json={"name": "Omega", "custom_value1": "", "contacts": [{"first_name": "Cyd"}]}
    )
    assert [found(company, value) for value in ("alpha", "custom-1", "ann", "bob", "7946")] == [[]] * 5
    assert [found(company, value) for value in ("omega", "custom-2", "cyd")] == [[made["id"]]] * 3


def test_the_shown_name_is_searched_in_api_the_stored_one_in_v1(company):
    nameless = company.new_v1(contacts=[{"first_name": "Jane", "last_name": "Doe"}, {"first_name": "Zoe"}])
    client_id = number_of(nameless)

    def searched(pattern):
        return [client["id"] for client in company.api.get("/clients", params={"search": pattern}).json()["data"]]

    assert (searched("jane d"), searched("zoe")) == ([client_id], [])
    assert company.v1.get("/clients?name=jane").json()["data"] == []
    company.api.put(f"/clients/{client_id}/owner", json={"owner": number_of(nameless["contacts"][1])})
    assert (searched("jane d"), searched("zoe")) == ([], [client_id])


def test_a_merged_client_is_found_by_what_it_received(company):
    receiver, merged = company.new_v1(name="Receiver"), company.new_v1(contacts=[{"email": "kept@b.example"}])
    company.v1.post(f"/clients/{receiver['id']}/{merged['id']}/merge", headers=company.with_password)
    assert found(company, "kept@b") == [receiver["id"]]


def test_a_search_finds_only_the_requested_states_and_the_own_company(company, other_company):
    mine, hidden, foreign = company.new_v1(name="Acme"), company.new_v1(name="Acme"), other_company.new_v1(name="Acme")
    company.v1.delete(f"/clients/{hidden['id']}")
    assert (found(company, "acme"), found(other_company, "acme")) == ([mine["id"]], [foreign["id"]])
    assert found(company, "ac") == [mine["id"]]
    company.v1.post(f"/clients/{mine['id']}/purge", headers=company.with_password)
    assert found(company, "acme") == []
    company.v1.post("/clients/bulk", json={"action": "restore", "ids": [hidden["id"]]})
    assert found(company, "acme") == [hidden["id"]]


@pytest.mark.parametrize("pattern", ["client", "cl"])
def test_the_pages_of_a_search_show_every_match_once_in_every_order(company, pattern):
    ids = [company.new_v1(name=f"Client {n % 3}")["id"] for n in range(7)]
    for sort, expected in (("id|asc", ids), ("id|desc", ids[::-1]), ("name|asc", None)):
        query = f"/clients?name={pattern}&sort={sort}&per_page=3&page="
        pages = [company.v1.get(f"{query}{page}").json() for page in (1, 2, 3)]
        assert {page["meta"]["pagination"]["total"] for page in pages} == {7}
        seen = [client["id"] for page in pages for client in page["data"]]
        assert sorted(seen) == sorted(ids)
        assert expected is None or seen == expected


def test_several_searches_must_all_match(company):
    both = company.new_v1(name="Alpha", contacts=[{"first_name": "Jane"}])
    company.new_v1(name="Alpha", contacts=[{"first_name": "John"}])
    company.new_v1(name="Beta", contacts=[{"first_name": "Jane"}])
    for query in ("name=alpha&filter=jane", "name=al&filter=jane", "name=alpha&filter=jane&balance=0"):
        assert [client["id"] for client in company.v1.get(f"/clients?{query}").json()["data"]] == [both["id"]]


def test_without_pg_trgm_searches_find_the_same_and_the_log_reports_it(new_database, tmp_path, caplog):
    url = _owned_by_nobody_who_may_create_extensions(new_database("postgresql"))
    with caplog.at_level(logging.WARNING), serving(url, tmp_path) as plain:
        assert {record.name for record in caplog.records if "pg_trgm" in record.getMessage()} == {
            "core.database.trigram_index"
        }
        with plain.database.reading() as connection:
            assert not trigram_index.has_indexes(connection)
        company = new_company(plain)
        made = company.new_v1(name="Größe & Söhne")
        assert (found(company, "GRÖSSE"), found(company, "x")) == ([made["id"]], [])
        company.close()


@pytest.mark.engines("postgresql")
def test_a_search_reads_little_of_what_was_written_just_before(company):
    for _ in range(60):
        company.new_v1(**{f"custom_value{number}": secrets.token_hex(125) for number in range(1, 5)})
    assert _pages_read_by_a_search(company.server.database) < 80


def _pages_read_by_a_search(database):
    def explained(connection):
        connection.execute(text("SET LOCAL enable_seqscan = off"))
        search = "SELECT 1 FROM client_search WHERE rest LIKE '%no such text%'"
        return connection.execute(text(f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {search}")).scalar_one()

    plan = database.read_now(explained)[0]["Plan"]
    return plan["Shared Hit Blocks"] + plan["Shared Read Blocks"]


def _owned_by_nobody_who_may_create_extensions(url):
    role = f"plain_{make_url(url).database}"
    admin = create_engine(make_url(url).set(drivername="postgresql+psycopg"), isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text(f"CREATE ROLE {role} LOGIN"))
        connection.execute(text(f"GRANT USAGE, CREATE ON SCHEMA public TO {role}"))
    admin.dispose()
    return make_url(url).set(username=role).render_as_string(hide_password=False)


@pytest.mark.engines("sqlite", "postgresql")  # none of them was distributed
def test_registers_of_earlier_versions_are_indexed_when_they_are_opened(engine, new_database, tmp_path):
    url = new_database(engine)
    database = Database(url)
    upgrade(database, "0001")
    with database.writing() as connection:
        connection.execute(text("INSERT INTO companies (id, name) VALUES (1, 'Old')"))
        connection.execute(text("INSERT INTO categories (id, company_id, name) VALUES (1, 1, 'Default')"))
        for number in range(1, 1203):
            connection.execute(
                text(
                    "INSERT INTO clients (id, company_id, category_id, name, display_name, number, client_hash)"
                    " VALUES (:id, 1, 1, :name, :name, :number, '')"
                ),
                {"id": number, "name": f"Größe {number}", "number": f"{number:04d}"},
            )
        connection.execute(
            text(
                "INSERT INTO contacts (company_id, client_id, email, contact_key)"
                " VALUES (1, 1201, 'Jane@Acme.Example', 'key')"
            )
        )
    upgrade(database)
    with database.reading() as connection:
        rows = connection.execute(text("SELECT client_id, name, rest FROM client_search ORDER BY client_id")).all()
    database.close()
    assert len(rows) == 1202
    assert rows[1200] == (1201, "grösse 1201", "1201\x1fjane@acme.example")
