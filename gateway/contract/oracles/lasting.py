"""What lasts beyond one request: versions, numbers and ids after actions and merges, values of other companies."""

from collections.abc import Iterator, Mapping
from typing import Any

from gateway.contract.commands import printed
from gateway.contract.oracles.actions import actions_of
from gateway.contract.oracles.life_unique import end_client
from gateway.contract.oracles.protocol_conditions import new_value
from gateway.contract.oracles.resources import (
    RESOURCES,
    api_client,
    category,
    contact,
    document,
    group,
    token,
    upload,
    v1_client,
)
from gateway.contract.oracles.scene import Scene, attempt, oracle

_IDENTITY = {
    "contacts": ("id", "contact_key", "link", "created_at"),
    "documents": ("id", "hash", "url", "created_at"),
    "gateway_tokens": ("id", "token", "created_at"),
    "locations": ("id", "name", "created_at"),
}


@oracle(
    "an action or deletion with the current ETag of its record in If-Match is carried out, a bulk action and a create "
    "with *",
    writes=True,
)
def versions_allow_actions(scene: Scene) -> None:
    for method, path, read, sent in _actions(scene):
        with attempt(scene, f"{method} {path}"):
            tag = "*" if path.endswith("/bulk") else scene.api.get(read).headers.get("ETag", "")
            answer = scene.api.send(method, path, headers={"If-Match": tag}, **sent)
            scene.expect(answer.ok, f"{answer} with If-Match: {tag}, which is current: {answer.content[:200]!r}")
    make, method = (api_client, "PATCH") if scene.dialect == "api" else (v1_client, "PUT")
    path = f"/clients/{make(scene)['id']}"
    person = {"first_name": "A", "last_name": "B", "email": scene.email(), "client_company_name": scene.unique()}
    for headers in ({"If-Match": "*"}, {"If-None-Match": "*"}):  # there is no record yet
        new = {**person, "email": scene.email()} if scene.dialect == "api" else {"name": scene.unique()}
        made = scene.api.send("POST", "/clients", body=new, headers=headers)
        scene.expect(made.ok, f"{made} with {headers}: {made.content[:200]!r}")
    old = {"If-Unmodified-Since": "Sat, 01 Jan 2000 00:00:00 GMT"}  # no answer has Last-Modified
    body = {"client_company_name": scene.unique()} if scene.dialect == "api" else {"name": scene.unique()}
    scene.expect_status(scene.api.send(method, path, body=body, headers=old), 200)


def _actions(scene: Scene) -> Iterator[tuple[str, str, str, dict[str, Any]]]:
    """Yield each action as its method and path, the path of the record that it names, and what it sends."""
    for each in actions_of(scene):
        sent: dict[str, Any] = {"files": each.files} if each.files else {"body": each.body}
        yield each.method, each.path, each.read or each.path, sent
    if scene.dialect == "v1" and scene.api.password:
        one = f"/documents/{document(scene)['id']}"
        yield "DELETE", one, one, {}
        client = f"/clients/{v1_client(scene)['id']}"
        yield "POST", f"{client}/purge", client, {}
        one = f"/client_gateway_tokens/{token(scene)['id']}"
        yield "DELETE", one, one, {}


@oracle(
    "contacts, documents, gateway tokens and locations keep their ids, keys and addresses when their client is merged",
    writes=True,
    dialects=("v1",),
    subjects=("clients",),
)
def merged_keep_their_names(scene: Scene) -> None:
    if scene.api.password is None:
        scene.not_reached("merges: no --password was given")
        return
    people = [{"first_name": "One", "email": scene.email()}, {"last_name": "Two", "phone": "2"}]
    receiver, other = v1_client(scene), v1_client(scene, contacts=people, locations=[{"name": "Yard"}])
    upload(scene, other["id"], "moves.txt", b"moves")
    token(scene, client_id=other["id"])
    before = scene.api.one(f"/clients/{other['id']}", {"include": "locations"})
    answer = scene.api.send("POST", f"/clients/{receiver['id']}/{other['id']}/merge")
    after = scene.api.one(f"/clients/{receiver['id']}", {"include": "locations"})
    for kind, keys in _IDENTITY.items():
        moved = [{key: each[key] for key in keys} for each in after[kind][-len(before[kind]) :]]
        known = [{key: each[key] for key in keys} for each in before[kind]]
        scene.expect_equal(moved, known, f"{answer}: `{kind}` that have moved")


@oracle(
    "a number that a client was given is not assigned to another one, whatever happens to the client",
    writes=True,
    alone=True,
    subjects=("clients",),
)
def given_numbers_are_never_reused(scene: Scene) -> None:
    endings = ("legacy delete",) if scene.dialect == "api" else ("renumber", "delete", "purge", "merge")
    for ending in endings:
        with attempt(scene, ending):
            before = v1_client(scene)
            given = f"{int(before['number']) + 1:0{len(before['number'])}}"
            made = v1_client(scene, number=given)
            if ending == "merge":  # into a client that has its number already
                scene.apis["v1"].send("POST", f"/clients/{before['id']}/{made['id']}/merge")
            else:
                end_client(scene, made["id"], made["name"], ending)
            following = v1_client(scene)["number"]
            is_new = following.isdigit() and int(following) > int(given)
            scene.expect(is_new, f"{following!r} was assigned after {given!r} was given and its client: {ending}")


