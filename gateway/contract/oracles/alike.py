"""What every operation does alike: versions, retries, unknown parameters, and the states of groups and webhooks."""

from collections.abc import Callable, Mapping
from typing import Any

from gateway.contract.oracles.api import Answer
from gateway.contract.oracles.life_states import bulk
from gateway.contract.oracles.life_together import check_pagination
from gateway.contract.oracles.other_keys import limited_key
from gateway.contract.oracles.own_paths import own_paths
from gateway.contract.oracles.protocol_conditions import new_value
from gateway.contract.oracles.protocol_methods import real_paths
from gateway.contract.oracles.resources import RESOURCES, group, upload, v1_client, webhook
from gateway.contract.oracles.scene import Scene, attempt, oracle

Shown = Mapping[str, Any]
_OTHER, _UNKNOWN = '"0-0-0"', "nobodyhasthisid"
_WRITES = ("post", "put", "patch", "delete")
_STRICT = {"Prefer": "handling=strict"}
# What compressing proxies append to a tag.
_OF_PROXIES = ("-gzip", ";gzip", "--gzip", "-br", "-zstd", ":deflate")
_MANY = 300  # unknown names, more than an answer repeats


@oracle(
    "every write obeys If-Match, which may also be the ETag of an answer with included data, or one that a "
    "compressing proxy has extended",
    writes=True,
)
def versions_guard_every_write(scene: Scene) -> None:
    for template, path, operations in own_paths(scene):
        for method in (each for each in _WRITES if each in operations):
            if "X-API-PASSWORD" in str(operations[method].get("security")) and scene.api.password is None:
                scene.not_reached(f"{method} {template}: no --password was given")
                continue
            with attempt(scene, f"{method} {template}"):
                files = [("documents[]", ("a.txt", b"x", "text/plain"))] if path.endswith("/upload") else None
                sent: dict[str, Any] | None = None if files or method == "delete" else {}
                answer = scene.api.send(method.upper(), path, body=sent, files=files, headers={"If-Match": _OTHER})
                scene.expect_status(answer, 412)
                scene.expect("Password" not in str(answer.json), f"{answer}: {answer.json}")
    for resource in (each for each in RESOURCES if each.dialect == scene.dialect):
        with attempt(scene, resource.path):
            made = resource.make(scene)
            path = f"{resource.path}/{made['id']}"
            queries = ({}, {"include": "tags"}) if (scene.dialect, resource.path) == ("v1", "/clients") else ({},)
            for query in queries:
                tag = scene.api.get(path, query).headers.get("ETag", "")
                body = {**resource.needed(made), **new_value(scene, resource)}
                for suffix in _OF_PROXIES:
                    zipped = {"If-None-Match": f'{tag[:-1]}{suffix}"'}
                    scene.expect_status(scene.api.get(path, query, headers=zipped), 304)
                zipped = {"If-Match": f'{tag[:-1]}-gzip"'}
                scene.expect_status(scene.api.send(resource.method, path, body=body, headers=zipped), 200)
                stale = {"If-Match": tag}
                scene.expect_status(scene.api.send(resource.method, path, body=body, headers=stale), 412)
                stale = {"If-Match": scene.api.get(path, query).headers.get("ETag", "")}
                scene.expect_status(scene.api.send(resource.method, path, body=body, headers=stale), 200)


