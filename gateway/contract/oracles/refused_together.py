"""A refusal names every error at once, each under the key that was sent."""

from collections.abc import Iterator, Mapping
from typing import Any

from gateway.contract.oracles.api import Answer
from gateway.contract.oracles.resources import RESOURCES, api_client, category, group, v1_client
from gateway.contract.oracles.scene import Scene, attempt, oracle
from schemas.types import ListOf, Name

Words = Mapping[str, str]
_TAKEN = "The email has already been taken."
_NOBODY = 10**12  # an id that no record has


@oracle(
    "a refusal names every error of a request, also those that only the register can find, under the key that was "
    "sent, and inside lists with the position from 0",
    writes=True,
)
def errors_are_named_together(scene: Scene) -> None:
    own = _of_api(scene) if scene.dialect == "api" else _of_v1(scene)
    for answer, wanted in (*own, *_of_both(scene)):
        with attempt(scene, str(answer)):
            if scene.expect_status(answer, 422):
                found = {key: texts[0] for key, texts in answer.json["errors"].items()}
                scene.expect_equal(found, dict(wanted), f"{answer} of {answer.sent}: the errors")


def _required(*keys: str) -> dict[str, str]:
    return {key: f"The {key.replace('_', ' ')} field is required." for key in keys}


def _invalid(*keys: str) -> dict[str, str]:
    return {key: f"The selected {key.replace('_', ' ')} is invalid." for key in keys}


def _of_both(scene: Scene) -> Iterator[tuple[Answer, Words]]:
    """A name cannot be emptied, and lists have a largest number of items."""
    for resource in (each for each in RESOURCES if each.dialect == scene.dialect):
        made = resource.make(scene)
        for row in resource.fields("update"):
            key, path = row.input_key, f"{resource.path}/{made['id']}"
            if isinstance(row.type, Name):
                for nothing in ("", " ", None):
                    body = {**resource.needed(made), key: nothing}
                    yield scene.api.send(resource.method, path, body=body), _required(key)
            elif isinstance(row.type, ListOf):
                body = {**resource.needed(made), key: [str(number) for number in range(row.type.max_items + 1)]}
                most = f"The {key} field must not have more than {row.type.max_items} items."
                yield scene.api.send(resource.method, path, body=body), {key: most}


def _of_api(scene: Scene) -> Iterator[tuple[Answer, Words]]:
    mail, known = scene.email(), category(scene)

    def post(path: str, **body: Any) -> Answer:
        return scene.api.send("POST", path, body=body)

    api_client(scene, email=mail)
    names = _required("first_name", "last_name")
    yield post("/clients", email=mail), {**names, "email": _TAKEN}  # the example of the API document
    both = {"email": mail, "first_name": "A"}
    wanted = {"email": _TAKEN, **_required("last_name"), **_invalid("client_categoryid")}
    yield post("/clients", **both, client_categoryid=_NOBODY), wanted
    wanted = {"email": _TAKEN, **_required("last_name"), **_invalid("clientid")}
    yield post("/contacts", **both, clientid=_NOBODY), wanted
    whole = {**both, "last_name": "B"}  # nothing is missing, so that only the register can refuse it
    wanted = {"email": _TAKEN}
    yield post("/clients", **whole, client_categoryid=_NOBODY), wanted | _invalid("client_categoryid")
    yield post("/contacts", **whole, clientid=_NOBODY), wanted | _invalid("clientid")
    wanted = {"category_name": "A category with this name already exists.", **_invalid("category_visibility")}
    yield post("/categories", category_name=known["name"], category_visibility="nobody"), wanted
    yield (
        post("/notes", noteresource_id=_NOBODY),
        _required("note_title", "note_description") | _invalid("noteresource_id"),
    )
    for key in ("noteresource_id", "resource_id", "client_id"):  # a note has several names for its client
        yield post("/notes", **{"title": "T", "text": "x", key: _NOBODY}), _invalid(key)
    for key in ("target_id", "category_id"):
        path = f"/categories/{known['id']}/migrate"
        yield scene.api.send("PUT", path, body={key: _NOBODY}), _invalid(key)


def _of_v1(scene: Scene) -> Iterator[tuple[Answer, Words]]:
    mail, taken, known = scene.email(), scene.unique("N"), group(scene)
    client, stranger = v1_client(scene, number=taken), v1_client(scene)["contacts"][0]["id"]
    path = f"/clients/{client['id']}"
    number = {"number": "The number has already been taken."}

    def sent(**body: Any) -> Iterator[Answer]:
        yield from (scene.api.send(method, to, body=body) for method, to in (("POST", "/clients"), ("PUT", path)))

    bad = [{"first_name": "Good"}, {"email": "bad"}]
    for answer in sent(contacts=bad, country_id="9999"):
        email = "The contacts.1.email field must be a valid email address."
        yield answer, {"contacts.1.email": email, **_invalid("country_id")}
    for answer in sent(locations=[{"name": "Good"}, {"country_id": "9999"}]):
        yield answer, {"locations.1.country_id": "The selected locations.1.country id is invalid."}
    for answer in sent(contacts=[{}, {"email": mail}, {"email": mail.upper()}]):
        yield answer, {"contacts.2.email": "The contacts.2.email field has a duplicate value."}
    doubled = {"contacts": [{"email": mail}, {"email": mail}], "number": taken}
    answer = scene.api.send("POST", "/clients", body=doubled)
    yield answer, number | {"contacts.1.email": "The contacts.1.email field has a duplicate value."}
    strange = {"contacts": [{"id": client["contacts"][0]["id"]}, {"id": stranger}]}
    yield scene.api.send("PUT", path, body=strange), {"contacts.1.id": "The selected contacts.1.id is invalid."}
    answer = scene.api.send("POST", "/clients", body={"number": taken, "country_id": "9999"})
    yield answer, number | _invalid("country_id")
    answer = scene.api.send("POST", "/group_settings", body={"name": known["name"], "settings": [1]})
    words = {"name": "The name has already been taken.", "settings": "The settings field must be an array."}
    yield answer, words
    answer = scene.api.send("POST", "/clients/bulk", body={"action": "explode"})
    yield answer, _invalid("action") | _required("ids")
    update = {"action": "bulk_update", "ids": [client["id"]]}
    yield scene.api.send("POST", "/clients/bulk", body=update), _required("column", "new_value")
    answer = scene.api.send("POST", "/clients/bulk", body={**update, "column": "country_id", "new_value": "9999"})
    yield answer, _invalid("new_value")
