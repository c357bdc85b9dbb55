"""Equivalent encodings of input: lists as PHP writes them, both kinds of forms, values in the query."""

from collections.abc import Callable, Sequence
from typing import Any
from urllib.parse import urlencode

from gateway.contract.oracles.resources import api_client, note, v1_client
from gateway.contract.oracles.samples import AWKWARD
from gateway.contract.oracles.scene import Scene, at, attempt, oracle

_BOUNDARY = "proof-of-forms"
Pairs = Sequence[tuple[str, str]]


def _urlencoded(pairs: Pairs) -> dict[str, Any]:
    return {"content": urlencode(pairs).encode(), "headers": {"Content-Type": "application/x-www-form-urlencoded"}}


def _in_parts(pairs: Pairs) -> dict[str, Any]:
    """Return a multipart form (RFC 7578)."""
    part = f'--{_BOUNDARY}\r\nContent-Disposition: form-data; name="{{}}"\r\n\r\n{{}}\r\n'
    content = "".join(part.format(name, value) for name, value in pairs) + f"--{_BOUNDARY}--\r\n"
    return {"content": content.encode(), "headers": {"Content-Type": f"multipart/form-data; boundary={_BOUNDARY}"}}


def _json(field: tuple[str, str], tags: Sequence[str]) -> dict[str, Any]:
    return {"body": dict([field]) | {"tags": list(tags)}}


def _numbered(field: tuple[str, str], tags: Sequence[str]) -> dict[str, Any]:
    return {"body": dict([field]) | {"tags": {str(number): tag for number, tag in _backwards(tags)}}}


def _bracketed(field: tuple[str, str], tags: Sequence[str]) -> Pairs:
    return [field, *(("tags[]", tag) for tag in tags)]


def _positioned(field: tuple[str, str], tags: Sequence[str]) -> Pairs:
    return [field, *((f"tags[{number}]", tag) for number, tag in _backwards(tags))]


def _backwards(tags: Sequence[str]) -> list[tuple[int, str]]:
    """Return the tags under positions with gaps, in descending order."""
    return [(2 * number + 1, tag) for number, tag in enumerate(tags)][::-1]


# Equivalent encodings of a field and a list.
_WAYS: dict[str, Callable[[tuple[str, str], Sequence[str]], dict[str, Any]]] = {
    "JSON": _json,
    "JSON with numbers for keys": _numbered,
    "tags[] in a form": lambda field, tags: _urlencoded(_bracketed(field, tags)),
    "tags[] in a form of parts": lambda field, tags: _in_parts(_bracketed(field, tags)),
    "tags[1] in a form": lambda field, tags: _urlencoded(_positioned(field, tags)),
    "tags[1] in a form of parts": lambda field, tags: _in_parts(_positioned(field, tags)),
}


@oracle(
    "lists and fields have the same effect in JSON, as an object with numbers as keys, and in forms of both kinds",
    writes=True,
)
def lists_are_written_any_way(scene: Scene) -> None:
    for path, query in _with_tags(scene):
        for word, write in _WAYS.items():
            # Enough for positions of two digits, which are greater than those of one.
            tags = [scene.unique("b"), AWKWARD, "a + b & c=d", "007", "z", "y", "x"]
            phone = scene.unique("+49")
            with attempt(scene, f"{path} by {word}"):
                answer = scene.api.send("PUT", path, query, **write(("phone", phone), tags))
                scene.expect_equal(answer.data["tags"], tags, f"{answer}: tags by {word}")
                if scene.dialect == "v1":
                    scene.expect_equal(answer.data["phone"], phone, f"{answer}: a field by {word}")
        for form in (_urlencoded, _in_parts):
            answer = scene.api.send("PUT", path, query, **form([("tags[]", "")]))
            scene.expect_equal(answer.data["tags"], [], f"{answer}: no tags in a form")


def _with_tags(scene: Scene) -> list[tuple[str, dict[str, str]]]:
    if scene.dialect == "v1":
        return [(f"/clients/{v1_client(scene)['id']}", {"include": "tags"})]
    return [(f"/clients/{api_client(scene)['id']}/tags", {}), (f"/notes/{note(scene)['id']}/tags", {})]


@oracle(
    "contacts and settings have the same effect in JSON, as one object for a list of one, with numbers "
    "as keys, and in forms",
    writes=True,
    dialects=("v1",),
    subjects=("clients",),
)
def nested_is_written_any_way(scene: Scene) -> None:
    for method, path in (("POST", "/clients"), ("PUT", f"/clients/{v1_client(scene)['id']}")):
        for word, write in _NESTED.items():
            one, two, terms = scene.unique("One"), scene.unique("Two"), str(next(scene.counter))
            with attempt(scene, f"{method} {path} by {word}"):
                answer = scene.api.send(method, path, **write(one, two, terms))
                found = [each["first_name"] for each in answer.data["contacts"]]
                wanted = [one] if word == "one object" else [one, two]
                scene.expect_equal(found, wanted, f"{answer}: contacts by {word}")
                scene.expect_equal(at(answer.data, "settings.payment_terms"), terms, f"{answer}: settings by {word}")


def _nested(contacts: Any, terms: str) -> dict[str, Any]:
    return {"body": {"contacts": contacts, "settings": {"payment_terms": terms}}}


def _nested_pairs(one: str, two: str, terms: str) -> Pairs:
    people = [("contacts[1][first_name]", two), ("contacts[0][first_name]", one)]
    return [*people, ("settings[payment_terms]", terms)]


_NESTED: dict[str, Callable[[str, str, str], dict[str, Any]]] = {
    "JSON": lambda one, two, terms: _nested([{"first_name": one}, {"first_name": two}], terms),
    "JSON with numbers for keys": lambda one, two, terms: _nested(
        {"10": {"first_name": two}, "9": {"first_name": one}}, terms
    ),
    "one object": lambda one, _two, terms: _nested({"first_name": one}, terms),
    "brackets in a form": lambda one, two, terms: _urlencoded(_nested_pairs(one, two, terms)),
    "brackets in a form of parts": lambda one, two, terms: _in_parts(_nested_pairs(one, two, terms)),
}


@oracle("a write also reads its query, and a key of the body takes precedence over one in the query", writes=True)
def writes_read_the_query(scene: Scene) -> None:
    api = scene.api
    if scene.dialect == "api":
        made = api_client(scene)
        needed, city, phone = {"client_company_name": made["company_name"]}, "client_billing_city", "client_phone"
        create, name, shown = {"first_name": "A", "last_name": "B", "email": scene.email()}, "client_vat", "vat"
    else:
        made, needed, city, phone = v1_client(scene), {}, "city", "phone"
        create, name, shown = {}, "name", "name"
    query = {city: scene.unique("Ulm + 1"), phone: "of the query"}
    method = "PATCH" if scene.dialect == "api" else "PUT"
    answer = api.send(method, f"/clients/{made['id']}", query, body={**needed, phone: "of the body"})
    where = at(answer.data, "billing.city" if scene.dialect == "api" else "city")
    scene.expect_equal(where, query[city], f"{answer}: what the query alone sets")
    scene.expect_equal(answer.data["phone"], "of the body", f"{answer}: what the query and the body set")
    blank = api.send(method, f"/clients/{made['id']}", {phone: "of the query"}, body={**needed, phone: ""})
    scene.expect_equal(blank.data["phone"] or "", "", f"{blank}: what the body clears and the query sets")
    value = scene.unique("Of the query")
    new = api.send("POST", "/clients", {name: value}, body=create)
    scene.expect_equal(new.data[shown], value, f"{new}: what the query alone sets")
