"""A request that is sent twice under one `Idempotency-Key` is done once."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from gateway.contract.oracles.resources import RESOURCES, Resource, api_client, v1_client
from gateway.contract.oracles.scene import Scene, attempt, oracle

Shown = Mapping[str, Any]


@dataclass(frozen=True)
class _Write:
    """A create or change, another body for it, and the list whose total tells whether it was done twice."""

    method: str
    path: str
    body: Mapping[str, Any]
    other: Mapping[str, Any]
    list_path: str


@oracle(
    "a create with a used Idempotency-Key is answered as before and creates nothing; another body is refused",
    writes=True,
)
def retries_are_done_once(scene: Scene) -> None:
    for each in _writes(scene):
        with attempt(scene, f"{each.method} {each.path}"):
            key = {"Idempotency-Key": f"proof-{scene.run}-{next(scene.counter)}"}
            first = scene.api.send(each.method, each.path, body=each.body, headers=key)
            scene.expect(first.ok, f"{first}: {first.content[:200]!r}")
            scene.expect(bool(first.headers.get("ETag")), f"{first} has no ETag")
            before = scene.api.get(each.list_path).total
            later = None if each.method == "POST" else scene.api.send(each.method, each.path, body=each.other)
            again = scene.api.send(each.method, each.path, body=each.body, headers=key)
            scene.expect(
                again.status == first.status and again.content == first.content,
                f"{again} under the same key is another answer: {again.content[:100]!r}",
            )
            scene.expect(scene.api.get(each.list_path).total == before, f"{again} was done twice")
            if later is not None:
                now = scene.api.one(each.path)
                scene.expect_equal(now, later.data, f"{again}: the record, which was changed again before")
            replayed = (first.headers.get("Idempotency-Replayed"), again.headers.get("Idempotency-Replayed"))
            scene.expect(replayed == (None, "true"), f"{again}: Idempotency-Replayed is {replayed}")
            for header in ("Content-Type", "ETag"):
                same = again.headers.get(header) == first.headers.get(header)
                scene.expect(same, f"{again}: {header} is {again.headers.get(header)!r}")
            other = scene.api.send(each.method, each.path, body=each.other, headers=key)
            scene.expect_status(other, 422)
            scene.expect(scene.api.get(each.list_path).total == before, f"{other} was done")
    if scene.dialect == "v1":
        with attempt(scene, "an answer with `include`"):
            _check_included(scene)


def _check_included(scene: Scene) -> None:
    """A repeated answer with `include` has the ETag of that representation, as the first answer has."""
    path, shown = f"/clients/{v1_client(scene)['id']}", {"include": "tags,locations"}
    for method, where in (("PUT", path), ("POST", "/clients")):
        key = {"Idempotency-Key": f"proof-{scene.run}-{next(scene.counter)}"}
        body = {"name": scene.unique(), "tags": ["of a retry"]}
        first, again = (scene.api.send(method, where, shown, body=body, headers=key) for _ in range(2))
        read = scene.api.get(f"/clients/{first.data['id']}", shown)
        scene.expect(again.content == first.content, f"{again} under the same key is another answer")
        tags = [each.headers.get("ETag") for each in (first, again)]
        scene.expect_equal(tags, [read.headers.get("ETag")] * 2, f"{again}: ETags of both answers and of {read}")


@oracle(
    "an Idempotency-Key applies to one caller and one request, and a refused request does not use it up",
    writes=True,
)
def retry_keys_belong_to_callers(scene: Scene) -> None:
    each = next(_writes(scene))
    key = {"Idempotency-Key": f"proof-{scene.run}-{next(scene.counter)}"}
    refused = scene.api.send(each.method, each.path, body={"client_billing_country": 1, "settings": 1}, headers=key)
    scene.expect_status(refused, 422)
    first = scene.api.send(each.method, each.path, body=each.body, headers=key)
    scene.expect(first.ok, f"{first} after a refusal under the same key: {first.content[:200]!r}")
    elsewhere = next(one for one in _writes(scene) if one.path != each.path)
    scene.expect_status(scene.api.send(elsewhere.method, elsewhere.path, body=elsewhere.body, headers=key), 422)
    if scene.others:
        other = scene.others[scene.dialect].send(each.method, each.path, body=each.body, headers=key)
        scene.expect(other.ok and other.data.get("id") != first.data["id"], f"{other}: the key of another company")
    longest = {"Idempotency-Key": f"!#~{scene.run}-{next(scene.counter)}".ljust(255, "x")}
    accepted = scene.api.send(each.method, each.path, body=next(_writes(scene)).body, headers=longest)
    scene.expect(accepted.ok, f"{accepted} under a key of 255 characters: {accepted.content[:200]!r}")
    for wrong in ("", "x" * 256, "white space"):
        scene.expect_status(
            scene.api.send(each.method, each.path, body=each.body, headers={"Idempotency-Key": wrong}), 400
        )


def _writes(scene: Scene) -> Iterator[_Write]:
    bodies: dict[tuple[str, str], Any] = {
        ("api", "/clients"): lambda: {"first_name": "A", "last_name": scene.unique(), "email": scene.email()},
        ("api", "/categories"): lambda: {"category_name": scene.unique()},
        ("api", "/contacts"): lambda: {
            "first_name": "A",
            "last_name": "B",
            "email": scene.email(),
            "clientid": api_client(scene)["id"],
        },
        ("api", "/notes"): lambda: {
            "note_title": scene.unique(),
            "note_description": "x",
            "noteresource_id": api_client(scene)["id"],
        },
        ("v1", "/clients"): lambda: {"name": scene.unique()},
        ("v1", "/group_settings"): lambda: {"name": scene.unique()},
        ("v1", "/client_gateway_tokens"): lambda: {"client_id": v1_client(scene)["id"], "token": scene.unique()},
    }
    for (dialect, path), body in bodies.items():
        if dialect == scene.dialect:
            yield _Write("POST", path, body(), body(), path)
    for resource in RESOURCES:
        if resource.dialect == scene.dialect and resource.path in ("/clients", "/documents"):
            yield _change(scene, resource)


def _change(scene: Scene, resource: Resource) -> _Write:
    made = resource.make(scene)
    key = {"/documents": "name"}.get(resource.path, "client_phone" if scene.dialect == "api" else "phone")
    body, other = ({**resource.needed(made), key: scene.unique()} for _ in range(2))
    return _Write(resource.method, f"{resource.path}/{made['id']}", body, other, resource.path)
