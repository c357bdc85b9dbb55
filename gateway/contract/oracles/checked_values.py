"""Values of webhooks and uploads that are checked or read in several forms."""

from collections.abc import Mapping, Sequence
from typing import Any

from gateway.contract.oracles.api import Files
from gateway.contract.oracles.resources import document, group, upload, v1_client, webhook
from gateway.contract.oracles.scene import Scene, attempt, oracle

_BAD_TARGETS = (
    "ftp://hooks.example/a",
    "https://user:word@hooks.example/a",
    "https://hooks.example/a#part",
    "https://hooks.example/a b",
    "hooks.example/a",
    "https:///a",
    "https://hooks.example/" + "a" * 2000,
)
# Of this machine, of private networks, and of the services of clouds, in several notations.
_PRIVATE_TARGETS = (
    *("http://127.0.0.1/", "http://localhost:8000/", "http://127.1/", "http://0x7f000001/", "http://[::1]/"),
    *("http://10.0.0.1/", "http://192.168.1.1/", "http://172.16.0.1/", "http://169.254.169.254/latest/meta-data"),
    *("http://[::ffff:10.0.0.1]/", "http://100.64.0.1/", "http://0.0.0.0/", "http://intranet/"),
)
_BAD_HEADERS: tuple[Any, ...] = (
    *({name: "x"} for name in ("Host", "content-length", "Transfer-Encoding", "Connection", "Proxy-Authorization")),
    *({name: "x"} for name in ("webhook-id", "with blank", "")),
    {"X-Proof": "two\r\nlines"},
    {"X-Proof": "a" * 2001},
    {f"X-{number}": "x" for number in range(21)},
)


@oracle(
    "a webhook is refused if its event, address or headers cannot be used: on create and on change, which changes "
    "nothing",
    writes=True,
    dialects=("v1",),
    subjects=("webhooks",),
)
def webhooks_are_checked(scene: Scene) -> None:
    made = webhook(scene, headers={"X-Kept": "1"})
    path = f"/webhooks/{made['id']}"
    bad: list[tuple[str, Any]] = [("target_url", each) for each in _BAD_TARGETS]
    if scene.alone:  # elsewhere an operator may have allowed some of them
        bad += [("target_url", each) for each in _PRIVATE_TARGETS]
    bad += [("headers", each) for each in _BAD_HEADERS]
    bad += [("event_id", each) for each in ("2", "99", "client.created", "-1")]
    bad += [("format", "XML"), ("rest_method", "get")]
    for key, value in bad:
        with attempt(scene, f"`{key}` {value!r}"):
            new = {"event_id": "1", "target_url": f"https://hooks.example/{scene.run}/never", key: value}
            for method, where, body in (("POST", "/webhooks", new), ("PUT", path, {key: value})):
                refused = scene.api.send(method, where, body=body)
                if scene.expect(refused.status == 422, f"{refused} with `{key}` {value!r} instead of 422"):
                    scene.expect(key in refused.json["errors"], f"{refused}: {refused.json['errors']} lacks `{key}`")
    scene.expect_equal(scene.api.one(path), made, f"{path} after refused changes")
    renamed = scene.api.send("PUT", path, body={"headers": {"X-Other": "2"}})
    scene.expect_equal(renamed.data["headers"], {"X-Other": "2"}, f"{renamed}: headers, which are replaced as a whole")
    moved = scene.api.send("PUT", path, body={"target_url": f"https://hooks.example/{scene.run}/moved"})
    scene.expect_equal(moved.data["headers"], {"X-Other": "2"}, f"{moved}: headers that were not sent")


@oracle(
    "files are read under every name that programs give them, by PUT and by _method; an upload leaves the other "
    "documents as they were, and a renamed one stays the same file",
    writes=True,
    dialects=("v1",),
    subjects=("clients", "documents"),
)
def upload_fields_have_many_names(scene: Scene) -> None:
    path, names = f"/clients/{v1_client(scene)['id']}", list[str]()
    for keys in (("documents[0]", "documents[1]"), ("documents[]", "documents[]"), ("file",)):
        with attempt(scene, f"an upload as {keys}"):
            new = [f"{scene.run}{len(names) + at}.txt" for at, _ in enumerate(keys)]
            files: Files = [(key, (name, name.encode(), "text/plain")) for key, name in zip(keys, new, strict=True)]
            answer = scene.api.send("PUT", f"{path}/upload", files=files)
            names += new
            found = [each["name"] for each in answer.data["documents"]]
            scene.expect_equal(found, names, f"{answer} as {keys}: the documents")
    for word in ("PUT", "put", "Put"):
        with attempt(scene, f"_method={word}"):
            names.append(f"{scene.run}.{word}.txt")
            one: Files = [("documents[]", (names[-1], b"x", "text/plain"))]
            answer = scene.api.send("POST", f"{path}/upload", {"_method": word}, files=one)
            found = [each["name"] for each in answer.data["documents"]]
            scene.expect_equal(found, names, f"{answer}: the documents")
    _check_folders(scene, path, len(names))
    _check_nothing_sent(scene, path)
    _check_neighbours(scene)
    _check_renamed(scene)