@oracle(
    "an Idempotency-Key is the same in quotes, another one for another method or API key, and a repeated answer "
    "names the same ignored keys",
    writes=True,
)
def retries_are_the_same_request(scene: Scene) -> None:
    for resource in (each for each in RESOURCES if each.dialect == scene.dialect):
        with attempt(scene, resource.path):
            made = resource.make(scene)
            path, key = f"{resource.path}/{made['id']}", f"proof-{scene.run}-{next(scene.counter)}"
            body = {**resource.needed(made), **new_value(scene, resource), "proof_unknown": 1}
            first, again = (
                scene.api.send(resource.method, path, body=body, headers={"Idempotency-Key": each})
                for each in (key, f'"{key}"')
            )
            scene.expect_equal(again.headers.get("Idempotency-Replayed"), "true", f"{again}: the same key in quotes")
            scene.expect_equal(again.json, first.json, f"{again} beside the first answer")
            names = [each.headers.get("X-Ignored-Body") for each in (again, first)]
            scene.expect_equal(names[0], names[1], f"{again}: X-Ignored-Body of a repeated answer")
            if scene.dialect == "v1":
                other = scene.api.send("PATCH", path, body=body, headers={"Idempotency-Key": key})
                scene.expect_status(other, 422)
    if scene.dialect == "v1" and scene.alone and (scene.limited_key or scene.environment):
        caller, body = scene.api.with_key(limited_key(scene, "scope", "write")), {"name": scene.unique()}
        headers = {"Idempotency-Key": f"proof-{scene.run}-{next(scene.counter)}"}
        ids = {each.send("POST", "/clients", body=body, headers=headers).data["id"] for each in (scene.api, caller)}
        scene.expect(len(ids) == 2, "an Idempotency-Key applies to another API key of the company")


@oracle(
    "every operation names the unknown parameters of a request, and refuses them with Prefer: handling=strict, "
    "which it confirms",
    writes=True,
)
def unknown_parameters_are_named(scene: Scene) -> None:
    unknown = {"proof_unknown": "1"}
    for template, path, operations in real_paths(scene):
        if "get" in operations:
            with attempt(scene, template):
                _check_ignored(scene, "GET", path, None)
                scene.expect_status(scene.api.get(path, unknown, headers=_STRICT), 422)
                confirmed = scene.api.get(path, headers=_STRICT).headers.get("Preference-Applied")
                scene.expect_equal(confirmed, "handling=strict", f"GET {path}: Preference-Applied")
    for resource in (each for each in RESOURCES if each.dialect == scene.dialect):
        with attempt(scene, resource.path):
            made = resource.make(scene)
            path, body = f"{resource.path}/{made['id']}", resource.needed(made)
            _check_ignored(scene, resource.method, path, body)
            refused = scene.api.send(resource.method, path, unknown, body=body, headers=_STRICT)
            scene.expect_status(refused, 422)
            done = scene.api.send(resource.method, path, body=body, headers=_STRICT)
            scene.expect_equal(done.headers.get("Preference-Applied"), "handling=strict", f"{done}: Preference-Applied")
    with attempt(scene, "many unknown names"):
        _check_many(scene)


def _check_many(scene: Scene) -> None:
    """Of many unknown names, some are named and the others are counted."""
    answer = scene.api.get("/clients", {"proof,a%b": "1", "prööf": "1"})
    named = answer.headers.get("X-Ignored-Query")
    scene.expect_equal(named, "proof%2Ca%25b, pr%C3%B6%C3%B6f", f"{answer}: X-Ignored-Query with unusual characters")
    resource = next(each for each in RESOURCES if each.dialect == scene.dialect)
    made = resource.make(scene)
    path, needed = f"{resource.path}/{made['id']}", resource.needed(made)
    names = {f"proof_unknown_{number}": "1" for number in range(_MANY)}
    requests: tuple[tuple[str, str, Callable[..., Answer]], ...] = (
        ("X-Ignored-Query", "query", lambda **more: scene.api.get("/clients", names, **more)),
        ("X-Ignored-Query", "query", lambda **more: scene.api.send(resource.method, path, names, body=needed, **more)),
        ("X-Ignored-Body", "body", lambda **more: scene.api.send(resource.method, path, body=needed | names, **more)),
    )
    for header, rest, send in requests:
        answer = send()
        listed, _, more = answer.headers.get(header, "").removesuffix(" more").partition(" and ")
        count = listed.count(",") + 1 + int(more or 0)
        scene.expect(count == _MANY, f"{answer}: {header} names and counts {count} of {_MANY}: {more!r} more")
        refused = send(headers=_STRICT)
        if scene.expect_status(refused, 422):
            errors = refused.json["errors"]
            said = str(errors.get(rest, [""])[0])
            left = _MANY - (len(errors) - 1)
            scene.expect(said.startswith(f"{left} more "), f"{refused}: {len(errors) - 1} are named, and {said!r}")


