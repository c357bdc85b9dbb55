"""Requests of every operation with ids of another company, made from the dialects' own tables."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import httpx
from sqlalchemy import select

from core.access import keys
from core.models import metadata
from dialects.legacy.routes import DIALECT as LEGACY
from dialects.shared.dialect import Dialect
from dialects.shared.operation import Operation, Path
from dialects.v1.routes import build
from schemas.rows import Field
from schemas.types import HashedId
from tests.drivers import HASHIDS, Company, new_company
from tests.register.arranging import register, upload

V1 = build("", 10, "http://gateway.example")
MARK = "foreignword"

# The kind of the id after a segment of a path, and of the ids under a key of a body or a query.
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
# An id of another client's location creates a new location: tests/register/test_editions.py.
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
# Keys that a body needs in addition to the id, so that the id is looked up.
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
class Attack:
    """A request of an operation with one id, which may be foreign; `send` takes the companies and that id."""

    dialect: Dialect
    operation: Operation
    kind: str
    send: Callable[["Companies", int], httpx.Response]


@dataclass(frozen=True)
class Companies:
    """The company that sends the requests, and a foreign one whose ids it knows, by kind."""

    company: Company
    foreign: Company
    own: dict[str, int]
    others: dict[str, int]
    seen: list[Any] = field(default_factory=list)  # the rows of the foreign company when they were last read

    def ask(self, dialect: Dialect, method: str, path: str, **options: Any) -> httpx.Response:
        http = self.company.api if dialect is LEGACY else self.company.v1
        if method == "PUT" and path.endswith("/upload"):
            options["files"] = {"documents[]": ("a.txt", b"bytes")}
        elif method in ("POST", "PUT", "PATCH"):
            options.setdefault("json", {})
        return http.request(method, path, headers=self.company.with_password, **options)

    def everything_of_the_other(self) -> list[Any]:
        """Return every row that belongs to the foreign company."""
        company_id = register(self.foreign, lambda _connection, company_id: company_id)
        # Usage and renderings are written a moment later.
        later = {"usage_days", "usage_names", "client_renderings"}
        owned = [each for each in metadata.sorted_tables if "company_id" in each.c and each.name not in later]

        def rows(connection: Any) -> list[Any]:
            found = (connection.execute(select(each).where(each.c.company_id == company_id)) for each in owned)
            return [sorted(each, key=repr) for each in found]  # a lock may change the order of rows

        return self.foreign.server.database.read_now(rows)


def companies_on(server: Any) -> Companies:
    company, foreign = new_company(server), new_company(server)
    return Companies(company, foreign, records_of(company, "own"), records_of(foreign, MARK))


def records_of(company: Company, word: str) -> dict[str, int]:
    """Create one record of every kind, and return their ids."""
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


def in_paths() -> Iterator[Attack]:
    """Yield an attack for every id of every path; the other ids of the path are own ones."""
    for dialect, path, method, operation in operations():
        kinds = kinds_of(path)
        for name, kind in kinds.items():

            def send(both, number, name=name, dialect=dialect, path=path, method=method, kinds=kinds):
                ids = {each: both.own[of] for each, of in kinds.items()} | {name: number}
                texts = {each: text_of(dialect, number) for each, number in ids.items()}
                return both.ask(dialect, method, path.path.format(**texts))

            yield Attack(dialect, operation, kind, send)


def in_bodies() -> Iterator[Attack]:
    """Yield an attack for every id in the body of an operation on own records."""
    for dialect, path, method, operation in operations():
        for key in keys_of(operation):
            kind = kinds_of(path, bulk=True)["ids"] if key == "ids" else OF_KEY[key]

            def send(both, number, key=key, kind=kind, dialect=dialect, path=path, method=method, operation=operation):
                text = text_of(dialect, number)
                body = {"ids": [text_of(dialect, both.own[kind]), text]} if key == "ids" else nested(key, text)
                url = path.path.format(**{each: text_of(dialect, both.own[of]) for each, of in kinds_of(path).items()})
                required = REQUIRED.get(f"{dialect.name} {operation.name}", {})
                if key == "group_settings_id" and operation.name == "bulkClients":
                    required = {"action": "assign_group", "ids": [text_of(dialect, both.own["client"])]}
                return both.ask(dialect, method, url, json=required | body)

            yield Attack(dialect, operation, kind, send)


def in_queries() -> Iterator[Attack]:
    """Yield an attack for every filter by an id."""
    for dialect, path, method, operation in operations():
        for parameter in operation.query:
            if parameter.name in OF_KEY:

                def send(both, number, name=parameter.name, dialect=dialect, path=path, method=method):
                    return both.ask(dialect, method, path.path, params={name: text_of(dialect, number)})

                yield Attack(dialect, operation, OF_KEY[parameter.name], send)


def operations() -> Iterator[tuple[Dialect, Path, str, Operation]]:
    for dialect in (LEGACY, V1):
        for path in dialect.paths:
            for method, operation in path.operations.items():
                yield dialect, path, method, operation


def kinds_of(path: Path, bulk: bool = False) -> dict[str, str]:
    """Return the kind of each id in a path; with `bulk`, also of the `ids` of a body."""
    kinds, kind = {}, ""
    for segment in path.path.strip("/").split("/"):
        if segment.startswith("{"):
            kinds[segment.strip("{}")] = kind
        else:
            kind = OF_PATH.get(segment, kind)
    return kinds | ({"ids": kind} if bulk else {})


def keys_of(operation: Operation) -> list[str]:
    """Return the keys of a body under which ids of records are sent."""
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


ATTACKS = {
    f"{attack.dialect.name} {attack.operation.name} {where} {attack.kind}": attack
    for where, made in (("path", in_paths), ("body", in_bodies), ("query", in_queries))
    for attack in made()
}


def without_id(answer: httpx.Response, number: int) -> Any:
    """Return what an answer shows, except for the requested id and volatile headers."""
    hashed = HASHIDS.encode(number)
    text = re.sub(rf"\b({number}|{hashed})\b", "ID", answer.text)
    volatile = {"date", "x-request-id", "content-length"}
    return answer.status_code, text, sorted((k, v) for k, v in answer.headers.items() if k not in volatile)
