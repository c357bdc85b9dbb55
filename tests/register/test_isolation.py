"""Nothing of another company can be read, changed, counted or guessed, by any operation of either dialect.

What is asked comes from the dialects' own tables: every id in a path, every id in a body and every filter by an id is
once that of another company's record and once nobody's. The answers must be the same, and so must the statements
that the database is asked, which leaves no time to measure. A new operation is attacked as soon as it is there; one
whose ids are of a kind not known here fails.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest
from sqlalchemy import event, select
from sqlalchemy.engine import Engine

from core.access import keys
from core.models import metadata
from dialects.legacy.routes import DIALECT as LEGACY
from dialects.shared.dialect import Dialect
from dialects.shared.operation import Operation, Path
from dialects.v1.routes import build
from schemas.rows import Field
from schemas.types import HashedId
from tests.drivers import HASHIDS, Company, new_company
from tests.register.arranging import UNKNOWN, register, upload
from tests.server import serving

V1 = build("", 10, "http://gateway.example")
MARK = "foreignword"

# What the id after a word of a path is of, and what the ids under a key of a body or a query are of.
OF_PATH = {
    "clients": "client",
    "categories": "category",
    "group_settings": "category",
    "documents": "document",
    "contacts": "contact",
    "notes": "note",
    "team": "user",
    "users": "user",
    "client_gateway_tokens": "gateway token",
    "webhooks": "webhook",
}
OF_KEY = {
    "client_id": "client",
    "clientid": "client",
    "entity_id": "client",
    "target_id": "category",
    "noteresource_id": "client",
    "resource_id": "client",
    "client_categoryid": "category",
    "category_id": "category",
    "group_settings_id": "category",
    "assigned_user_id": "user",
    "owner": "contact",
    "contacts.id": "contact",
}
# An id of a location that is not the client's own makes a new one: tests/register/test_editions.py.
NOT_OF_RECORDS = {
    "routing_id",
    "locations.id",
    "locations.country_id",
    "size_id",
    "industry_id",
    "country_id",
    "shipping_country_id",
    "id_number",
}
NOT_OF_RECORDS |= {"role_id"}
NOT_OF_RECORDS |= {"company_gateway_id", "gateway_type_id", "event_id"}
# What a body needs beside the id for the id to be looked at.
REQUIRED = {
    "api createClient": {"first_name": "A", "last_name": "B", "email": "new@x.example"},
    "api createContact": {"first_name": "A", "last_name": "B", "email": "new@x.example"},
    "api createNote": {"note_title": "A", "note_description": "B"},
    "v1 postEntityActivities": {"entity": "client"},
    "v1 bulkClients": {"action": "archive"},
    "v1 bulkGroupSettings": {"action": "archive"},
    "v1 bulkWebhooks": {"action": "archive"},
    "v1 bulkDocuments": {"action": "delete"},
}


@dataclass(frozen=True)
class Asked:
    """An operation, asked with one id that can be somebody else's: `send` takes who asks and that id."""

    dialect: Dialect
    operation: Operation
    kind: str
    send: Callable[["World", int], httpx.Response]


@dataclass(frozen=True)
class World:
    """A company that asks, and another whose ids it knows, by kind."""

    company: Company
    foreign: Company
    own: dict[str, int]
    others: dict[str, int]
    seen: list[Any] = field(default_factory=list)  # all that belonged to the other company when it was last looked at

    def ask(self, dialect: Dialect, method: str, path: str, **options: Any) -> httpx.Response:
        http = self.company.api if dialect is LEGACY else self.company.v1
        if method == "PUT" and path.endswith("/upload"):
            options["files"] = {"documents[]": ("a.txt", b"bytes")}
        elif method in ("POST", "PUT", "PATCH"):
            options.setdefault("json", {})
        return http.request(method, path, headers=self.company.with_password, **options)

    def everything_of_the_other(self) -> list[Any]:
        """Every row that belongs to the other company."""
        company_id = register(self.foreign, lambda _connection, company_id: company_id)
        # How much it was used, and what its clients look like, is written down a moment later.
        later = {"usage_days", "usage_names", "client_renderings"}
        owned = [each for each in metadata.sorted_tables if "company_id" in each.c and each.name not in later]

        def rows(connection: Any) -> list[Any]:
            found = (connection.execute(select(each).where(each.c.company_id == company_id)) for each in owned)
            return [sorted(each, key=repr) for each in found]  # a lock may move a row

        return self.foreign.server.database.read_now(rows)


def world_on(server: Any) -> World:
    company, foreign = new_company(server), new_company(server)
    return World(company, foreign, records_of(company, "own"), records_of(foreign, MARK))


