"""Pact files of a consumer, written by Pact's own library: expectations that are met, and others that are not."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from pact import Pact, match

Define = Callable[[Any], Any]

NEW = {"first_name": "Ann", "last_name": "Lee", "email": "ann@lee.example", "client_company_name": "Lee"}
BEARER = ("Authorization", "Bearer of-the-consumer")
TOKEN = ("X-API-TOKEN", "of-the-consumer")
FROM_STATE = {"type": "ProviderState", "dataType": "STRING"}


def get(path: Any, header: tuple[str, str]) -> Define:
    return lambda interaction: interaction.with_request("GET", path).with_header(*header)


def injected(path: str, expression: str, header: tuple[str, str]) -> Define:
    generators = {"path": {**FROM_STATE, "expression": expression}}
    return lambda interaction: get(path, header)(interaction).with_generators(generators, "Request")


def send(method: str, path: str, header: tuple[str, str], body: Mapping[str, Any]) -> Define:
    return lambda interaction: (
        interaction.with_request(method, path)
        .with_header(*header)
        .with_body(dict(body), content_type="application/json")
    )


# Name: provider state with parameters, request, status, body.
MET: dict[str, tuple[tuple[str, dict], Define, int, Any]] = {
    "a fixture": (
        ("the fixtures", {}),
        get(match.regex("/api/v1/clients/VolejRejNm", regex=r"/api/v1/clients/\w+"), TOKEN),
        200,
        {
            "data": {
                "id": match.like("x"),
                "contacts": match.each_like({"email": match.regex("a@b.c", regex=".+@.+")}, min=1),
            }
        },
    ),
    "a client made for the state, by its id": (
        ("a client exists", {"name": "Acme"}),
        injected("/api/v1/clients/9", "/api/v1/clients/${id}", TOKEN),
        200,
        {"data": {"name": "Acme", "updated_at": match.integer(1)}},
    ),
    "the same in /api": (
        ("a client exists", {"client_company_name": "Acme"}),
        injected("/api/clients/9", "/api/clients/${client_id}", BEARER),
        200,
        {"data": {"company_name": "Acme", "tags": match.type([])}},
    ),
    "an archived client": (
        ("an archived client exists", {}),
        injected("/api/clients/9", "/api/clients/${id}", BEARER),
        200,
        {"data": {"status": "suspended"}},
    ),
    "a deleted client": (
        ("a deleted client exists", {}),
        injected("/api/clients/9", "/api/clients/${id}", BEARER),
        404,
        {"message": match.string("Not found.")},
    ),
    "nobody": (("no clients exist", {}), get("/api/clients", BEARER), 200, {"data": []}),
    "many": (("3 clients exist", {}), get("/api/clients", BEARER), 200, {"data": match.each_like({"id": 1}, min=1)}),
    "an id that exists": (("client 12 exists", {}), get("/api/clients/12", BEARER), 200, {"data": {"id": 12}}),
    "an id that does not": (("client 999 does not exist", {}), get("/api/clients/999", BEARER), 404, None),
    "a contact": (
        ("a contact exists", {}),
        injected("/api/contacts/9", "/api/contacts/${contact_id}", BEARER),
        200,
        {"data": {"first_name": "Jo"}},
    ),
    "a category": (
        ("a category exists", {"category_name": "VIP"}),
        injected("/api/categories/9", "/api/categories/${categoryId}", BEARER),
        200,
        None,
    ),
    "a note": (("a note exists", {}), injected("/api/notes/9", "/api/notes/${id}", BEARER), 200, None),
    "a group": (
        ("a group exists", {"name": "VIP"}),
        injected("/api/v1/group_settings/9", "/api/v1/group_settings/${id}", TOKEN),
        200,
        {"data": {"name": "VIP"}},
    ),
    "a document": (
        ("a document exists", {}),
        injected("/api/v1/documents/9", "/api/v1/documents/${documentId}", TOKEN),
        200,
        {"data": {"name": "dot.png"}},
    ),
    "a gateway token": (
        ("a gateway token exists", {}),
        injected("/api/v1/client_gateway_tokens/9", "/api/v1/client_gateway_tokens/${id}", TOKEN),
        200,
        None,
    ),
    "another company": (
        ("a client of another company exists", {}),
        injected("/api/clients/9", "/api/clients/${id}", BEARER),
        404,
        None,
    ),
    "a new client": (
        ("no clients exist", {}),
        send("POST", "/api/clients", BEARER, NEW),
        201,
        {"data": {"id": match.integer(5)}},
    ),
    "the same again, for each has a register of its own": (
        ("no clients exist", {}),
        send("POST", "/api/clients", BEARER, NEW),
        201,
        None,
    ),
    "a wrong key": (("the key is wrong", {}), get("/api/clients", BEARER), 401, None),
    "no key": (("", {}), lambda interaction: interaction.with_request("GET", "/api/v1/clients"), 403, None),
    "no prefix": (("", {}), get("/clients/12", BEARER), 200, {"data": {"id": 12}}),
    "a state in the consumer's own words": (("two customers are billed", {}), get("/api/clients", BEARER), 200, None),
}
RED: dict[str, tuple[tuple[str, dict], Define, int, Any]] = {
    "a key that is not answered": (
        ("", {}),
        get("/api/clients/12", BEARER),
        200,
        {"data": {"nickname": match.string("x")}},
    ),
    "another type": (("", {}), get("/api/clients/12", BEARER), 200, {"data": {"id": match.string("12")}}),
    "another status": (("", {}), get("/api/clients/12", BEARER), 201, None),
    "a state that nobody knows": (("the moon is full", {}), get("/api/clients", BEARER), 200, None),
    "a state of the other dialect": (("a document exists", {}), get("/api/clients", BEARER), 200, None),
}


def pact_file(folder: Path, version: str, cases: Mapping[str, Any]) -> Path:
    pact = Pact("portal", "register").with_specification(version)
    for name, ((state, params), request, status, body) in cases.items():
        interaction = pact.upon_receiving(name)
        if state:
            interaction = interaction.given(state, **params)
        interaction = request(interaction).will_respond_with(status)
        if body is not None:
            interaction.with_body(body, content_type="application/json")
    folder.mkdir()
    pact.write_file(folder, overwrite=True)
    return folder / "portal-register.json"
