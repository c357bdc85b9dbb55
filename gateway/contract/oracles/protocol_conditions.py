"""Entity tags (RFC 9110, section 13): they change exactly with what is shown, and make reads and writes conditional."""

from collections.abc import Callable, Mapping
from typing import Any

from gateway.contract.oracles.life_states import bulk
from gateway.contract.oracles.protocol_methods import real_paths
from gateway.contract.oracles.resources import (
    RESOURCES,
    Resource,
    api_client,
    category,
    legacy_id,
    note,
    token,
    upload,
    v1_client,
)
from gateway.contract.oracles.scene import Scene, attempt, oracle

Shown = Mapping[str, Any]
_OTHER = '"0-0-0"'
_FREE = (
    *("client_description", "category_description", "note_title", "phone", "name", "token", "private_notes"),
    "target_url",
)


@oracle(
    "a read with the current ETag in If-None-Match is a 304 without a body; with any other tag it is answered in full",
)
def known_etags_are_answered_304(scene: Scene) -> None:
    for template, path, operations in real_paths(scene):
        if "304" not in operations.get("get", {}).get("responses", {}):
            continue
        with attempt(scene, template):
            got = scene.api.get(path)
            tag = got.headers.get("ETag", "")
            if not scene.expect(tag.startswith('"') and tag.endswith('"') and len(tag) > 2, f"{got}: ETag is {tag!r}"):
                continue
            scene.expect(
                scene.api.get(path).headers.get("ETag") == tag, f"{got}: the same record is read with another ETag"
            )
            for sent in (tag, f"W/{tag}", f"{_OTHER}, {tag}", "*"):
                spared = scene.api.get(path, headers={"If-None-Match": sent})
                scene.expect_status(spared, 304)
                scene.expect(not spared.content, f"{spared} has a body")
                for name in ("ETag", "Cache-Control"):  # as in the whole answer (RFC 9110, section 15.4.5)
                    scene.expect_equal(spared.headers.get(name), got.headers.get(name), f"{spared}: {name}")
                scene.expect("Vary" in spared.headers, f"{spared} has no Vary")  # proxies may add to that of a body
            scene.expect_status(scene.api.send("HEAD", path, headers={"If-None-Match": tag}), 304)
            for sent, status in ((_OTHER, 412), (tag, 200)):
                scene.expect_status(scene.api.get(path, headers={"If-Match": sent}), status)
            full = scene.api.get(path, headers={"If-None-Match": _OTHER})
            scene.expect(
                full.status == 200 and full.content == got.content, f"{full} with another ETag is not the same"
            )


@oracle(
    "an answer with `include` has its own ETag, which changes with the included data and matches no "
    "other representation",
    writes=True,
    dialects=("v1",),
    subjects=("clients",),
)
def representations_have_etags(scene: Scene) -> None:
    v1, client = scene.api, v1_client(scene, tags=["a"])
    path = f"/clients/{client['id']}"
    plain = _tag(scene, path)
    seen = {plain}
    for tags in (["b"], ["b", "c"]):
        v1.send("PUT", path, body={"tags": tags})
        shown = v1.get(path, {"include": "tags"})
        tag = shown.headers.get("ETag", "")
        scene.expect(bool(tag) and tag not in seen, f"{shown}: the ETag {tag} is that of another representation")
        seen |= {tag, _tag(scene, path)}
    for query, known in (({"include": "tags"}, _tag(scene, path)), (dict[str, str](), tag)):
        full = v1.get(path, query, headers={"If-None-Match": known})
        scene.expect_status(full, 200)
    scene.expect_status(v1.get(path, {"include": "tags"}, headers={"If-None-Match": tag}), 304)


@oracle("the ETag of a record changes with every change of what is shown, and only then", writes=True)
def etags_follow_changes(scene: Scene) -> None:
    for resource in RESOURCES:
        if resource.dialect == scene.dialect:
            with attempt(scene, resource.path):
                _follow(scene, resource)
    with attempt(scene, "/clients"):
        _follow_client(scene)
    if scene.dialect == "api":
        with attempt(scene, "names and counts of others"):
            _follow_others(scene)
    with attempt(scene, "a merge"):
        _follow_merge(scene)