def records_of(company: Company, word: str) -> dict[str, int]:
    """One record of every kind."""
    category = company.api.post("/categories", json={"category_name": word}).json()["data"]["id"]
    group = company.v1_of(category)
    contacts = [{"first_name": word, "email": f"{word}@x.example"}]
    made = company.new_v1(
        name=word, number=word, id_number=word, custom_value1=word, contacts=contacts, group_settings_id=group
    )
    assert upload(company, made["id"], (f"{word}.txt", b"bytes")).status_code == 200
    company.v1.post("/client_gateway_tokens", json={"client_id": made["id"], "token": word})
    note = {"note_title": word, "note_description": word, "noteresource_id": HASHIDS.decode(made["id"])[0]}
    note_id = company.api.post("/notes", json=note).json()["data"]["id"]
    hook = {"event_id": "45", "target_url": f"https://{word}.example/hook"}
    hook_id = company.v1.post("/webhooks", json=hook).json()["data"]["id"]
    shown = company.v1_view(made["id"])
    inside = {"contact": "contacts", "document": "documents", "gateway token": "gateway_tokens"}
    ids = {"client": shown["id"]} | {kind: shown[key][0]["id"] for kind, key in inside.items()}
    user_id = company.server.database.read_now(lambda connection: keys.authenticate(connection, company.key).user_id)
    return {kind: HASHIDS.decode(text)[0] for kind, text in ids.items()} | {
        "category": category,
        "user": user_id,
        "note": note_id,
        "webhook": HASHIDS.decode(hook_id)[0],
    }


def text_of(dialect: Dialect, number: int) -> Any:
    return number if dialect is LEGACY else HASHIDS.encode(number)


def in_paths() -> Iterator[Asked]:
    """Every id of every path; the other ids of the path are one's own."""
    for dialect, path, method, operation in operations():
        kinds = kinds_of(path)
        for name, kind in kinds.items():

            def send(world, number, name=name, dialect=dialect, path=path, method=method, kinds=kinds):
                ids = {each: world.own[of] for each, of in kinds.items()} | {name: number}
                texts = {each: text_of(dialect, number) for each, number in ids.items()}
                return world.ask(dialect, method, path.path.format(**texts))

            yield Asked(dialect, operation, kind, send)


def in_bodies() -> Iterator[Asked]:
    """Every id in a body of an operation on one's own records."""
    for dialect, path, method, operation in operations():
        for key in keys_of(operation):
            kind = kinds_of(path, bulk=True)["ids"] if key == "ids" else OF_KEY[key]

            def send(world, number, key=key, kind=kind, dialect=dialect, path=path, method=method, operation=operation):
                text = text_of(dialect, number)
                body = {"ids": [text_of(dialect, world.own[kind]), text]} if key == "ids" else nested(key, text)
                url = path.path.format(**{each: text_of(dialect, world.own[of]) for each, of in kinds_of(path).items()})
                required = REQUIRED.get(f"{dialect.name} {operation.name}", {})
                if key == "group_settings_id" and operation.name == "bulkClients":
                    required = {"action": "assign_group", "ids": [text_of(dialect, world.own["client"])]}
                return world.ask(dialect, method, url, json=required | body)

            yield Asked(dialect, operation, kind, send)


def in_queries() -> Iterator[Asked]:
    """Every filter by an id."""
    for dialect, path, method, operation in operations():
        for parameter in operation.query:
            if parameter.name in OF_KEY:

                def send(world, number, name=parameter.name, dialect=dialect, path=path, method=method):
                    return world.ask(dialect, method, path.path, params={name: text_of(dialect, number)})

                yield Asked(dialect, operation, OF_KEY[parameter.name], send)


def operations() -> Iterator[tuple[Dialect, Path, str, Operation]]:
    for dialect in (LEGACY, V1):
        for path in dialect.paths:
            for method, operation in path.operations.items():
                yield dialect, path, method, operation


def kinds_of(path: Path, bulk: bool = False) -> dict[str, str]:
    """What each id in a path is of; with `bulk`, also the `ids` of a body."""
    kinds, kind = {}, ""
    for segment in path.path.strip("/").split("/"):
        if segment.startswith("{"):
            kinds[segment.strip("{}")] = kind
        else:
            kind = OF_PATH.get(segment, kind)
    return kinds | ({"ids": kind} if bulk else {})


def keys_of(operation: Operation) -> list[str]:
    """The keys of a body under which ids of records are sent."""
    found = []
    for row in operation.body.fields() if operation.body else ():
        rows = [("", row)] if isinstance(row, Field) else [(f"{row.key}.", each) for each in row.of.fields()]
        for prefix, each in rows:
            key = prefix + each.input_key
            is_id = isinstance(each, Field) and (isinstance(each.type, HashedId) or "id" in re.split(r"[._]", key))
            if operation.verb in row.on and (is_id or key in OF_KEY or key == "ids") and key not in NOT_OF_RECORDS:
                found.append(key)
    return found


def nested(key: str, text: Any) -> dict[str, Any]:
    head, _, rest = key.partition(".")
    return {head: [{rest: text}]} if rest else {key: text}


ASKED = {
    f"{asked.dialect.name} {asked.operation.name} {where} {asked.kind}": asked
    for where, made in (("path", in_paths), ("body", in_bodies), ("query", in_queries))
    for asked in made()
}


