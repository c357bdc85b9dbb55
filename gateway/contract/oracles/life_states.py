"""The life cycle of a client in both dialects: archived or suspended, deleted, restored, removed for good."""

from collections.abc import Callable, Mapping
from typing import Any

from gateway.contract.oracles.api import Answer
from gateway.contract.oracles.resources import (
    IDS,
    api_client,
    category,
    contact,
    document,
    group,
    legacy_id,
    note,
    token,
    upload,
    v1_client,
)
from gateway.contract.oracles.scene import Scene, attempt, differences, oracle

Shown = Mapping[str, Any]
_STATE_KEYS = {"archived_at", "is_deleted", "updated_at", "status", "dates.updated"}


def bulk(scene: Scene, action: str, *ids: str, path: str = "/clients", **more: Any) -> Answer:
    """Return the answer to a bulk action of /api/v1."""
    return scene.apis["v1"].send("POST", f"{path}/bulk", body={"action": action, "ids": list(ids), **more})


@oracle(
    "archive and suspend, delete and restore show the same state in both dialects, by id and in lists, "
    "and change nothing else",
    writes=True,
    subjects=("clients",),
)
def states_are_shown(scene: Scene) -> None:
    client = v1_client(scene)
    number = legacy_id(scene, client)
    upload(scene, client["id"])
    token(scene, client_id=client["id"])
    note(scene, noteresource_id=number)
    api, v1, path = scene.apis["api"], scene.apis["v1"], f"/clients/{client['id']}"

    def status(word: str) -> Answer:
        return api.send("PUT", f"/clients/{number}/status", body={"status": word})

    steps: list[tuple[str, Callable[[], Answer], str]] = [
        ("archive", lambda: bulk(scene, "archive", client["id"]), "archived"),
        ("restore", lambda: bulk(scene, "restore", client["id"]), "active"),
        ("suspend", lambda: status("suspended"), "archived"),
        ("activate", lambda: status("active"), "active"),
        ("delete", lambda: v1.send("DELETE", path), "deleted"),
        ("restore", lambda: bulk(scene, "restore", client["id"]), "active"),
        ("archive", lambda: bulk(scene, "archive", client["id"]), "archived"),
        ("bulk delete", lambda: bulk(scene, "delete", client["id"]), "deleted"),
        ("archive, though deleted", lambda: bulk(scene, "archive", client["id"]), "deleted"),
        ("restore", lambda: bulk(scene, "restore", client["id"]), "active"),
    ]
    for word, act, state in steps:
        with attempt(scene, word):
            before = v1.one(path, {"include": "tags"})
            answer = act()
            scene.expect(answer.ok, f"{answer}: {word} was refused: {answer.content[:200]!r}")
            after = v1.one(path, {"include": "tags"})
            touched = differences(before, after) - _STATE_KEYS
            scene.expect(not touched, f"{word}: {sorted(touched)} changed as well")
            if state == "deleted":
                scene.expect_equal(after["archived_at"], before["archived_at"], f"{word}: `archived_at`")
            scene.expect(after["updated_at"] >= before["updated_at"], f"{word}: updated_at went back")
            _check(scene, client, number, state, word)