def _follow(scene: Scene, resource: Resource) -> None:
    made = resource.make(scene)
    path = f"{resource.path}/{made['id']}"
    seen = [_tag(scene, path)]
    for _ in range(2):
        change = new_value(scene, resource)
        body = {**resource.needed(made), **change}
        answer = scene.api.send(resource.method, path, body=body)
        tag = _tag(scene, path)
        scene.expect(tag not in seen, f"{answer}: the ETag {tag} was there before {[*change]} changed")
        scene.expect(answer.headers.get("ETag") == tag, f"{answer}: its ETag is not that of a read")
        again = scene.api.send(resource.method, path, body=body)
        scene.expect(_tag(scene, path) == tag, f"{again}: a write that changes nothing changed the ETag")
        scene.expect_equal(again.data, answer.data, f"{again}: a write that changes nothing")
        seen.append(tag)


def _follow_client(scene: Scene) -> None:
    """Check that every visible change of a client changes its tag: states, tags, contacts, documents, other dialect."""
    client = v1_client(scene)
    known = legacy_id(scene, client)
    path = f"/clients/{known if scene.dialect == 'api' else client['id']}"
    v1, api = scene.apis["v1"], scene.apis["api"]
    changes: list[tuple[str, Callable[[], object]]] = [
        ("archive", lambda: bulk(scene, "archive", client["id"])),
        ("restore", lambda: bulk(scene, "restore", client["id"])),
        ("tags", lambda: api.send("PUT", f"/clients/{known}/tags", body={"tags": ["t"]})),
        ("contacts", lambda: v1.send("PUT", f"/clients/{client['id']}", body={"contacts": [{"first_name": "N"}]})),
        ("documents", lambda: upload(scene, client["id"])),
        ("the other dialect", lambda: api.send("PATCH", f"/clients/{known}", body={"client_company_name": "Other"})),
        ("the other dialect", lambda: v1.send("PUT", f"/clients/{client['id']}", body={"city": "Else"})),
    ]
    for word, change in changes:
        before = _tag(scene, path)
        change()
        scene.expect(_tag(scene, path) != before, f"{path}: the ETag is the same after a change of {word}")
    before = _tag(scene, path)
    note(scene, noteresource_id=known)  # a note is no part of its client
    scene.expect(_tag(scene, path) == before, f"{path}: the ETag is another one after a note on the client")


def _follow_others(scene: Scene) -> None:
    """Check that the tag of a record changes with what it shows of other records."""
    api, known, other = scene.api, category(scene)["id"], category(scene)["id"]
    client = api_client(scene, client_categoryid=known)
    path, of_category = f"/clients/{client['id']}", f"/categories/{known}"
    renamed = {"client_company_name": scene.unique("Renamed")}
    changes: tuple[tuple[str, str, Callable[[], object]], ...] = (
        (path, "its category", lambda: api.send("PATCH", of_category, body={"category_name": scene.unique("New")})),
        (f"/contacts/{client['owner']['id']}", "its client", lambda: api.send("PATCH", path, body=renamed)),
        (of_category, "the number of its clients", lambda: api_client(scene, client_categoryid=known)),
        (path, "its category", lambda: api.send("PUT", f"{of_category}/migrate", body={"target_id": other})),
        (f"/categories/{other}", "the number of its clients", lambda: api.send("DELETE", path)),
    )
    for where, word, change in changes:
        before = _tag(scene, where)
        change()
        scene.expect(_tag(scene, where) != before, f"{where}: the ETag is the same after a change of {word}")