def told(answer: httpx.Response, number: int) -> Any:
    """What an answer tells, apart from the id that was asked for."""
    hashed = HASHIDS.encode(number)
    text = re.sub(rf"\b({number}|{hashed})\b", "ID", answer.text)
    volatile = {"date", "x-request-id", "content-length"}
    return answer.status_code, text, sorted((k, v) for k, v in answer.headers.items() if k not in volatile)


@pytest.fixture(scope="module")
def world(server) -> Iterator[World]:
    made = world_on(server)
    yield made
    made.company.close()
    made.foreign.close()


@pytest.mark.parametrize("name", ASKED)
def test_a_record_of_another_company_is_answered_like_an_unknown_one(world, name):
    asked, before = ASKED[name], list(world.seen) or world.everything_of_the_other()
    answers = {number: asked.send(world, number) for number in (UNKNOWN, world.others[asked.kind])}
    absent, foreign = (told(answer, number) for number, answer in answers.items())
    assert foreign == absent
    assert foreign[0] in (400, 404, 422) or (" query " in name and MARK not in foreign[1])
    after = world.everything_of_the_other()
    world.seen[:] = after
    assert after == before


def test_every_operation_is_attacked_or_listed_as_naming_no_record():
    attacked = {(asked.dialect.name, asked.operation.name) for asked in ASKED.values()}
    others = {(dialect.name, operation.name) for dialect, _, _, operation in operations()} - attacked
    assert others == {
        ("api", "listCategories"),
        ("api", "createCategory"),
        ("api", "listTeamMembers"),
        ("api", "getChanges"),
        ("v1", "getChanges"),
        ("v1", "listUsers"),
        ("v1", "getCurrentCompany"),
        ("v1", "postCurrentCompany"),
        ("v1", "getStatics"),
        ("v1", "getBlankGroupSetting"),
        ("v1", "listGroupSettings"),
        ("v1", "createGroupSetting"),
        ("v1", "getBlankClient"),
        ("v1", "getBlankClientGatewayToken"),
        ("v1", "ping"),
        ("v1", "listWebhooks"),
        ("v1", "createWebhook"),
        ("v1", "getBlankWebhook"),
    }
    kinds = ("client", "contact", "document", "gateway token", "category", "user", "note", "webhook")
    assert all(asked.kind in kinds for asked in ASKED.values())


LISTS = [
    (dialect, path.path, parameter.name)
    for dialect, path, method, operation in operations()
    if operation.name.startswith("list") and "{" not in path.path
    for parameter in operation.query
]


@pytest.mark.parametrize(
    ("dialect", "path", "parameter"), LISTS, ids=lambda each: each.name if isinstance(each, Dialect) else each
)
def test_no_list_shows_or_counts_records_of_another_company(world, dialect, path, parameter):
    for value in (MARK, f"{MARK}@x.example", "id|asc", "id", "0:9999", "gt:-1", "1", "all", "contacts"):
        answer = world.ask(dialect, "GET", path, params={parameter: value})
        assert answer.status_code in (200, 400, 422)
        if answer.status_code == 200:
            assert MARK not in answer.text.replace(f"{parameter}={MARK}", "")
            meta = answer.json()["meta"]
            assert meta.get("pagination", meta)["total"] <= len(world.own)


@pytest.fixture(scope="module")
def traced(new_register, tmp_path_factory) -> Iterator[tuple[World, list[str]]]:
    """A world on an SQLite of its own, and what that was asked, values left out."""
    asked: list[str] = []

    def listen(connection: Any, _record: Any) -> None:
        connection.set_trace_callback(lambda sql: asked.append(re.sub(r"'[^']*'|\b\d+\b", "?", sql)))

    idle = {"housekeeping_seconds": 3600, "usage_days": 0}  # what works in the background asks for nothing meanwhile
    event.listen(Engine, "connect", listen)
    try:
        with serving(new_register("sqlite"), tmp_path_factory.mktemp("traced"), **idle) as server:
            made = world_on(server)
            yield made, asked
            made.company.close()
            made.foreign.close()
    finally:
        event.remove(Engine, "connect", listen)


@pytest.mark.parametrize("name", ASKED)
def test_foreign_and_unknown_records_take_the_same_statements(traced, name):
    world, statements = traced

    def asked_for(number: int) -> list[str]:
        statements.clear()
        ASKED[name].send(world, number)
        return list(statements)

    # What runs in the background may come between, now and then.
    made = [(asked_for(UNKNOWN), asked_for(world.others[ASKED[name].kind])) for _ in range(4)]
    assert any(absent == foreign != [] for absent, foreign in made), made


def test_numbers_and_emails_are_unique_per_company(company, other_company):
    for each in (company, other_company):
        made = each.new_v1(number="A-1", id_number="B-1", contacts=[{"email": "same@x.example"}])
        assert made["number"] == "A-1"
        assert each.new_legacy(email="legacy@x.example")["id"] > 0