@oracle("what must be unique in a company may be the same in two companies", writes=True)
def uniqueness_is_per_company(scene: Scene) -> None:
    if scene.others is None:
        scene.not_reached("values of another company: no --other-token was given")
        return
    other = scene.others[scene.dialect]
    for path, body in _unique_values(scene):
        with attempt(scene, f"POST {path}"):
            scene.expect(other.send("POST", path, body=body).ok, f"POST {path} of another company with {body}")
            answer = scene.api.send("POST", path, body=body)
            scene.expect(answer.ok, f"{answer} with values of another company: {answer.content[:200]!r}")


def _unique_values(scene: Scene) -> Iterator[tuple[str, Mapping[str, Any]]]:
    if scene.dialect == "api":
        yield "/clients", {"first_name": "A", "last_name": "B", "email": scene.email()}
        yield "/categories", {"category_name": scene.unique("Shared")}
        return
    for key in ("number", "id_number"):
        yield "/clients", {"name": "Shared", key: scene.unique(key)}
    yield "/group_settings", {"name": scene.unique("Shared")}
    yield "/webhooks", {"event_id": "1", "target_url": f"https://hooks.example/{scene.run}/shared"}


@oracle(
    "a change of the account owner changes the time of the contacts whose role changes, and of no other",
    writes=True,
    dialects=("api",),
    subjects=("clients", "contacts"),
)
def owners_change_alone(scene: Scene) -> None:
    client = api_client(scene)
    second, bystander = (contact(scene, clientid=client["id"]) for _ in range(2))
    answer = scene.api.send("PUT", f"/clients/{client['id']}/owner", body={"owner": second["id"]})
    scene.expect_status(answer, 200)
    shown = scene.api.one(f"/contacts/{bystander['id']}")
    scene.expect_equal(shown, bystander, f"{answer}: a contact whose role did not change")


@oracle("a unique value that a record has given up, or that went with it, can be used again", writes=True)
def given_up_values_are_free(scene: Scene) -> None:
    for word, path, body in _given_up(scene):
        with attempt(scene, word):
            answer = scene.api.send("POST", path, body=body)
            scene.expect(answer.ok, f"{answer} with {word}: {answer.content[:200]!r}")


def _given_up(scene: Scene) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Yield what was given up, and the create that uses it again."""
    api = scene.api
    if scene.dialect == "api":
        new = {"first_name": "New", "last_name": "Owner"}
        changed, deleted, client = contact(scene), contact(scene), api_client(scene, email=(mail := scene.email()))
        api.send("PATCH", f"/contacts/{changed['id']}", body={**new, "email": scene.email()})
        yield "the earlier email of a contact", "/clients", {**new, "email": changed["email"]}
        api.send("DELETE", f"/contacts/{deleted['id']}")
        yield "the email of a deleted contact", "/clients", {**new, "email": deleted["email"]}
        api.send("DELETE", f"/clients/{client['id']}")
        yield "the email of a deleted client", "/clients", {**new, "email": mail}
        renamed, gone = category(scene), category(scene)
        api.send("PATCH", f"/categories/{renamed['id']}", body={"category_name": scene.unique("Renamed")})
        yield "the earlier name of a category", "/categories", {"category_name": renamed["name"]}
        api.send("DELETE", f"/categories/{gone['id']}")
        yield "the name of a deleted category", "/categories", {"category_name": gone["name"]}
        return
    for key in ("number", "id_number"):
        client = v1_client(scene, **{key: (value := scene.unique(key))})
        api.send("PUT", f"/clients/{client['id']}", body={key: scene.unique(key)})
        yield f"the earlier `{key}` of a client", "/clients", {key: value}
    renamed = group(scene)
    api.send("PUT", f"/group_settings/{renamed['id']}", body={"name": scene.unique("Renamed")})
    yield "the earlier name of a group", "/group_settings", {"name": renamed["name"]}
    if api.password:
        client = v1_client(scene, id_number=(value := scene.unique("id_number")))
        api.send("POST", f"/clients/{client['id']}/purge")
        yield "the `id_number` of a purged client", "/clients", {"id_number": value}


@oracle(
    "a record that another team user changes keeps its creator, and the change is recorded as that user's",
    writes=True,
    alone=True,
)
def creators_stay(scene: Scene) -> None:
    if not scene.environment:
        scene.not_reached("changes by another team user: no command can add one here")
        return
    whose = ("--email", (mail := scene.email()), "--company", scene.environment["COMPANY"])
    printed(scene.environment, "users", "add", "--type", "team", "--password", f"Proof-{scene.run}", *whose)
    other = scene.api.with_key(printed(scene.environment, "token", "create", *whose), scene.api.password)
    theirs = next(each["id"] for each in scene.apis["v1"].all("/users") if each["email"] == mail)
    for resource in (each for each in RESOURCES if each.dialect == scene.dialect):
        with attempt(scene, resource.path):
            path = f"{resource.path}/{resource.make(scene)['id']}"
            before = scene.api.one(path)
            body = {**resource.needed(before), **new_value(scene, resource)}
            changed = other.send(resource.method, path, body=body)
            scene.expect_status(changed, 200)
            for name in (each for each in ("user_id", "creator_id") if each in before):
                scene.expect_equal(scene.api.one(path)[name], before[name], f"{changed} by another user: `{name}`")
            if (scene.dialect, resource.path) == ("v1", "/clients"):
                newest = scene.api.all("/activities", {"client_id": before["id"]})[0]
                scene.expect_equal(newest["user_id"], theirs, f"{changed}: the user of its activity")
