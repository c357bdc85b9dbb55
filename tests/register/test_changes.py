"""The change feed of both dialects: in the order of commits, nothing missed and nothing twice."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import psycopg
import pytest

from core.access import companies, keys
from core.access.keys import Actor
from core.clients import clients
from core.events import change_log
from core.text.clock import SECOND
from tests.drivers import HASHIDS, Company, new_company
from tests.register.arranging import bulk, eventually, number_of, register
from tests.register.test_key_scopes import key_of
from tests.server import serving

DIALECTS = ("api", "v1")


def http_of(company: Company, dialect: str) -> httpx.Client:
    return company.api if dialect == "api" else company.v1


def number(dialect: str, shown: Any) -> int:
    """The number of an id, however the dialect shows it; 0 for none."""
    if dialect == "api":
        return shown or 0
    return HASHIDS.decode(shown)[0] if shown else 0


def feed(company: Company, dialect: str = "v1", after: str = "", **query: Any) -> dict[str, Any]:
    answer = http_of(company, dialect).get("/changes", params={"after": after} | query)
    assert answer.status_code == 200, answer.text
    return answer.json()


def latest(company: Company) -> str:
    return feed(company, after="latest")["meta"]["next_cursor"]


def told(company: Company, dialect: str = "v1", after: str = "", **query: Any) -> list[tuple[str, int]]:
    """What happened to which client after a cursor."""
    return [(each["type"], number(dialect, each["id"])) for each in feed(company, dialect, after, **query)["data"]]


def followed(company: Company, dialect: str, after: str, limit: int) -> list[tuple[str, int]]:
    """The same, page by page."""
    found = []
    while True:
        page = feed(company, dialect, after, limit=limit)
        found += [(each["type"], number(dialect, each["id"])) for each in page["data"]]
        after = page["meta"]["next_cursor"]
        if not page["meta"]["has_more"]:
            return found


def changes_of_every_kind(company: Company) -> tuple[int, int, int]:
    """Clients of whom one is purged, one merged into the third; their numbers."""
    one, two, three = (company.new_v1(name=name) for name in ("One", "Two", "Three"))
    company.v1.put(f"/clients/{one['id']}", json={"name": "First"})
    bulk(company, "archive", one["id"])
    bulk(company, "restore", one["id"])
    company.v1.delete(f"/clients/{one['id']}")
    bulk(company, "restore", one["id"])
    company.v1.post(f"/clients/{one['id']}/purge", headers=company.with_password)
    company.v1.post(f"/clients/{three['id']}/{two['id']}/merge", headers=company.with_password)
    return number_of(one), number_of(two), number_of(three)


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize("limit", [1, 3, 100])
def test_every_kind_of_change_is_told_in_its_order(company, dialect, limit):
    after = latest(company)
    one, two, three = changes_of_every_kind(company)
    assert followed(company, dialect, after, limit) == [
        ("created", one),
        ("created", two),
        ("created", three),
        ("updated", one),
        ("archived", one),
        ("restored", one),
        ("deleted", one),
        ("restored", one),
        ("purged", one),
        ("merged", two),
        ("updated", three),
    ]


@pytest.mark.parametrize("dialect", DIALECTS)
def test_a_merge_names_the_survivor_and_only_a_merge_does(company, dialect):
    _one, two, three = changes_of_every_kind(company)
    named = {each["type"]: number(dialect, each["merged_into"]) for each in feed(company, dialect)["data"]}
    assert named.pop("merged") == three
    assert set(named.values()) == {0}
    assert two != three


def test_the_envelope_and_the_forms_are_those_of_the_dialect(company):
    company.new_v1(name="Acme")
    legacy, v1 = feed(company, "api"), feed(company, "v1")
    assert (list(legacy), list(v1)) == (["data", "meta", "message"], ["data", "meta"])
    assert legacy["message"] == "Changes retrieved successfully."
    assert legacy["data"][0]["merged_into"] is None
    assert v1["data"][0]["merged_into"] == ""
    assert isinstance(v1["data"][0]["timestamp"], int)
    assert legacy["data"][0]["timestamp"].endswith("Z")
    assert {key for each in (legacy, v1) for key in each["meta"]} == {"next_cursor", "has_more"}
    assert [each["cursor"] for each in v1["data"]] == [v1["meta"]["next_cursor"]] == [legacy["meta"]["next_cursor"]]


@pytest.mark.parametrize("dialect", DIALECTS)
def test_every_change_is_shown_with_its_client_if_that_is_asked_for_and_there(company, dialect):
    gone, there = company.new_legacy(), company.new_legacy()
    company.api.delete(f"/clients/{gone['id']}")
    entries = feed(company, dialect, include="record")["data"]
    assert [each["type"] for each in entries] == ["created", "created", "purged"]
    shown = {number(dialect, each["id"]): each.get("record") for each in entries}
    own = company.legacy_view(there["id"]) if dialect == "api" else company.v1_view(company.v1_of(there["id"]))
    assert shown == {gone["id"]: None, there["id"]: own}
    assert not any("record" in each for each in feed(company, dialect)["data"])


def test_records_are_in_the_edition_of_the_key(company):
    company.new_v1(name="Acme", classification="company")
    newer = Company(company.server, key_of(company, edition="2026"), company.name)
    (entry,) = feed(newer, include="record")["data"]
    assert entry["record"]["classification"] == "company"
    assert "classification" not in feed(company, include="record")["data"][0]["record"]
    newer.close()


def test_what_is_hidden_from_a_dialect_is_not_told_in_it(company):
    made = company.new_v1(name="Acme")
    company.v1.delete(f"/clients/{made['id']}")
    after = latest(company)
    bulk(company, "archive", made["id"])
    company.v1.post(f"/clients/{made['id']}/purge", headers=company.with_password)
    other = company.new_v1(name="Other")
    assert told(company, "v1", after) == [
        ("updated", number_of(made)),
        ("purged", number_of(made)),
        ("created", number_of(other)),
    ]
    assert told(company, "api", after) == [("created", number_of(other))]


def test_a_write_that_changes_nothing_is_not_told(company):
    made = company.new_v1(name="Acme")
    after = latest(company)
    company.v1.put(f"/clients/{made['id']}", json={"name": "Acme"})
    bulk(company, "restore", made["id"])
    assert told(company, after=after) == []


def test_clients_that_move_with_their_category_are_told(company):
    category, other = (
        company.api.post("/categories", json={"category_name": name}).json()["data"]["id"] for name in ("A", "B")
    )
    ids = [company.new_legacy(client_categoryid=category)["id"] for _ in range(3)]
    company.v1.delete(f"/clients/{company.v1_of(ids[1])}")
    after = latest(company)
    company.api.put(f"/categories/{category}/migrate", json={"target_id": other})
    assert told(company, "v1", after) == [("updated", each) for each in ids]
    assert told(company, "api", after) == [("updated", each) for each in (ids[0], ids[2])]


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize(
    ("query", "key"),
    [
        ({"after": "nonsense"}, "after"),
        ({"after": "A" * 22 + "="}, "after"),
        ({"after": "_" * 22}, "after"),
        ({"limit": "0"}, "limit"),
        ({"wait": "-1"}, "wait"),
        ({"wait": "soon"}, "wait"),
    ],
)
def test_what_cannot_be_asked_is_refused(company, dialect, query, key):
    answer = http_of(company, dialect).get("/changes", params=query)
    assert (answer.status_code, list(answer.json()["errors"])) == (422, [key])


def test_an_unknown_include_is_refused(company):
    assert company.v1.get("/changes", params={"include": "contacts"}).status_code == 400


@pytest.mark.parametrize("dialect", DIALECTS)
def test_nothing_of_another_company_is_told_and_its_cursors_are_none(company, other_company, dialect):
    other_company.new_v1(name="Foreign")
    assert told(company, dialect) == []
    cursor = latest(other_company)
    answer = http_of(company, dialect).get("/changes", params={"after": cursor})
    assert answer.status_code == 410
    assert answer.json()["message"].startswith("The changes after this cursor are not kept any more")


def test_a_cursor_is_good_after_a_restart(engine, new_database, folder):
    url = new_database(engine)
    with serving(url, folder) as server:
        company = new_company(server)
        company.new_v1(name="Before")
        after = latest(company)
    with serving(url, folder) as server:
        again = Company(server, company.key, company.name)
        made = again.new_v1(name="After")
        assert told(again, after=after) == [("created", number_of(made))]
        again.close()
    company.close()


def test_cursors_of_a_history_that_was_undone_are_refused(company):
    """A restored backup goes on with the same ids; who has seen others under them must be told."""
    company.new_v1(name="Kept")
    kept = latest(company)
    company.new_v1(name="Lost")
    lost = latest(company)
    table = change_log.changes

    def restore_and_go_on(connection, company_id):
        mine = table.c.company_id == company_id
        newest = change_log.newest(connection, company_id)
        connection.execute(table.update().where(mine, table.c.id == newest.id).values(created_at=newest.at + 1))

    register(company, restore_and_go_on)
    assert len(told(company, after=kept)) == 1
    assert company.v1.get("/changes", params={"after": lost}).status_code == 410


@pytest.fixture
def alone(engine, new_database, folder):
    """A company on a server of its own: the oldest changes are removed first, whose ever they are."""
    with serving(new_database(engine), folder) as server:
        made = new_company(server)
        yield made
        made.close()


class Aged:
    """A company whose changes can be made old."""

    def __init__(self, company: Company) -> None:
        self.company = company

    def removed(self, kept_seconds: float = 3600) -> None:
        """Let the housekeeper remove what is older, of all companies."""

        def unit(connection: Any) -> None:
            while change_log.is_any_older(connection, int(kept_seconds * SECOND)):
                change_log.delete_older(connection, int(kept_seconds * SECOND))

        self.company.server.database.write_now(unit)

    def age(self, days: int) -> None:
        """Have all changes of now been made so many days ago, as cursors of them then say too."""
        table = change_log.changes

        def unit(connection: Any, company_id: int) -> None:
            aged = table.c.created_at - days * 24 * 3600 * SECOND
            connection.execute(table.update().where(table.c.company_id == company_id).values(created_at=aged))

        register(self.company, unit)


@pytest.mark.parametrize("dialect", DIALECTS)
def test_a_cursor_that_is_too_old_is_told_so_and_any_other_misses_nothing(alone, dialect):
    company, aged = alone, Aged(alone)
    beginning = latest(company)
    for name in ("One", "Two", "Three"):
        company.new_v1(name=name)
    aged.age(days=2)
    first, *_, last = (each["cursor"] for each in feed(company, dialect)["data"])
    made = company.new_v1(name="Four")
    aged.removed()
    http = http_of(company, dialect)
    for cursor in (beginning, first):
        answer = http.get("/changes", params={"after": cursor})
        assert answer.status_code == 410
        assert "read all clients anew" in answer.json()["message"]
    assert told(company, dialect, last) == [("created", number_of(made))]
    assert told(company, dialect) == [("created", number_of(made))]


def test_who_is_up_to_date_stays_so_when_all_is_removed(alone):
    company, aged = alone, Aged(alone)
    company.new_v1(name="One")
    aged.age(days=2)
    last = feed(company)["meta"]["next_cursor"]
    aged.removed()
    assert feed(company, after=last) == {"data": [], "meta": {"next_cursor": last, "has_more": False}}
    assert latest(company) == last
    made = company.new_v1(name="Two")
    assert told(company, after=last) == told(company) == [("created", number_of(made))]


def test_the_housekeeper_removes_what_the_setting_says(engine, new_database, folder):
    with serving(new_database(engine), folder, changes_keep_days=1) as server:
        company = new_company(server)
        company.new_v1(name="One")
        Aged(company).age(days=2)
        made = company.new_v1(name="Two")
        assert eventually(lambda: told(company) == [("created", number_of(made))])
        company.close()


# -- concurrent writers --------------------------------------------------------------------------------------------


def test_a_transaction_that_is_open_longer_is_told_when_it_is_committed(company):
    """It began first and is committed last, so it comes last: nobody who has read meanwhile passes it by."""
    if company.server.database.is_sqlite:
        pytest.skip("SQLite has one writer at a time: nothing is committed while another transaction is open")
    seen, may_commit = threading.Event(), threading.Event()
    database = company.server.database

    def slow() -> int:
        with database.writing() as connection:
            company_id = companies.find(connection, company.name)
            made = clients.update(connection, Actor(company_id, 0, 0), early, {"public_notes": "first"})
            seen.set()
            assert may_commit.wait(20)
        return int(made.record["id"])

    early, late = number_of(company.new_v1(name="Early")), number_of(company.new_v1(name="Late"))
    after = latest(company)
    with ThreadPoolExecutor(1) as pool:
        open_transaction = pool.submit(slow)
        assert seen.wait(20)
        company.v1.put(f"/clients/{company.v1_of(late)}", json={"public_notes": "second"})
        page = feed(company, after=after)
        meanwhile = [(each["type"], number_of(each)) for each in page["data"]]
        may_commit.set()
        assert open_transaction.result(20) == early
    assert meanwhile == [("updated", late)]
    assert told(company, after=page["meta"]["next_cursor"]) == [("updated", early)]
    assert told(company, after=after) == [("updated", late), ("updated", early)]


def test_a_commit_that_is_held_up_holds_up_nothing_that_was_committed_before(company):
    """The lock under which ids are given out is let go with the commit: here somebody else has it meanwhile."""
    if company.server.database.is_sqlite:
        pytest.skip("SQLite has one writer at a time, and no such lock")
    made = company.new_v1(name="Acme")
    after = latest(company)
    company_id = register(company, lambda _connection, company_id: company_id)
    lock = f"SELECT pg_advisory_xact_lock(hashtextextended('gateway changes', {company_id}))"
    with psycopg.connect(company.server.settings.database_url) as other, ThreadPoolExecutor(1) as pool:
        other.execute(lock)
        write = pool.submit(company.v1.put, f"/clients/{made['id']}", json={"name": "Other"})
        time.sleep(0.5)
        assert (write.done(), told(company, after=after)) == (False, [])
        other.rollback()
        assert write.result(20).status_code == 200
    assert told(company, after=after) == [("updated", number_of(made))]


@pytest.mark.parametrize("dialect", DIALECTS)
def test_readers_of_many_writers_miss_nothing_and_read_nothing_twice(company, dialect):
    after = latest(company)
    writers, each_writes = 6, 15
    done = threading.Event()
    made: list[int] = []

    def write(_number: int) -> None:
        own = Company(company.server, company.key, company.name)
        for _ in range(each_writes):
            client = own.new_v1(name="x")
            own.v1.put(f"/clients/{client['id']}", json={"name": "y"})
            made.append(number_of(client))
        own.close()

    def read() -> list[tuple[str, int]]:
        reader, cursor, found = Company(company.server, company.key, company.name), after, []
        is_over = False
        while not is_over:
            is_over = done.is_set()  # what was written before is read once more
            has_more = True
            while has_more:
                page = feed(reader, dialect, cursor, limit=7)
                found += [(each["type"], number(dialect, each["id"])) for each in page["data"]]
                cursor, has_more = page["meta"]["next_cursor"], page["meta"]["has_more"]
        reader.close()
        return found

    with ThreadPoolExecutor(writers + 2) as pool:
        readers = [pool.submit(read) for _ in range(2)]
        list(pool.map(write, range(writers)))
        done.set()
        found = [each.result(60) for each in readers]
    assert found[0] == found[1] == followed(company, dialect, after, 100)
    assert sorted(found[0]) == sorted([(kind, each) for each in made for kind in ("created", "updated")])
    for each in made:
        assert found[0].index(("created", each)) < found[0].index(("updated", each))


def test_a_transaction_that_is_undone_is_not_told(company):
    made = company.new_v1(name="Acme")
    after = latest(company)

    class Undone(Exception):
        pass

    def unit(connection, company_id):
        clients.update(connection, Actor(company_id, 0, 0), number_of(made), {"public_notes": "never"})
        raise Undone

    with pytest.raises(Undone):
        register(company, unit)
    assert told(company, after=after) == []
    company.v1.put(f"/clients/{made['id']}", json={"name": "Other"})
    assert told(company, after=after) == [("updated", number_of(made))]


# -- long polling --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("dialect", DIALECTS)
def test_a_request_waits_for_the_next_change(company, dialect):
    after = latest(company)
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(told, company, dialect, after, wait=20)
        time.sleep(0.5)
        assert not waiting.done()
        began = time.monotonic()
        made = company.new_v1(name="Acme")
        assert waiting.result(20) == [("created", number_of(made))]
    assert time.monotonic() - began < 5


def test_what_is_hidden_ends_no_waiting(company):
    made = company.new_v1(name="Acme")
    company.v1.delete(f"/clients/{made['id']}")
    after = latest(company)
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(told, company, "api", after, wait=3)
        time.sleep(0.3)
        bulk(company, "archive", made["id"])
        time.sleep(0.8)
        assert not waiting.done()
        assert waiting.result(20) == []


def test_nobody_waits_where_there_is_something_or_longer_than_asked(company):
    company.new_v1(name="Acme")
    began = time.monotonic()
    assert told(company, wait=30) != []
    assert told(company, after=latest(company), wait=0) == []
    assert time.monotonic() - began < 5
    began = time.monotonic()
    assert told(company, after=latest(company), wait=1) == []
    assert 0.9 < time.monotonic() - began < 5


def test_who_waits_holds_neither_a_thread_nor_a_connection(company):
    """More wait than there are threads and connections, and all the others are served."""
    after, most = latest(company), company.server.database.most_connections
    waiters = most + 10

    def wait(_number: int) -> list[tuple[str, int]]:
        own = Company(company.server, company.key, company.name)
        found = told(own, after=after, wait=30)
        own.close()
        return found

    with ThreadPoolExecutor(waiters) as pool:
        waiting = [pool.submit(wait, each) for each in range(waiters)]
        time.sleep(1)
        began = time.monotonic()
        for _ in range(20):
            assert company.v1.get("/clients", params={"include": "activities"}).status_code == 200
        assert time.monotonic() - began < 5
        assert not any(each.done() for each in waiting)
        made = company.new_v1(name="Acme")
        assert [each.result(20) for each in waiting] == [[("created", number_of(made))]] * waiters


def test_a_key_that_is_revoked_meanwhile_is_not_answered(company):
    holder = Company(company.server, key_of(company), company.name)
    after = latest(company)
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(holder.v1.get, "/changes", params={"after": after, "wait": 20})
        time.sleep(0.5)
        register(
            company, lambda connection, _: keys.revoke(connection, keys.authenticate(connection, holder.key).token_id)
        )
        company.new_v1(name="Acme")
        assert waiting.result(20).status_code == 403
    holder.close()


# -- merged clients ------------------------------------------------------------------------------------------------


def test_the_id_of_a_merged_client_leads_to_the_one_that_has_what_it_had(company):
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


def test_a_survivor_that_is_gone_or_hidden_is_not_named(company):
    first, second = (company.new_v1(name=name)["id"] for name in ("One", "Two"))
    company.v1.post(f"/clients/{second}/{first}/merge", headers=company.with_password)
    company.v1.delete(f"/clients/{second}")
    assert company.api.get(f"/clients/{HASHIDS.decode(first)[0]}").json() == {"message": "Client not found."}
    assert second in company.v1.get(f"/clients/{first}").json()["message"]
    company.v1.post(f"/clients/{second}/purge", headers=company.with_password)
    assert company.v1.get(f"/clients/{first}").json()["message"] == "Record not found"
