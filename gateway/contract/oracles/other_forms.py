"""Values in another form than usual, which the documents or docs/decisions.md allow: they have the same effect."""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

from gateway.contract.oracles.api import Answer, Files, eventually
from gateway.contract.oracles.resources import api_client, contact, v1_client, webhook
from gateway.contract.oracles.scene import Scene, attempt, oracle
from gateway.contract.oracles.stocked import stock_lists

Pairs = Sequence[tuple[str, str]]
_FEW = "5"  # records of a list that are compared; the total is that of all
_BEYOND = "9" * 25  # an amount that no register can hold
_PASSWORD = "Proof-Password-1"  # noqa: S105 (of a contact that the proof makes)
_LARGE = 10**22 + 7  # needs more than 64 bits
_FORM = {"Content-Type": "application/x-www-form-urlencoded"}


@oracle(
    "a query in another form finds the same: whole numbers as `3.0`, words in any case, lists as repeated or numbered "
    "parameters, times before 1970, amounts beyond every limit",
)
def queries_are_read_alike(scene: Scene) -> None:
    stock_lists(scene)
    for path, usual, others in _queries_of_api(scene) if scene.dialect == "api" else _queries_of_v1():
        _check_same_list(scene, path, usual, others)


def _check_same_list(scene: Scene, path: str, usual: Pairs, others: Sequence[Pairs]) -> None:
    """Compare lists with their pagination; others may write to a deployment meanwhile."""
    size = "limit" if scene.dialect == "api" else "per_page"
    few = [] if any(name == size for name, _ in usual) else [(size, _FEW)]
    wanted = scene.api.get(path, [*usual, *few])
    for other in others:
        with attempt(scene, f"{path}?{other}"):
            found = scene.api.get(path, [*other, *few])
            for _ in () if scene.alone else eventually(3, 1.0):
                wanted, found = (scene.api.get(path, [*each, *few]) for each in (usual, other))
                if _listed(found) == _listed(wanted):
                    break
            scene.expect_equal(_listed(found), _listed(wanted), f"{found} beside {wanted}")


def _listed(answer: Answer) -> Any:
    """Return the records and the pagination of a list without its links, which repeat the query; else the status."""
    if not answer.ok:
        return answer.status
    meta = answer.json["meta"]
    return [answer.data, {key: each for key, each in meta.get("pagination", meta).items() if key != "links"}]


def _queries_of_api(scene: Scene) -> Iterator[tuple[str, Pairs, Sequence[Pairs]]]:
    for path in ("/clients", "/contacts", "/categories", "/notes"):
        yield path, [("limit", "3"), ("page", "2")], ([("limit", "3.0"), ("page", "2.0")],)
        yield path, [("limit", "2")], ([("limit", "3"), ("limit", "2")], [("limit", "02")])
    known = [each["id"] for each in scene.api.get("/categories").data[:2]]
    for each in known:
        yield "/clients", [("category_id", str(each))], ([("category_id", f"{each}.0")],)


def _queries_of_v1() -> Iterator[tuple[str, Pairs, Sequence[Pairs]]]:
    for path in ("/clients", "/documents", "/group_settings", "/webhooks", "/client_gateway_tokens", "/users"):
        yield path, [("per_page", "3"), ("page", "2")], ([("per_page", "3.0"), ("page", "2.0")],)
        yield path, [], ([("created_at", "-86400")], [("updated_at", "1950-01-01")])
    for path in ("/clients", "/group_settings", "/webhooks"):
        yield path, [("is_deleted", "true")], [[("is_deleted", word)] for word in ("TRUE", "Yes", "on", "1")]
        yield path, [("with_trashed", "true")], [[("with_trashed", word)] for word in ("True", "ON")]
        yield path, *_as_list("status", "active", "deleted")
    yield "/clients", *_as_list("sort", "size_id|desc", "name|asc")
    yield "/clients", *_as_list("include", "tags", "locations")
    yield "/documents", *_as_list("type", "pdf", "image")
    beyond = [("balance", f"lt:{_BEYOND}")], [("balance", f"-{_BEYOND}:gt")]
    yield "/clients", [], (*beyond, [("between_balance", f"-{_BEYOND}:{_BEYOND}")])
    yield "/clients", [("country_id", "276")], [[("country_id", each)] for each in ("0276", "DE", "deu")]


def _as_list(name: str, *values: str) -> tuple[Pairs, Sequence[Pairs]]:
    """Return a list of values separated by commas, and its other forms."""
    keys = ([name] * 2, [f"{name}[]"] * 2, [f"{name}[0]", f"{name}[1]"])
    repeated = [list(zip(each, values, strict=True)) for each in keys]
    return [(name, ",".join(values))], (*repeated, [(name, " , ".join(values))])


