"""What the published documents promise, written down here because a deployment's tables cannot show what they lack."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

from gateway.contract.oracles.protocol_methods import METHODS
from gateway.contract.oracles.scene import Scene, oracle, same
from gateway.reference.breaking.documents import breaking_changes

Part = Mapping[str, Any]
_PUBLISHED = {"api": "api.yaml", "v1": "api-v1.yaml"}
_FOLDER = Path(__file__).parents[3] / "openapi"
_PARTS = ("paths", "components")
_LENGTH = 100  # characters that every text may have
_NO_TEXTS = ("_id", "status", "action")
_BILLING = ("street", "city", "state", "zip", "country", "invoice_due_days")
_ADDRESS = ("address1", "address2", "city", "state", "postal_code", "country_id")
_OF_CLIENT = (
    *("client_categoryid", "client_description", "client_phone", "client_website", "client_vat"),
    *("client_company_name", *(f"client_billing_{word}" for word in _BILLING)),
)
_CUSTOM = tuple(f"custom_value{number}" for number in range(1, 5))
_OF_V1 = (
    *("name", "website", "private_notes", "public_notes", "industry_id", "size_id", "phone", "number", "id_number"),
    *(*_ADDRESS, *(f"shipping_{word}" for word in _ADDRESS), *_CUSTOM),
    *("settings", "vat_number", "group_settings_id", "contacts"),
)
# Keys of bodies by operation, from the two documents.
_KEYS: dict[str, dict[str, tuple[str, ...]]] = {
    "api": {
        "createClient": ("first_name", "last_name", "email", *_OF_CLIENT, "tags", "send_email"),
        "updateClient": _OF_CLIENT,
        "setClientTags": ("tags",),
        "setClientStatus": ("status",),
        "setClientOwner": ("owner",),
    },
    "v1": {"createClient": _OF_V1, "updateClient": _OF_V1, "bulkClients": ("action", "ids")},
}
_CONTACT = ("first_name", "last_name", "email", "phone", *_CUSTOM, "send_email")
_PARAMETERS = {
    "api": ("status", "category_id", "search", "sort", "order", "limit", "page"),
    "v1": (
        *("balance", "between_balance", "client_id", "created_at", "updated_at", "email", "filter", "id_number"),
        *("is_deleted", "include", "name", "number", "per_page", "page", "sort"),
    ),
}
_SORTS = {
    "api": ("client_company_name", "client_status", "client_created", "client_updated"),
    "v1": ("name", "number", "balance", "created_at", "updated_at"),
}


@oracle(
    "every body key, parameter and sort column of the API documents is in the served document, and texts "
    "may have 100 characters",
)
def documented_inputs_are_served(scene: Scene) -> None:
    operations = dict(_operations(scene.documents[scene.dialect]))
    for name, keys in _KEYS[scene.dialect].items():
        known = _properties(scene.documents[scene.dialect], operations[name])
        for key in keys:
            scene.expect(key in known, f"{name}: the body has no `{key}`")
        for key in (each for each in keys if each in known and not each.endswith(_NO_TEXTS)):
            longest = known[key].get("maxLength", _LENGTH)
            scene.expect(longest >= _LENGTH, f"{name}: `{key}` has {longest} characters at most")
        if "contacts" in known:
            items = str(known["contacts"])
            missing = [key for key in _CONTACT if f"'{key}'" not in items]
            scene.expect(not missing, f"{name}: contacts have no {missing}")
    listed = {each["name"]: each for each in operations["listClients"]["parameters"]}
    missing = [name for name in _PARAMETERS[scene.dialect] if name not in listed]
    scene.expect(not missing, f"listClients has no {missing}")
    sorts = str(listed["sort"]["schema"])
    scene.expect(all(column in sorts for column in _SORTS[scene.dialect]), f"listClients sorts by {sorts}")


def _operations(document: Part) -> Iterator[tuple[str, Part]]:
    for operations in document["paths"].values():
        for method in (each for each in METHODS if each in operations):
            yield operations[method]["operationId"], operations[method]


def _properties(document: Part, operation: Part) -> dict[str, Any]:
    schema = operation["requestBody"]["content"]["application/json"]["schema"]
    while "$ref" in schema:
        schema = document["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    return dict(schema.get("properties", {}))


@oracle(
    "the served document is the published one: it has no breaking change, and the same defaults and texts",
    alone=True,
)
def openapi_has_no_breaking_change(scene: Scene) -> None:
    file = _FOLDER / _PUBLISHED[scene.dialect]
    if not file.exists():
        scene.not_reached("the published document: it is only in the repository")
        return
    published, served = yaml.load(file.read_bytes(), yaml.CSafeLoader), scene.documents[scene.dialect]
    for change in breaking_changes(published, served):
        scene.expect(False, f"the served document: {change}")
    before, now = _facts(published), _facts(served)
    for where, fact in before.items():
        scene.expect_equal(now.get(where), fact, f"the served document: {where}")
    other = _differing({key: published[key] for key in _PARTS}, {key: served[key] for key in _PARTS})
    scene.expect(not other, f"the served document is not the published one: {sorted(other)[:5]}")


def _differing(one: Any, other: Any, where: str = "") -> set[str]:
    """Return the places at which two documents differ; also what is no breaking change may break what is promised."""
    if isinstance(one, dict) and isinstance(other, dict):
        keys = one.keys() | other.keys()
        return {place for key in keys for place in _differing(one.get(key), other.get(key), f"{where}/{key}")}
    if isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        return {
            place for n, pair in enumerate(zip(one, other, strict=True)) for place in _differing(*pair, f"{where}/{n}")
        }
    return set() if same(one, other) else {where}


def _facts(document: Part) -> dict[str, Any]:
    """Scopes, defaults and messages of successful answers, by operation."""
    found: dict[str, Any] = {}
    for name, operation in _operations(document):
        found[f"scope of {name}"] = operation.get("x-required-scope")
        for each in operation.get("parameters", ()):
            found[f"default of `{each['name']}` of {name}"] = each.get("schema", {}).get("default")
        for status, answer in operation["responses"].items():
            for message in _messages(answer):
                found[f"message of {name}, {status}"] = message
    return found


def _messages(answer: Part) -> Iterator[str]:
    media = answer.get("content", {}).get("application/json", {})
    examples = [media["example"]] if "example" in media else [e["value"] for e in media.get("examples", {}).values()]
    yield from (each["message"] for each in examples if isinstance(each, dict) and "message" in each)
