"""HEAD, OPTIONS and `Allow` on every path, and the caching headers of every answer."""

from collections.abc import Iterator
from typing import Any

from gateway.contract.oracles.api import Answer
from gateway.contract.oracles.resources import api_client, v1_client
from gateway.contract.oracles.scene import Scene, attempt, oracle

METHODS = ("get", "post", "put", "patch", "delete")
_VOLATILE = {"date", "x-request-id", "x-ratelimit-remaining", "x-ratelimit-reset", "connection", "keep-alive"}
PREFIX = {"api": "/api", "v1": "/api/v1"}


def real_paths(scene: Scene) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Yield each path of the document with existing ids, as `template`, `path` and its operations."""
    ids: dict[str, str] = {}
    paths = scene.documents[scene.dialect]["paths"]
    for template, operations in paths.items():
        path = template.removeprefix(PREFIX[scene.dialect])
        if "{" in path:
            noun = path.split("/")[1]
            if noun not in ids:
                listed = scene.api.get(f"/{noun}").data
                ids[noun] = str(listed[0]["id"]) if listed else ""
            if not ids[noun]:
                scene.not_reached(f"{template}: there is no record")
                continue
            path = path.replace("{id}", ids[noun]).replace("{other}", ids[noun])
        yield template, path, operations


@oracle("HEAD answers as GET does, without a body, and OPTIONS and Allow list the documented methods")
def methods_are_those_documented(scene: Scene) -> None:
    document: tuple[str, str, dict[str, Any]] = ("/openapi.json", "/openapi.json", {"get": {}})
    for template, path, operations in (*real_paths(scene), document):
        with attempt(scene, template):
            wanted = {each.upper() for each in METHODS if each in operations} | {"OPTIONS"}
            wanted |= {"HEAD"} if "get" in operations else set()
            options = scene.api.with_key(None).send("OPTIONS", path)  # browsers ask without a key
            scene.expect(options.ok, f"{options}: OPTIONS is not answered")
            scene.expect_equal(allow_of(options), sorted(wanted), f"{options}: Allow")
            if "get" in operations:
                _head(scene, path)
            else:
                refused = scene.api.get(path)
                if scene.expect_status(refused, 405):
                    scene.expect_equal(allow_of(refused), sorted(wanted), f"{refused}: Allow")


def _head(scene: Scene, path: str) -> None:
    got, head = scene.api.get(path), scene.api.send("HEAD", path)
    scene.expect(head.status == got.status, f"{head} answers another status than GET ({got.status})")
    scene.expect(not head.content, f"{head} has a body of {len(head.content)} bytes")
    ours, theirs = _kept(head), _kept(got)
    different = sorted(name for name in ours.keys() | theirs.keys() if ours.get(name) != theirs.get(name))
    scene.expect(not different, f"{head}: {different} are not the headers of GET")
    length = got.headers.get("Content-Length")
    scene.expect(length is None or int(length) == len(got.content), f"{got}: Content-Length is {length}")


def _kept(answer: Answer) -> dict[str, str]:
    return {name.lower(): value for name, value in answer.headers.items() if name.lower() not in _VOLATILE}


def allow_of(answer: Answer) -> list[str]:
    """Return the methods in the `Allow` of an answer, in order."""
    return sorted(each.strip() for each in answer.headers.get("Allow", "").split(",") if each.strip())


@oracle("an unknown path is a 404 in the dialect's own shape; a slash at the end names the same resource")
def paths_are_told_apart(scene: Scene) -> None:
    for path in ("/nothing", "/clients/none/none/none", "/clients/0", "/clients/nobodyhasthisid"):
        answer = scene.api.get(path)
        scene.expect_status(answer, 404)
        wanted = {"message"} if scene.dialect == "api" else {"message", "errors"}
        scene.expect(
            {"message"} <= answer.json.keys() <= wanted, f"{answer}: the keys of an error are {list(answer.json)}"
        )
    slash = scene.api.get("/clients/")
    if scene.expect_status(slash, 200):
        scene.expect_equal(slash.data, scene.api.get("/clients").data, "/clients/ beside /clients")


@oracle("no answer may be stored by a shared cache, and each one names the request headers on which it depends")
def caching_is_declared(scene: Scene) -> None:
    for _template, path, operations in real_paths(scene):
        if "get" in operations:
            for answer in (scene.api.get(path), scene.api.with_key(None).get(path)):
                _check_caching(scene, answer)
    if scene.writes:
        _check_caching(scene, scene.api.send("PROOF", "/clients"))
        make, method = (api_client, "PATCH") if scene.dialect == "api" else (v1_client, "PUT")
        path = f"/clients/{make(scene)['id']}"
        needed = {"client_company_name": scene.unique()} if scene.dialect == "api" else {}
        new = {"first_name": "A", "last_name": "B", "email": scene.email()}
        _check_caching(scene, scene.api.send("POST", "/clients", body=new))
        for where, body in ((path, needed), (path, {"website": {}}), ("/clients/nobodyhasthisid", needed)):
            _check_caching(scene, scene.api.send(method, where, body=body))


def _check_caching(scene: Scene, answer: Answer) -> None:
    headers = ("Authorization", "Prefer") if scene.dialect == "api" else ("X-API-TOKEN", "X-Ninja-Token", "Prefer")
    control = {each.strip().lower() for each in answer.headers.get("Cache-Control", "").split(",")}
    scene.expect("private" in control or "no-store" in control, f"{answer}: Cache-Control is {control}")
    ages = {each for each in control if each.startswith(("max-age=", "s-maxage="))}
    kept = control & {"public"} | ages - {"max-age=0", "s-maxage=0"}
    scene.expect(not kept, f"{answer}: {control} allows caching")
    vary = {each.strip().lower() for each in answer.headers.get("Vary", "").split(",")}
    missing = [] if "*" in vary else [name for name in headers if name.lower() not in vary]
    scene.expect(not missing, f"{answer}: Vary does not name {missing}")
    kind = answer.headers.get("Content-Type", "")
    is_json = kind.startswith("application/json") or answer.path.endswith("/download")
    scene.expect(is_json, f"{answer}: Content-Type is {kind!r}")