def _check_ignored(scene: Scene, method: str, path: str, body: Any) -> None:
    answer = scene.api.send(method, path, {"proof_unknown": "1"}, body=body)
    scene.expect(answer.ok, f"{answer}: {answer.content[:200]!r}")
    ignored = answer.headers.get("X-Ignored-Query", "")
    scene.expect("proof_unknown" in ignored, f"{answer}: X-Ignored-Query is {ignored!r}")


@oracle(
    "bulk actions on groups, webhooks and documents do what is asked to every record in the order of the request, "
    "and nothing if one id is unknown; a deletion keeps the time of archiving",
    writes=True,
    dialects=("v1",),
    subjects=("group_settings", "webhooks", "documents"),
)
def bulk_actions_obey_the_request(scene: Scene) -> None:
    makers: dict[str, Callable[[Scene], dict[str, Any]]] = {"/group_settings": group, "/webhooks": webhook}
    for path, make in makers.items():
        with attempt(scene, path):
            _live(scene, path, [make(scene)["id"] for _ in range(4)])
    if scene.api.password is None:
        scene.not_reached("bulk actions on documents: no --password was given")
        return
    one = upload(scene, v1_client(scene)["id"])["documents"][0]["id"]
    for ids in ((one, _UNKNOWN), (_UNKNOWN, one)):
        scene.expect_status(bulk(scene, "delete", *ids, path="/documents"), 404)
        scene.expect_status(scene.api.get(f"/documents/{one}"), 200)
    clients = [v1_client(scene)["id"] for _ in range(3)]
    own = [upload(scene, each)["documents"][0]["id"] for each in clients]
    bulk(scene, "delete", clients[1])
    for some in (own, own[1:], own[:2]):  # the document of a deleted client in the middle, first and last
        scene.expect_status(bulk(scene, "delete", *some, path="/documents"), 400)
        left = [scene.api.get(f"/documents/{each}").status for each in own]
        scene.expect_equal(
            left, [200] * 3, f"reading documents {own} after {some}, one of a deleted client, were refused"
        )


def _live(scene: Scene, path: str, made: list[str]) -> None:
    v1, ids, bystander = scene.api, [made[1], made[2], made[0]], made[3]
    untouched, archived = v1.one(f"{path}/{bystander}"), list[int]()
    for action, is_archived, is_deleted in (
        ("archive", True, False),
        ("delete", True, True),
        ("restore", False, False),
        ("delete", False, True),
        ("restore", False, False),
    ):
        before = [v1.one(f"{path}/{each}") for each in ids]
        for some in ((*ids, _UNKNOWN), (_UNKNOWN, *ids)):
            refused = bulk(scene, action, *some, path=path)
            scene.expect_status(refused, 404)
            after = [v1.one(f"{path}/{each}") for each in ids]
            scene.expect_equal(after, before, f"{refused}: the records, of which one is unknown")
        answer = bulk(scene, action, *ids, ids[0], path=path)  # an id that is named twice counts once
        scene.expect_equal([each["id"] for each in answer.data], ids, f"{answer} to {action}: the records")
        check_pagination(scene, answer, len(ids))
        shown = [v1.one(f"{path}/{each}") for each in ids]
        scene.expect_equal(answer.data, shown, f"{answer} to {action}: reads afterwards")
        states = [[each["archived_at"] > 0, each["is_deleted"]] for each in shown]
        scene.expect_equal(states, [[is_archived, is_deleted]] * len(ids), f"{answer} to {action}: archived, deleted")
        _done_again(scene, action, ids, path)
        times = [each["archived_at"] for each in shown]
        if is_deleted:
            scene.expect_equal(times, archived, f"{answer} to {action}: `archived_at`")
        archived = times
        scene.expect_equal(v1.one(f"{path}/{bystander}"), untouched, f"{answer}: a record that was not named")


def _done_again(scene: Scene, action: str, ids: list[str], path: str) -> None:
    """An action that was done already changes nothing, not even a time."""
    tags = [scene.api.get(f"{path}/{each}").headers.get("ETag") for each in ids]
    again = bulk(scene, action, *ids, path=path)
    scene.expect_status(again, 200)
    now = [scene.api.get(f"{path}/{each}").headers.get("ETag") for each in ids]
    scene.expect_equal(now, tags, f"{again} to {action}, done a second time: the ETags")
