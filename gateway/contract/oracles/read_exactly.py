"""How exactly requests are read: words in forms, media types, numbers in place of texts, ids, trailing slashes."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

from gateway.contract.oracles.protocol_methods import real_paths
from gateway.contract.oracles.resources import RESOURCES, Resource, api_client, document, token, v1_client
from gateway.contract.oracles.scene import Scene, at, attempt, oracle
from schemas.types import Name, Text, TrimmedText

_FORM = "application/x-www-form-urlencoded"
_TRUE, _FALSE = ("1", "true", "yes", "on"), ("0", "false", "no", "off")
_TEXTS = (Text, TrimmedText, Name)
_UNIQUE = {"/categories": ("name",), "/group_settings": ("name",), "/clients": ("number", "id_number")}


@oracle(
    "in a form, 1, true, yes and on mean true; 0, false, no and off mean false",
    writes=True,
    dialects=("v1",),
    subjects=("clients", "documents"),
)
def flags_of_forms_are_read(scene: Scene) -> None:
    client = v1_client(scene)
    known = client["contacts"][0]["id"]
    flags = [
        (f"/clients/{client['id']}", ("contacts[0][send_email]", "contacts.0.send_email")),
        (f"/clients/{client['id']}", ("contacts[0][is_locked]", "contacts.0.is_locked")),
        (f"/documents/{document(scene)['id']}", ("is_public", "is_public")),
        (f"/client_gateway_tokens/{token(scene)['id']}", ("is_default", "is_default")),
    ]
    for path, (name, key) in flags:
        for word in (word for pair in zip(_TRUE, _FALSE, strict=True) for word in pair):
            with attempt(scene, f"{path} with {name}={word}"):
                pairs = [(name, word)] + ([("contacts[0][id]", known)] if "contacts" in name else [])
                answer = _form(scene, "PUT", path, pairs)
                found: Any = answer.data
                for step in key.split("."):
                    found = found[int(step) if step.isdigit() else step]
                scene.expect_equal(found, word in _TRUE, f"{answer}: `{name}={word}` of a form")


def _form(scene: Scene, method: str, path: str, pairs: list[tuple[str, str]], kind: str = _FORM) -> Any:
    return scene.api.send(method, path, content=urlencode(pairs).encode(), headers={"Content-Type": kind})


@oracle("a media type is recognised in upper and lower case, and a charset parameter has no effect", writes=True)
def media_types_are_read(scene: Scene) -> None:
    path, method, needed, key = _changeable(scene)
    for kind in ("application/json; charset=utf-8", "Application/JSON", 'application/json;charset="UTF-8"'):
        _check(scene, method, path, key, needed, kind)
    for kind in (f"{_FORM}; charset=UTF-8", _FORM.title()):
        _check(scene, method, path, key, needed, kind)


def _check(scene: Scene, method: str, path: str, key: str, needed: dict[str, Any], kind: str) -> None:
    text = scene.unique("Grün")
    with attempt(scene, kind):
        if "json" in kind.lower():
            answer = scene.api.send(method, path, body={**needed, key: text}, headers={"Content-Type": kind})
        else:
            answer = _form(scene, method, path, [*needed.items(), (key, text)], kind)
        scene.expect_equal(answer.data["phone"], text, f"{answer}: `{key}` in {kind}")


def _changeable(scene: Scene) -> tuple[str, str, dict[str, Any], str]:
    if scene.dialect == "v1":
        return f"/clients/{v1_client(scene)['id']}", "PUT", {}, "phone"
    made = api_client(scene)
    return f"/clients/{made['id']}", "PATCH", {"client_company_name": made["company_name"]}, "client_phone"


@oracle("a number that is sent for a text field is stored as its digits", writes=True)
def numbers_are_stored_as_text(scene: Scene) -> None:
    path, method, needed, _key = _changeable(scene)
    numbers = {
        "api": [("client_billing_invoice_due_days", days, "billing.invoice_due_days") for days in (21, 0)],
        "v1": (
            *(("country_id", 276, "country_id"), ("shipping_country_id", 8, "shipping_country_id")),
            *(("industry_id", 4, "industry_id"), ("size_id", 3, "size_id")),
        ),
    }
    for key, number, shown in numbers[scene.dialect]:
        answer = scene.api.send(method, path, body={**needed, key: number})
        scene.expect_equal(at(answer.data, shown), str(number), f"{answer}: `{key}` sent as a number")
    for resource in (each for each in RESOURCES if each.dialect == scene.dialect):
        with attempt(scene, resource.path):
            _check_zero(scene, resource)


def _check_zero(scene: Scene, resource: Resource) -> None:
    """Nought is a number like any other: as a text it is "0", and not an empty one."""
    made = resource.make(scene)
    path = f"{resource.path}/{made['id']}"
    for row in resource.fields("update"):
        if type(row.type) in _TEXTS and row.attribute not in _UNIQUE.get(resource.path, ()):
            answer = scene.api.send(resource.method, path, body={**resource.needed(made), row.input_key: 0})
            if scene.expect_status(answer, 200):
                shown = at(scene.api.one(path), str(row.key))
                scene.expect_equal(shown, "0", f"{answer}: `{row.input_key}` sent as 0")


@oracle("an id is compared exactly: a similar id is not found")
def ids_are_exact(scene: Scene) -> None:
    for template, path, operations in real_paths(scene):
        if not template.endswith("{id}") or "get" not in operations:
            continue
        with attempt(scene, template):
            folder, _, known = path.rpartition("/")
            if not scene.expect_status(scene.api.get(path), 200):
                continue
            for similar in _similar(scene.dialect, known):
                scene.expect_status(scene.api.get(f"{folder}/{similar}"), 404)


def _similar(dialect: str, known: str) -> Iterator[str]:
    yield from (f"{known}x", f"{known}.json", f"x{known}", f"{known},1", f"%20{known}", f"{known}%20", f"{known}%0A")
    if dialect == "v1":
        yield from ("1", "2", known[:-1], known + known)
        if known.swapcase() != known:
            yield known.swapcase()
    else:
        yield from (f"{known}.0", f"-{known}", f"+{known}", "VolejRejNm")


@oracle("a trailing slash in any path leads to the same resource, without a redirect")
def slashes_change_nothing(scene: Scene) -> None:
    for template, path, operations in real_paths(scene):
        if "get" in operations and not path.endswith("/download"):
            with attempt(scene, template):
                plain, slash = scene.api.get(path), scene.api.get(f"{path}/")
                is_still = scene.alone or "{id}" in template  # elsewhere others may write meanwhile
                if scene.expect_status(slash, plain.status) and is_still:
                    scene.expect_equal(slash.json.get("data"), plain.json.get("data"), f"{slash} beside {plain}")