@oracle(
    "a body in another form has the same effect: with `_method` in the query, with numbers of more than 64 bits or "
    "with a fraction of zero, with objects as text or as lists of pairs",
    writes=True,
)
def bodies_are_read_alike(scene: Scene) -> None:
    if scene.dialect == "api":
        made = api_client(scene)
        path, needed = f"/clients/{made['id']}", {"client_company_name": made["company_name"]}
        key, method = "client_phone", "PATCH"
        answer = scene.api.send(method, path, body={**needed, "client_billing_invoice_due_days": 7.0})
        days = answer.data["billing"]["invoice_due_days"]
        scene.expect_equal(days, "7", f"{answer}: 7.0 days")
    else:
        path, needed = f"/clients/{v1_client(scene)['id']}", {}
        key, method = "phone", "PUT"
        _check_objects(scene, path)
    for number in (_LARGE, -_LARGE):
        answer = scene.api.send(method, path, body={**needed, key: number})
        scene.expect_equal(answer.data["phone"], str(number), f"{answer}: a number that needs more than 64 bits")
    text = scene.unique("+49 method")
    answer = scene.api.send("POST", path, {"_method": method}, body={**needed, key: text})
    scene.expect_equal(answer.data["phone"], text, f"{answer}: a change by POST")
    for slashes in (f"{path}/", f"/{path}//"):
        text = scene.unique("+49 slash")
        answer = scene.api.send(method, slashes, body={**needed, key: text})
        scene.expect_equal(answer.data["phone"], text, f"{answer}: a change at a path with further slashes")
    _check_methods(scene, path, method, {**needed, key: ""})
    _check_nothing(scene)
    before = scene.api.one(path)
    answer = scene.api.send("POST", path, body={"_method": "DELETE"})  # JSON has no `_method`
    scene.expect_status(answer, 405)
    scene.expect_equal(scene.api.one(path), before, f"{answer}: the client afterwards")


def _check_methods(scene: Scene, path: str, method: str, body: Mapping[str, str]) -> None:
    """A POST is the method that `_method` names in any case, in the query and in forms of both kinds."""
    for word in (method, method.lower(), method.title()):
        for place in ("query", "form", "parts"):
            with attempt(scene, f"_method={word} in the {place}"):
                sent = {name: text or scene.unique("+49") for name, text in body.items()}
                pairs = {**sent, "_method": word}
                if place == "query":
                    answer = scene.api.send("POST", path, {"_method": word}, body=sent)
                elif place == "form":
                    answer = scene.api.send("POST", path, content=urlencode(pairs).encode(), headers=_FORM)
                else:
                    parts: Files = [(name, (None, text.encode(), "")) for name, text in pairs.items()]
                    answer = scene.api.send("POST", path, files=parts)
                shown = answer.data["phone"]
                scene.expect_equal(shown, [*sent.values()][-1], f"{answer} with _method={word} in the {place}")


def _check_nothing(scene: Scene) -> None:
    """No bytes are no body, whatever media type they have."""
    for kind in (
        *({"Content-Type": each} for each in ("", "application/json", "application/json; charset=utf-8")),
        _FORM,
    ):
        with attempt(scene, f"no bytes of {kind}"):
            method, path = "POST", "/clients"
            if scene.dialect == "api":
                method, path = "PUT", f"/contacts/{contact(scene)['id']}/account-owner"
            answer = scene.api.send(method, path, content=b"", headers={k: v for k, v in kind.items() if v})
            scene.expect(answer.ok, f"{answer} without a body of {kind}: {answer.content[:200]!r}")


def _check_objects(scene: Scene, path: str) -> None:
    """Objects may be sent as JSON in a text, tags as objects, headers as a list; a known password changes nothing."""
    for see in (_check_settings, _check_tags, _check_password):
        with attempt(scene, see.__name__.strip("_")):
            see(scene, path)
    hook, headers = f"/webhooks/{webhook(scene)['id']}", {"X-One": "1", "X-Two": "two"}
    pairs = [{"name": name, "value": value} for name, value in headers.items()]
    for sent in (pairs, json.dumps(headers), headers):
        with attempt(scene, f"headers {sent}"):
            answer = scene.api.send("PUT", hook, body={"headers": sent})
            scene.expect_equal(answer.data["headers"], headers, f"{answer}: headers that were sent as {sent!r}")


def _check_settings(scene: Scene, path: str) -> None:
    value = {"own": [1.5, {"deep": "007"}], "payment_terms": "7"}
    settings = scene.api.send("PUT", path, body={"settings": json.dumps(value)}).data["settings"]
    scene.expect_equal({key: settings.get(key) for key in value}, value, f"{path}: settings that were sent as a text")


def _check_tags(scene: Scene, path: str) -> None:
    tagged = scene.api.send("PUT", path, {"include": "tags"}, body={"tags": [{"name": "a"}, "b", {"name": "c"}]})
    scene.expect_equal(tagged.data["tags"], ["a", "b", "c"], f"{tagged}: tags that were sent as objects")


def _check_password(scene: Scene, path: str) -> None:
    people = {"contacts": [{"id": scene.api.one(path)["contacts"][0]["id"], "password": _PASSWORD}]}
    first, again = (scene.api.send("PUT", path, body=people).headers.get("ETag") for _ in range(2))
    scene.expect(first == again, f"{path}: the password that a contact already has changed the ETag")