def _check(scene: Scene, client: Shown, number: int, state: str, word: str) -> None:
    api, v1 = scene.apis["api"], scene.apis["v1"]
    shown = v1.one(f"/clients/{client['id']}")
    scene.expect_equal(shown["is_deleted"], state == "deleted", f"after {word}: `is_deleted`")
    if state != "deleted":
        scene.expect_equal(shown["archived_at"] > 0, state == "archived", f"after {word}: `archived_at` is set")
    legacy = api.get(f"/clients/{number}")
    if state == "deleted":
        scene.expect_status(legacy, 404)
    else:
        wanted = "suspended" if state == "archived" else "active"
        scene.expect_equal(legacy.data["status"], wanted, f"after {word}: `status` in /api")
    for dialect, query, listed in (
        ("api", {"client_id": number}, state != "deleted"),
        ("v1", {"client_id": client["id"]}, state != "deleted"),
        *(
            ("v1", {"client_id": client["id"], "status": each}, state == each)
            for each in ("active", "archived", "deleted")
        ),
        ("v1", {"name": client["name"], "is_deleted": "true"}, state == "deleted"),
        ("v1", {"filter": client["name"]}, state != "deleted"),
        ("api", {"search": client["name"]}, state != "deleted"),
    ):
        # A search looks for each word anywhere, so it may find others as well.
        found = [each["id"] for each in scene.apis[dialect].all("/clients", query)]
        own = number if dialect == "api" else client["id"]
        scene.expect((own in found) == listed, f"after {word}: {dialect} {query} finds {found}")
    people = api.all("/contacts", {"search": client["contacts"][0]["email"]})
    scene.expect(
        bool(people) == (state != "deleted"), f"after {word}: /api/contacts lists {len(people)} of its contacts"
    )
    for dialect, path, query in (
        ("api", "/contacts", {"client_id": number}),
        ("api", "/notes", {"resource_id": number}),
        ("v1", "/documents", {"client_id": client["id"]}),
        ("v1", "/client_gateway_tokens", {"client_id": client["id"]}),
    ):
        total = scene.apis[dialect].get(path, query).total
        scene.expect((total > 0) == (state != "deleted"), f"after {word}: {dialect} {path} lists {total} of the client")


@oracle(
    "a deleted client cannot be edited, nor what belongs to it, until it is restored",
    writes=True,
    dialects=("v1",),
    subjects=("clients",),
)
def deleted_is_closed(scene: Scene) -> None:
    v1, client = scene.apis["v1"], upload(scene, v1_client(scene)["id"])
    known = token(scene, client_id=client["id"])
    v1.send("DELETE", f"/clients/{client['id']}")
    tries = [
        ("PUT", f"/clients/{client['id']}", {"name": "Never"}),
        ("PATCH", f"/clients/{client['id']}", {"name": "Never"}),
        ("PUT", f"/documents/{client['documents'][0]['id']}", {"name": "Never"}),
        ("PUT", f"/client_gateway_tokens/{known['id']}", {"token": "Never"}),
        ("DELETE", f"/client_gateway_tokens/{known['id']}", None),
        ("POST", "/client_gateway_tokens", {"client_id": client["id"], "token": "x"}),
        (
            "POST",
            "/clients/bulk",
            {"action": "bulk_update", "ids": [client["id"]], "column": "public_notes", "new_value": "Never"},
        ),
        ("POST", "/clients/bulk", {"action": "assign_group", "ids": [client["id"]], "group_settings_id": ""}),
        ("POST", f"/client_gateway_tokens/{known['id']}/setAsDefault", None),
    ]
    if v1.password:
        tries.append(("DELETE", f"/documents/{client['documents'][0]['id']}", None))
    file = [("documents[]", ("never.txt", b"x", "text/plain"))]
    scene.expect_status(v1.send("PUT", f"/clients/{client['id']}/upload", files=file), 400)
    for method, path, body in tries:
        answer = v1.send(method, path, body=body)
        scene.expect_status(answer, 400)
    _check_children_of_deleted(scene, client["id"], client["documents"][0]["id"], known["id"])
    _check_mixed(scene, client)
    shown = v1.one(f"/clients/{client['id']}")
    for key in ("name", "group_settings_id", "documents"):
        scene.expect_equal(shown[key], client[key], f"`{key}` of a deleted client")
    scene.expect(shown["is_deleted"], "the client is no longer deleted")
    bulk(scene, "restore", client["id"])
    scene.expect_status(v1.send("PUT", f"/clients/{client['id']}", body={"city": "Again"}), 200)