def _check_folders(scene: Scene, path: str, known: int) -> None:
    """A name has no folders, whatever system it comes from."""
    for written in ("folder/inside.txt", "C:\\folder\\inside.txt", "../../inside.txt"):
        files: Files = [("documents[]", (written, b"x", "text/plain"))]
        answer = scene.api.send("PUT", f"{path}/upload", files=files)
        found = [each["name"] for each in answer.data["documents"]]
        known += 1
        scene.expect_equal(found[known - 1 :], ["inside.txt"], f"{answer} of {written!r}: the name")
        one = answer.data["documents"][-1]["id"]
        renamed = scene.api.send("PUT", f"/documents/{one}", body={"name": written.replace("inside", "renamed")})
        scene.expect_equal(renamed.data["name"], "renamed.txt", f"{renamed} to {written!r}: the name")


def _check_nothing_sent(scene: Scene, path: str) -> None:
    before = scene.api.one(path)
    flag: Files = [("is_public", (None, b"1", ""))]
    other: Files = [("attachment", ("other.txt", b"x", "text/plain"))]
    for files in (flag, other):
        refused = scene.api.send("PUT", f"{path}/upload", files=files)
        if scene.expect_status(refused, 422):
            scene.expect_equal(sorted(refused.json["errors"]), ["documents"], f"{refused}: the errors")
    scene.expect_equal(scene.api.one(path), before, f"{path} after uploads without a file")
    with attempt(scene, "a file of an unknown name"):
        names = ("documents[]", "attachment")
        both: Files = [(name, (f"{name[:3]}.txt", b"x", "text/plain")) for name in names]
        answer = scene.api.send("PUT", f"{path}/upload", files=both)
        scene.expect_status(answer, 200)
        scene.expect_equal(answer.headers.get("X-Ignored-Body"), "attachment", f"{answer} of {names}: X-Ignored-Body")


def _check_neighbours(scene: Scene) -> None:
    client = upload(scene, v1_client(scene)["id"], "private.txt", b"p")
    known = scene.api.all("/documents", {"client_id": client["id"]})
    files: Files = [("documents[]", ("public.txt", b"x", "text/plain")), ("is_public", (None, b"1", ""))]
    answer = scene.api.send("PUT", f"/clients/{client['id']}/upload", files=files)
    listed = scene.api.all("/documents", {"client_id": client["id"]})
    scene.expect_equal(listed[:1], known, f"{answer}: the document that was there before")


def _check_renamed(scene: Scene) -> None:
    client = upload(scene, v1_client(scene)["id"], "first.PDF", b"%PDF-1.4 proof")
    known = client["documents"][0]
    kept = ("id", "type", "size", "hash", "url", "created_at", "user_id")
    renamed = scene.api.send("PUT", f"/documents/{known['id']}", body={"name": "second.txt"})
    found = [renamed.data[key] for key in kept]
    scene.expect_equal(found, [known[key] for key in kept], f"{renamed}: {kept}")


_UPDATE = {"action": "bulk_update", "column": "country_id"}
_BAD_BULK: Mapping[str, Sequence[tuple[dict[str, Any], str]]] = {
    "/clients": (
        ({"action": "assign_group"}, "group_settings_id"),
        ({"action": "assign_group", "group_settings_id": "nobodyhasthisid"}, "group_settings_id"),
        ({"action": "bulk_update"}, "column,new_value"),
        (_UPDATE, "new_value"),
        ({**_UPDATE, "new_value": "9999"}, "new_value"),
        ({**_UPDATE, "column": "size_id", "new_value": "large"}, "new_value"),
        ({**_UPDATE, "column": "name", "new_value": "x"}, "column"),
    )
}


@oracle(
    "a bulk action needs a known action and at least one id; otherwise it is refused with the name of what is wrong",
    writes=True,
    dialects=("v1",),
)
def bulk_is_checked(scene: Scene) -> None:
    makers = {"/clients": v1_client, "/group_settings": group, "/webhooks": webhook, "/documents": document}
    for path, make in makers.items():
        if path == "/documents" and scene.api.password is None:
            scene.not_reached("bulk actions on documents: no --password was given")
            continue
        with attempt(scene, path):
            one = make(scene)["id"]
            before = scene.api.one(f"{path}/{one}")
            bad: tuple[tuple[dict[str, Any], str], ...] = (
                ({"action": "delete", "ids": []}, "ids"),
                ({"action": "delete", "ids": ""}, "ids"),
                ({"action": "delete", "ids": [""]}, "ids"),
                ({"action": "delete"}, "ids"),
                ({"action": "delete", "ids": [one] * 5001}, "ids"),
                ({"ids": [one]}, "action"),
                ({"action": "", "ids": [one]}, "action"),
                ({"action": "unheard", "ids": [one]}, "action"),
                ({"action": "DELETE", "ids": [one]}, "action"),
                *(({"ids": [one], **body}, key) for body, key in _BAD_BULK.get(path, ())),
            )
            for body, key in bad:
                refused = scene.api.send("POST", f"{path}/bulk", body=body)
                if scene.expect_status(refused, 422):
                    named = ",".join(refused.json["errors"])
                    scene.expect_equal(named, key, f"{refused} of {str(body)[:80]}: the errors")
                scene.expect_equal(scene.api.one(f"{path}/{one}"), before, f"{refused}: the record")
