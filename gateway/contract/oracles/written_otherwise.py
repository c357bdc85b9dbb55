"""What is written in another way is the same: lists as PHP writes them, forms of both kinds, values in the query."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

from gateway.contract.oracles.resources import api_client, note, v1_client
from gateway.contract.oracles.samples import AWKWARD
from gateway.contract.oracles.scene import Scene, at, attempt, oracle

_BOUNDARY = "proof-of-forms"
Pairs = Sequence[tuple[str, str]]
Way = tuple[str, Mapping[str, Any]]  # what it is, and the arguments of `Api.send`


def _urlencoded(pairs: Pairs) -> dict[str, Any]:
    return {"content": urlencode(pairs).encode(), "headers": {"Content-Type": "application/x-www-form-urlencoded"}}


def _in_parts(pairs: Pairs) -> dict[str, Any]:
    """A form as RFC 7578 has it."""
    part = f'--{_BOUNDARY}\r\nContent-Disposition: form-data; name="{{}}"\r\n\r\n{{}}\r\n'
    content = "".join(part.format(name, value) for name, value in pairs) + f"--{_BOUNDARY}--\r\n"
    return {"content": content.encode(), "headers": {"Content-Type": f"multipart/form-data; boundary={_BOUNDARY}"}}


def _forms(word: str, pairs: Pairs) -> Iterator[Way]:
    yield f"{word} in a form", _urlencoded(pairs)
    yield f"{word} in a form of parts", _in_parts(pairs)


def _ways(tags: Sequence[str], field: tuple[str, str]) -> Iterator[Way]:
    """Ways of writing a field and a list, each of which says the same."""
    numbered = [(2 * number + 1, tag) for number, tag in enumerate(tags)]
    yield "JSON", {"body": dict([field]) | {"tags": list(tags)}}
    by_number = {str(number): tag for number, tag in reversed(numbered)}
    yield "JSON with numbers for keys", {"body": dict([field]) | {"tags": by_number}}
    yield from _forms("tags[]", [field, *(("tags[]", tag) for tag in tags)])
    yield from _forms("tags[1]", [field, *((f"tags[{number}]", tag) for number, tag in reversed(numbered))])


@oracle(
    "a list and a field are the same in JSON, in an object with numbers for keys, and in forms of both kinds",
    writes=True,
)
def lists_are_written_any_way(scene: Scene) -> None:
    for path, query in _with_tags(scene):
        key = "phone" if scene.dialect == "v1" else "ignored_by_tags"
        for number in range(len(list(_ways((), ("", ""))))):
            tags, field = [scene.unique("b"), AWKWARD, "a + b & c=d", "007"], (key, scene.unique("+49"))
            word, sent = list(_ways(tags, field))[number]
            with attempt(scene, f"{path} by {word}"):
                answer = scene.api.send("PUT", path, query, **sent)
                scene.expect_equal(answer.data["tags"], tags, f"{answer}: tags by {word}")
                if scene.dialect == "v1":
                    scene.expect_equal(answer.data["phone"], field[1], f"{answer}: a field by {word}")
        for word, sent in _forms("no tags", [("tags[]", "")]):
            answer = scene.api.send("PUT", path, query, **sent)
            scene.expect_equal(answer.data["tags"], [], f"{answer}: {word}")


def _with_tags(scene: Scene) -> list[tuple[str, dict[str, str]]]:
    if scene.dialect == "v1":
        return [(f"/clients/{v1_client(scene)['id']}", {"include": "tags"})]
    return [(f"/clients/{api_client(scene)['id']}/tags", {}), (f"/notes/{note(scene)['id']}/tags", {})]


@oracle(
    "contacts and settings are the same in JSON, as one object for a list of one, with numbers for keys, and in forms",
    writes=True,
    dialects=("v1",),
    subjects=("clients",),
)
def nested_is_written_any_way(scene: Scene) -> None:
    for method, path in (("POST", "/clients"), ("PUT", f"/clients/{v1_client(scene)['id']}")):
        for number in range(len(list(_nested("", "", "")))):
            one, two, terms = scene.unique("One"), scene.unique("Two"), str(next(scene.counter))
            word, names, sent = list(_nested(one, two, terms))[number]
            with attempt(scene, f"{method} {path} by {word}"):
                answer = scene.api.send(method, path, **sent)
                found = [each["first_name"] for each in answer.data["contacts"]]
                scene.expect_equal(found, names, f"{answer}: contacts by {word}")
                scene.expect_equal(at(answer.data, "settings.payment_terms"), terms, f"{answer}: settings by {word}")


def _nested(one: str, two: str, terms: str) -> Iterator[tuple[str, list[str], Mapping[str, Any]]]:
    first, second, settings = {"first_name": one}, {"first_name": two}, {"payment_terms": terms}
    yield "JSON", [one, two], {"body": {"contacts": [first, second], "settings": settings}}
    numbered = {"4": second, "3": first}
    yield "JSON with numbers for keys", [one, two], {"body": {"contacts": numbered, "settings": settings}}
    yield "one object", [one], {"body": {"contacts": first, "settings": settings}}
    pairs = [
        ("contacts[1][first_name]", two),
        ("contacts[0][first_name]", one),
        ("settings[payment_terms]", terms),
    ]
    for word, sent in _forms("brackets", pairs):
        yield word, [one, two], sent


@oracle("a write reads its query too, and a key of the body takes the place of one in the query", writes=True)
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
    value = scene.unique("Of the query")
    new = api.send("POST", "/clients", {name: value}, body=create)
    scene.expect_equal(new.data[shown], value, f"{new}: what the query alone sets")