def _check_children_of_deleted(scene: Scene, client_id: str, document_id: str, token_id: str) -> None:
    """What belongs to a deleted client is in the list of that client only, and can be read by its id."""
    v1 = scene.apis["v1"]
    for path, own in (("/documents", document_id), ("/client_gateway_tokens", token_id)):
        listed = [each["id"] for each in v1.all(path, {"client_id": client_id})]
        scene.expect(not listed, f"{path} lists {listed} of a deleted client")
        scene.expect_status(v1.get(f"{path}/{own}"), 200)
    scene.expect_status(v1.get(f"/documents/{document_id}/download"), 200)
    of_client = [each["id"] for each in v1.all(f"/clients/{client_id}/documents")]
    scene.expect_equal(of_client, [document_id], "the list of the documents of a deleted client")


def _check_mixed(scene: Scene, deleted: Shown) -> None:
    """A bulk action that names a deleted client, or what belongs to it, changes none of the others either."""
    v1, living = scene.apis["v1"], upload(scene, v1_client(scene)["id"])
    chosen = group(scene)["id"]
    for ids in ((living["id"], deleted["id"]), (deleted["id"], living["id"])):
        scene.expect_status(bulk(scene, "assign_group", *ids, group_settings_id=chosen), 400)
    documents = [each["documents"][0]["id"] for each in (living, deleted)]
    for named in (documents, documents[::-1]) if v1.password else ():
        scene.expect_status(bulk(scene, "delete", *named, path="/documents"), 400)
    shown = v1.one(f"/clients/{living['id']}")
    scene.expect_equal(shown, living, "a client beside a deleted one in refused bulk actions")


@oracle("what was removed for good is gone with everything that belonged to it, in both dialects", writes=True)
def removed_is_gone(scene: Scene) -> None:
    client, api, v1 = v1_client(scene), scene.apis["api"], scene.apis["v1"]
    number = legacy_id(scene, client)
    uploaded = upload(scene, client["id"])["documents"][0]
    known = token(scene, client_id=client["id"])
    said = note(scene, noteresource_id=number)
    person = contact(scene, clientid=number)
    # What is removed, in which dialect, and which paths must not find it afterwards.
    paths = [
        (api, f"/clients/{number}"),
        (v1, f"/clients/{client['id']}"),
        (v1, f"/documents/{uploaded['id']}"),
        (v1, f"/documents/{uploaded['id']}/download"),
        (v1, f"/client_gateway_tokens/{known['id']}"),
        (api, f"/notes/{said['id']}"),
        (api, f"/contacts/{person['id']}"),
    ]
    for each, path in paths:
        scene.expect_status(each.get(path), 200)
    answer = api.send("DELETE", f"/clients/{number}") if scene.dialect == "api" else _purge(scene, client["id"])
    if answer is None:
        return
    scene.expect_status(answer, 200)
    for each, path in paths:
        scene.expect_status(each.get(path), 404)
    for dialect, path, query in (
        ("api", "/clients", {"search": client["name"]}),
        ("v1", "/clients", {"name": client["name"], "with_trashed": "true"}),
        ("v1", "/documents", {"client_id": client["id"]}),
        ("api", "/notes", {"resource_id": number}),
    ):
        found = scene.apis[dialect].all(path, query)
        scene.expect(not found, f"{dialect} {path} {query} lists what was removed")
    activities = v1.all("/activities", {"client_id": client["id"]})
    values = [(each["notes"], each["before"], each["after"]) for each in activities]
    scene.expect_equal(values, [("Erased", {}, {})], "/activities: the history of a client that was removed")


def _purge(scene: Scene, client_id: str) -> Answer | None:
    if scene.api.password is None:
        scene.not_reached("purge: no --password was given")
        return None
    return scene.api.send("POST", f"/clients/{client_id}/purge")


