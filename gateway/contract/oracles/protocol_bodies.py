"""Bodies of requests: media types, malformed and oversized ones, unknown keys, `Prefer`."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote

from gateway.contract.oracles.api import Answer, Files
from gateway.contract.oracles.own_paths import own_paths
from gateway.contract.oracles.protocol_methods import PREFIX
from gateway.contract.oracles.resources import PNG, RESOURCES, Resource, upload, v1_client
from gateway.contract.oracles.scene import Scene, at, attempt, differences, oracle, same
from schemas.rows import Field

_TOO_LARGE = 3 * 1024 * 1024  # bytes; a form without files may have two of these megabytes, unless it is set otherwise


@oracle(
    "unknown keys of a body are named and have no effect; with Prefer: handling=strict they are refused, and keys "
    "that are only shown are accepted",
    writes=True,
)
def unknown_keys_are_named(scene: Scene) -> None:
    for resource in RESOURCES:
        if resource.dialect != scene.dialect:
            continue
        with attempt(scene, resource.path):
            made = resource.make(scene)
            path = f"{resource.path}/{made['id']}"
            made = scene.api.one(path)
            body = {**resource.needed(made), "proof_unknown": 1}
            strict = scene.api.send(resource.method, path, body=body, headers={"Prefer": "handling=strict"})
            scene.expect_status(strict, 422)
            answer = scene.api.send(resource.method, path, body=body)
            scene.expect_status(answer, 200)
            ignored = answer.headers.get("X-Ignored-Body", "")
            scene.expect("proof_unknown" in ignored, f"{answer}: X-Ignored-Body is {ignored!r}")
            scene.expect_equal(scene.api.one(path), made, f"{answer}: what should not have changed")
            plain = scene.api.send(resource.method, path, body=resource.needed(made) or {})
            scene.expect("X-Ignored-Body" not in plain.headers, f"{plain} names a key that was not sent")
            _check_shown(scene, resource, path, made)
            _check_only_shown(scene, resource, path)
    with attempt(scene, "POST /clients"):
        _check_unknown_of_new(scene)


def _check_shown(scene: Scene, resource: Resource, path: str, made: Mapping[str, Any]) -> None:
    """A shown key that cannot be set may be sent back; one that is set under another name is named."""
    rows = [row for row in resource.table.rows if row.key and not row.edition]
    fields = [row for row in rows if isinstance(row, Field) and row.on]
    settable = {str(row.key).partition(".")[0] for row in fields}
    readable = {key: value for key, value in made.items() if key not in settable}
    body = {**readable, **resource.needed(made)}
    answer = scene.api.send(resource.method, path, body=body, headers={"Prefer": "handling=strict"})
    scene.expect_status(answer, 200)
    for row in fields:
        head, _, inner = str(row.key).partition(".")
        if row.input_key != row.key and "update" in row.on and not row.also:
            sent: Any = {inner: "x"} if inner else "x"
            answer = scene.api.send(resource.method, path, body={**resource.needed(made), head: sent})
            named = {each.strip() for each in answer.headers.get("X-Ignored-Body", "").split(",")}
            wanted = f"{head}[{inner}]" if inner else head
            scene.expect(wanted in named, f"{answer}: X-Ignored-Body names {sorted(named)} and not {wanted}")
        if isinstance(shown := at(made, str(row.key)), str) and "update" in row.on:
            for other in row.also:
                body = {**resource.needed(made), other: shown}
                answer = scene.api.send(resource.method, path, body=body, headers={"Prefer": "handling=strict"})
                scene.expect_status(answer, 200)


# Keys of every resource that no change may set.
_SET_ONCE = {"id", "client_id", "user_id", "created_at", "updated_at", "archived_at", "is_deleted"}
_SET_ONCE |= {"balance", "paid_to_date", "credit_balance", "last_login", "client_hash", "display_name"}
_SET_ONCE |= {"documents", "gateway_tokens", "url", "hash", "size", "type", "width", "height"}


def _check_only_shown(scene: Scene, resource: Resource, path: str) -> None:
    """A key that is only shown keeps its value, whatever value is sent: that of another record, or a further one."""
    fields = [row for row in resource.table.rows if isinstance(row, Field) and "update" in row.on]
    names = {str(name).partition(".")[0] for row in fields for name in (row.key, row.input_key)}
    before, other = scene.api.one(path), resource.make(scene)
    names -= _SET_ONCE  # whatever the mapping table says
    sent = {key: _other_value(value, other.get(key)) for key, value in before.items() if key not in names}
    sent.pop("contacts", None)
    answer = scene.api.send(resource.method, path, body={**resource.needed(before), **sent})
    scene.expect_status(answer, 200)
    touched = differences(before, scene.api.one(path))
    scene.expect(not touched, f"{answer} with other values of keys that are only shown: {sorted(touched)} changed")
    if resource.path != "/documents":
        kept = {key: value for key, value in sent.items() if value and key not in ("client_id", "user_id")}
        new = resource.make(scene, **kept)
        taken = sorted(key for key, value in kept.items() if same(new.get(key), value))
        scene.expect(not taken, f"POST {resource.path} with keys that are only shown: {taken} were set")


def _other_value(value: Any, of_other: Any) -> Any:
    if isinstance(value, bool):
        return not value
    if isinstance(value, int | float):
        return value + 1000
    return of_other if of_other not in (None, value) else f"{value or ''}x" if isinstance(value, str | None) else []


def _check_unknown_of_new(scene: Scene) -> None:
    person = {"first_name": "A", "last_name": "B", "email": scene.email()}
    sent = person if scene.dialect == "api" else {"contacts": [{**person, "proof_inside": 1}]}
    made = scene.api.send("POST", "/clients", body={**sent, "proof_unknown": 1})
    wanted = {"proof_unknown"} | ({"contacts[0][proof_inside]"} if scene.dialect == "v1" else set())
    named = {each.strip() for each in made.headers.get("X-Ignored-Body", "").split(",")}
    scene.expect(wanted <= named, f"{made}: X-Ignored-Body names {sorted(named)} instead of {sorted(wanted)}")


@oracle(
    "a malformed body is a 400, an unsupported media type a 415, a body that is too large a 413, and "
    "none changes anything",
    writes=True,
)
def bad_bodies_are_refused(scene: Scene) -> None:
    for template, path, operations in own_paths(scene):
        for method in ("post", "put", "patch"):
            statuses = operations.get(method, {}).get("responses", {})
            if "requestBody" not in operations.get(method, {}) or "415" not in statuses:
                continue
            with attempt(scene, f"{method} {template}"):
                scene.expect_status(_sent(scene, method, path, "application/json", b'{"a": '), 400)
                scene.expect_status(_sent(scene, method, path, "text/plain", b"a=b"), 415)
                large = b'{"a": "' + b"x" * _TOO_LARGE + b'"}'
                if not path.endswith("/upload"):
                    scene.expect_status(_sent(scene, method, path, "application/json", large), 413)


def _sent(scene: Scene, method: str, path: str, kind: str, content: bytes) -> Answer:
    return scene.api.send(method.upper(), path, content=content, headers={"Content-Type": kind})


@oracle(
    "a download has the exact bytes, as an attachment with the document's name that is not rendered or cached",
    writes=True,
    dialects=("v1",),
    subjects=("documents",),
)
def downloads_are_attachments(scene: Scene) -> None:
    content = bytes(range(256)) * 64
    client = upload(scene, v1_client(scene)["id"], "räport 1.html", content)
    document = client["documents"][0]
    answer = scene.api.get(f"/documents/{document['id']}/download")
    scene.expect_status(answer, 200)
    scene.expect(answer.content == content, f"{answer}: not the bytes that were uploaded")
    scene.expect_equal(document["size"], len(content), f"{answer}: the document's size")
    wanted = {
        "Content-Length": str(len(content)),
        "X-Content-Type-Options": "nosniff",
        "Content-Type": "application/octet-stream",
    }
    for name, value in wanted.items():
        scene.expect_equal(answer.headers.get(name), value, f"{answer}: {name}")
    disposition = answer.headers.get("Content-Disposition", "")
    scene.expect(disposition.startswith("attachment;"), f"{answer}: Content-Disposition is {disposition!r}")
    for name in ("filename*=UTF-8''r%C3%A4port%201.html", 'filename="raport 1.html"'):
        scene.expect(name in disposition, f"{answer}: the name in {disposition!r} is not {name}")
    control = {each.strip() for each in answer.headers.get("Cache-Control", "").split(",")}
    scene.expect({"private", "no-store"} <= control, f"{answer}: Cache-Control is {sorted(control)}")
    policy = answer.headers.get("Content-Security-Policy", "")
    scene.expect(
        "sandbox" in policy and "default-src 'none'" in policy, f"{answer}: Content-Security-Policy: {policy!r}"
    )
    for name in (f"{'ä' * 150}{scene.run}.txt", f"{'x' * 240}{scene.run}.txt"):
        longest = upload(scene, client["id"], name, content)["documents"][-1]
        got = scene.api.get(f"/documents/{longest['id']}/download")
        said = got.headers.get("Content-Disposition", "").partition("filename*=UTF-8''")[2]
        scene.expect_equal(
            [longest["name"], unquote(said)], [name, name], f"{got}: a long name, and that in the header"
        )
    where = document["url"].partition(PREFIX["v1"])[2]
    scene.expect_equal(where, f"/documents/{document['id']}/download", "the `url` of a document")


@oracle(
    "a file is shown as it was uploaded: name, type, size, width and height; several at once and one by one",
    writes=True,
    dialects=("v1",),
    subjects=("clients", "documents"),
)
def uploads_are_shown(scene: Scene) -> None:
    client = v1_client(scene)
    for key in ("documents[]", "file"):
        files = [(key, (f"{key[:4]}.pdf", b"%PDF-1.4 proof", "application/pdf"))]
        if key == "documents[]":
            files.append((key, ("second.TXT", b"two", "text/plain")))
        answer = scene.api.send("PUT", f"/clients/{client['id']}/upload", files=files)
        names = [each["name"] for each in answer.data["documents"]]
        uploaded = [file[1][0] for file in files]
        scene.expect_equal(names[-len(files) :], uploaded, f"{answer}: the files of an upload as `{key}`, in order")
    picture = upload(scene, client["id"], "dot.png")["documents"][-1]
    measures = [picture[key] for key in ("name", "type", "width", "height", "is_default", "is_deleted")]
    scene.expect_equal(measures, ["dot.png", "png", 1, 1, False, False], "a picture of one pixel")
    own = scene.api.one(f"/documents/{picture['id']}")
    scene.expect_equal(own["client_id"], client["id"], "the client of a document")
    scene.expect_equal(own["is_public"], False, "whether an upload is public unless it says so")
    listed = [each["id"] for each in scene.api.all(f"/clients/{client['id']}/documents")]
    inside = [each["id"] for each in scene.api.one(f"/clients/{client['id']}")["documents"]]
    scene.expect(listed == inside and len(inside) == 4, f"documents of a client: {listed}, {inside}")
    twice = upload(scene, client["id"], "dot.png", b"another one of that name")["documents"][-1]
    for each, content in ((picture, PNG), (twice, b"another one of that name")):
        got = scene.api.get(f"/documents/{each['id']}/download")
        scene.expect(got.content == content, f"{got}: the bytes of one of two documents with a name")
    public = [("documents[]", ("p.txt", b"p", "text/plain"))]
    shown = scene.api.send("PUT", f"/clients/{client['id']}/upload", {"is_public": "1"}, files=public).data
    newest = scene.api.one(f"/documents/{shown['documents'][-1]['id']}")
    scene.expect_equal(newest["is_public"], True, "an upload whose query says that it is public")
    for word, wanted in (("1", True), ("0", False)):
        flagged: Files = [*public, ("is_public", (None, word.encode(), ""))]
        shown = scene.api.send("PUT", f"/clients/{client['id']}/upload", files=flagged).data
        newest = scene.api.one(f"/documents/{shown['documents'][-1]['id']}")
        scene.expect_equal(newest["is_public"], wanted, f"an upload whose form has is_public={word}")
