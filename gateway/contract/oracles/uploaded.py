"""What is shown of an uploaded file, and that nothing is left of a deleted one."""

import struct
import zlib
from pathlib import Path
from typing import Any
from urllib.parse import quote

from gateway.contract.checks.list_parameters import IMAGES
from gateway.contract.oracles.api import Files, eventually
from gateway.contract.oracles.resources import document, legacy_id, upload, v1_client
from gateway.contract.oracles.scene import Scene, attempt, oracle

_LONGEST = 255  # characters of a name
# Names of documents as they are sent and shown: without folders and control characters.
_NAMES = (("../../etc/passwd.pdf", "passwd.pdf"), ("C:\\Temp\\a.png", "a.png"), (" b\tc\x7f.txt ", "bc.txt"))


def _picture(width: int, height: int) -> bytes:
    """A black picture as a PNG (ISO/IEC 15948)."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    rows = (b"\0" + b"\0" * width) * height
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + head + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


@oracle(
    "an upload has the width and height of its picture, its extension in lower case and its exact size, "
    "also for an empty file",
    writes=True,
    dialects=("v1",),
    subjects=("documents",),
)
def file_metadata_is_exact(scene: Scene) -> None:
    client = v1_client(scene)
    files: tuple[tuple[str, bytes, tuple[Any, ...]], ...] = (
        ("wide.png", _picture(3, 2), ("png", 3, 2)),
        ("HIGH.PNG", _picture(2, 5), ("png", 2, 5)),
        ("Report.PDF", b"%PDF-1.4 proof", ("pdf", 0, 0)),
        ("archive.tar.gz", b"gz", ("gz", 0, 0)),
        ("empty.txt", b"", ("txt", 0, 0)),
    )
    for name, content, wanted in files:
        with attempt(scene, name):
            documents = upload(scene, client["id"], name, content)["documents"]
            shown = next(each for each in documents if each["name"] == name)
            found = (shown["type"], shown["width"], shown["height"], shown["size"])
            scene.expect_equal(list(found), [*wanted, len(content)], f"{name}: type, width, height, size")
            got = scene.api.get(f"/documents/{shown['id']}/download")
            scene.expect(got.content == content, f"{got}: not the bytes of {name}")
    with attempt(scene, "a long name"):
        long = upload(scene, client["id"], f"{'long-' * 60}.pdf", b"long")["documents"][-1]
        ends = long["name"].endswith("-.pdf") and len(long["name"]) <= _LONGEST
        scene.expect(ends and long["type"] == "pdf", f"document {long['id']}: its name became {long['name']!r}")
    with attempt(scene, "POST with _method=PUT"):
        sent: Files = [("documents[]", ("posted.txt", b"x", "text/plain")), ("_method", (None, b"PUT", ""))]
        answer = scene.api.send("POST", f"/clients/{client['id']}/upload", files=sent)
        names = [each["name"] for each in answer.data["documents"]]
        scene.expect("posted.txt" in names, f"{answer} with _method=PUT: {names}")
    _check_names(scene, client["id"])
    _check_images(scene)
    _check_removed(scene)


def _check_names(scene: Scene, client_id: str) -> None:
    """A download has the present name of its document, whatever characters it contains."""
    one = upload(scene, client_id, "first.txt", b"x")["documents"][-1]
    for name in ('second "quoted"; 100%.txt', "日本.txt"):
        scene.api.send("PUT", f"/documents/{one['id']}", body={"name": name})
        got = scene.api.get(f"/documents/{one['id']}/download")
        said = got.headers.get("Content-Disposition", "")
        scene.expect(f"filename*=UTF-8''{quote(name, safe='')}" in said, f"{got}: {said!r} is not the name {name!r}")
    for name, wanted in _NAMES:
        shown = scene.api.send("PUT", f"/documents/{one['id']}", body={"name": name}).data
        found = [shown["name"], shown["type"]]
        scene.expect_equal(found, [wanted, "txt"], f"/documents/{one['id']}: name and type after it became {name!r}")


def _check_images(scene: Scene) -> None:
    client_id, kinds = v1_client(scene)["id"], [*IMAGES, "pdf", "txt"]
    files = [("documents[]", (f"file.{kind}", b"x", "application/octet-stream")) for kind in kinds]
    scene.api.send("PUT", f"/clients/{client_id}/upload", files=files)
    words = {"image": [*IMAGES], "pdf": ["pdf"], "other": ["txt"], "SVG,Txt": ["svg", "txt"]}
    for word, wanted in (words | {"txt,none,pdf,svg": ["svg", "pdf", "txt"]}).items():
        found = [each["type"] for each in scene.api.all(f"/clients/{client_id}/documents", {"type": word})]
        scene.expect_equal(found, wanted, f"/clients/{client_id}/documents?type={word}")


def _check_removed(scene: Scene) -> None:
    if scene.api.password is None:
        scene.not_reached("bytes of deleted documents: no --password was given")
        return
    first, second = document(scene), document(scene)
    for each in (first, second):
        scene.expect_status(scene.api.get(f"/documents/{each['id']}/download"), 200)
    scene.expect_status(scene.api.send("DELETE", f"/documents/{first['id']}"), 200)
    scene.api.send("POST", "/documents/bulk", body={"action": "delete", "ids": [second["id"]]})
    for each in (first, second):
        scene.expect_status(scene.api.get(f"/documents/{each['id']}/download"), 404)
    _check_bytes(scene)


def _check_bytes(scene: Scene) -> None:
    """The bytes of a removed document are deleted as well, which shows where the storage can be looked at."""
    folder = Path(scene.environment.get("GATEWAY_STORAGE_URL", ""))
    if not scene.environment or not folder.is_dir():
        scene.not_reached("stored bytes: the storage is not a local folder")
        return
    for word in ("purge", "DELETE in /api", "DELETE of the document"):
        client = v1_client(scene)
        one = upload(scene, client["id"])["documents"][0]
        scene.expect(
            bool([*folder.rglob(one["hash"])]), f"the bytes of document {one['id']} are not stored as its hash"
        )
        if word == "purge":
            scene.api.send("POST", f"/clients/{client['id']}/purge")
        elif word == "DELETE in /api":
            scene.apis["api"].send("DELETE", f"/clients/{legacy_id(scene, client)}")
        else:
            scene.api.send("DELETE", f"/documents/{one['id']}")
        is_gone = any(not [*folder.rglob(one["hash"])] for _ in eventually(20, 0.5))
        scene.expect(is_gone, f"the bytes of document {one['id']} are still stored after {word}")