@oracle("a record that DELETE removed is found neither by its id nor in its list, and other records stay", writes=True)
def deleted_is_gone(scene: Scene) -> None:
    made = {
        "api": (("/categories", category), ("/contacts", contact), ("/notes", note), ("/clients", api_client)),
        "v1": (("/client_gateway_tokens", token), ("/documents", document)),
    }
    for path, make in made[scene.dialect]:
        if path == "/documents" and scene.api.password is None:
            scene.not_reached("deleting documents: no --password was given")
            continue
        with attempt(scene, path):
            person = contact(scene)
            first, second = (make(scene), make(scene)) if path != "/contacts" else (person, contact(scene))
            scene.expect_status(scene.api.send("DELETE", f"{path}/{first['id']}"), 200)
            scene.expect_status(scene.api.get(f"{path}/{first['id']}"), 404)
            scene.expect_status(scene.api.send("DELETE", f"{path}/{first['id']}"), 404)
            listed = {each["id"] for each in scene.api.all(path)}
            scene.expect(first["id"] not in listed, f"{path} lists {first['id']}, which was deleted")
            scene.expect_status(scene.api.get(f"{path}/{second['id']}"), 200)


@oracle(
    "a group is archived, deleted and restored, and its clients keep it meanwhile",
    writes=True,
    dialects=("v1",),
    subjects=("group_settings",),
)
def groups_have_a_life_cycle(scene: Scene) -> None:
    v1, made = scene.apis["v1"], group(scene)
    client = v1_client(scene, group_settings_id=made["id"])
    path = f"/group_settings/{made['id']}"
    steps: list[tuple[Callable[[], Answer], str]] = [
        (lambda: bulk(scene, "archive", made["id"], path="/group_settings"), "archived"),
        (lambda: bulk(scene, "restore", made["id"], path="/group_settings"), "active"),
        (lambda: v1.send("DELETE", path), "deleted"),
        (lambda: bulk(scene, "restore", made["id"], path="/group_settings"), "active"),
        (lambda: bulk(scene, "archive", made["id"], path="/group_settings"), "archived"),
        (lambda: bulk(scene, "delete", made["id"], path="/group_settings"), "deleted"),
        (lambda: bulk(scene, "restore", made["id"], path="/group_settings"), "active"),
        (lambda: bulk(scene, "delete", made["id"], path="/group_settings"), "deleted"),
    ]
    for act, state in steps:
        answer = act()
        scene.expect_status(answer, 200)
        shown = v1.one(path)
        found = "deleted" if shown["is_deleted"] else "archived" if shown["archived_at"] else "active"
        scene.expect(found == state, f"{answer}: the group is {found} instead of {state}")
        named = {"status": state, "name": made["name"]}  # there may be thousands of others
        listed = [each for each in v1.all("/group_settings", named) if each["id"] == made["id"]]
        scene.expect(bool(listed), f"{answer}: status={state} does not list it")
        known = scene.apis["api"].all("/categories", {"search": made["name"]})
        scene.expect(bool(known) == (state != "deleted"), f"{answer}: /api/categories lists {len(known)} of that name")
        if known:
            scene.expect_status(scene.apis["api"].get(f"/categories/{known[0]['id']}"), 200)
        kept = v1.one(f"/clients/{client['id']}", {"include": "group_settings"})
        found_ids = [kept["group_settings_id"], kept["group_settings"].get("id")]
        scene.expect_equal(found_ids, [made["id"]] * 2, f"{answer}: the group of its client, and the one included")
        if state == "archived":
            joining = {"name": scene.unique(), "group_settings_id": made["id"]}
            scene.expect_status(v1.send("POST", "/clients", body=joining), 200)
    scene.expect_status(v1.send("PUT", path, body={"name": scene.unique("Never")}), 400)
    scene.expect_status(
        v1.send("PUT", f"/clients/{v1_client(scene)['id']}", body={"group_settings_id": made["id"]}), 422
    )
    if scene.alone:  # elsewhere ids may have a salt of their own
        known = scene.apis["api"].all("/categories")
        default = IDS.format(next(each["id"] for each in known if each["system_default"] == "yes"))
        scene.expect_status(v1.get(f"/group_settings/{default}"), 404)
        listed = v1.all("/clients", {"group_settings_id": default})
        scene.expect(not listed, f"/clients?group_settings_id={default} lists clients of the default category")