def _follow_merge(scene: Scene) -> None:
    """Check that the tag of a record that a merge moves changes with the client that it shows."""
    v1 = scene.apis["v1"]
    if v1.password is None:
        scene.not_reached("versions of what a merge moves: no --password was given")
        return
    receiver, merged = v1_client(scene), v1_client(scene)
    number = legacy_id(scene, merged)
    if scene.dialect == "api":
        person = scene.api.all("/contacts", {"client_id": number})[0]
        moved = [f"/notes/{note(scene, noteresource_id=number)['id']}", f"/contacts/{person['id']}"]
    else:
        known = token(scene, client_id=merged["id"])["id"]
        moved = [f"/documents/{upload(scene, merged['id'])['documents'][0]['id']}", f"/client_gateway_tokens/{known}"]
    before = {path: _tag(scene, path) for path in moved}
    answer = v1.send("POST", f"/clients/{receiver['id']}/{merged['id']}/merge")
    for path, tag in before.items():
        scene.expect(_tag(scene, path) != tag, f"{answer}: the ETag of {path} is the same with another client")


def _tag(scene: Scene, path: str) -> str:
    return scene.api.get(path).headers.get("ETag", "")


@oracle(
    "a write with another version in If-Match is a 412 and changes nothing; with the current version it is carried out",
    writes=True,
)
def versions_guard_writes(scene: Scene) -> None:
    for resource in RESOURCES:
        if resource.dialect == scene.dialect:
            with attempt(scene, resource.path):
                _guard(scene, resource)
    make = api_client if scene.dialect == "api" else v1_client
    for method, suffix, body in (
        ("PUT", "/tags", {"tags": ["never"]}),
        ("PUT", "/status", {"status": "suspended"}),
        ("DELETE", "", None),
    ):
        if suffix and scene.dialect == "v1":
            continue
        made = make(scene)
        path = f"/clients/{made['id']}"
        refused = scene.api.send(method, path + suffix, body=body, headers={"If-Match": _OTHER})
        scene.expect_status(refused, 412)
        scene.expect_equal(scene.api.one(path), made, f"{refused}: the record after a refused write")
        tag = _tag(scene, path)
        scene.expect_status(scene.api.send(method, path + suffix, body=body, headers={"If-Match": tag}), 200)


def new_value(scene: Scene, resource: Resource) -> dict[str, str]:
    """Return a new value for a field that accepts any text."""
    key = next(each.input_key for each in resource.fields("update") if each.input_key in _FREE)
    return {key: f"https://hooks.example/{scene.run}/{next(scene.counter)}" if key == "target_url" else scene.unique()}


def _guard(scene: Scene, resource: Resource) -> None:
    made = resource.make(scene)
    path = f"{resource.path}/{made['id']}"
    made, tag = scene.api.one(path), _tag(scene, path)
    body = {**resource.needed(made), **new_value(scene, resource)}
    methods = (resource.method, "PATCH") if scene.dialect == "v1" else (resource.method,)
    for method in methods:
        excluded = [{"If-None-Match": tag}, {"If-None-Match": "*"}, {"If-None-Match": f"{_OTHER}, {tag}"}]
        for headers in ({"If-Match": _OTHER}, *excluded, *({"If-Match": tag} | each for each in excluded)):
            refused = scene.api.send(method, path, body=body, headers=headers)
            scene.expect_status(refused, 412)
            scene.expect_equal(scene.api.one(path), made, f"{refused} with {headers}: the record after a refused write")
    for headers in ({"If-Match": tag}, {"If-Match": "*", "If-None-Match": _OTHER}, {"If-None-Match": _OTHER}):
        scene.expect_status(scene.api.send(resource.method, path, body=body, headers=headers), 200)
    known = _tag(scene, path)
    for sent in (f"{_OTHER}, {known}", f"W/{known}"):  # a proxy that compresses makes tags weak
        scene.expect_status(scene.api.send(resource.method, path, body=body, headers={"If-Match": sent}), 200)
    for method in methods:
        scene.expect_status(scene.api.send(method, path, body=body), 200)
    scene.expect_status(scene.api.send(resource.method, path, body=body, headers={"If-Match": tag}), 412)
    scene.expect_status(scene.api.send(resource.method, path, body=body, headers={"If-Match": "unquoted"}), 400)
