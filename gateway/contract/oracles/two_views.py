"""Compares how both dialects show every record; it only reads, so it works on any deployment."""

from collections.abc import Mapping, Sequence
from typing import Any

from gateway.contract.oracles import views
from gateway.contract.oracles.api import MAX_WALKED, eventually
from gateway.contract.oracles.listed import WITH_STATES
from gateway.contract.oracles.scene import Scene, attempt, differences, oracle, same
from gateway.contract.oracles.stocked import stock_lists

Shown = Mapping[str, Any]
_LISTS = (
    ("/clients", "/clients", views.CLIENT),
    ("/categories", "/group_settings", views.CATEGORY),
    ("/team", "/users", views.MEMBER),
)


@oracle("every record is the same in both dialects, value by value as the mapping tables say")
def views_agree(scene: Scene) -> None:
    stock_lists(scene)
    for path, twin_path, rules in _LISTS:
        with attempt(scene, path):
            pairs = _pairs(scene, path, twin_path)
            for shown, twin in pairs:
                views.agree(scene, shown, twin, rules, f"{path}/{shown['id']}")
    with attempt(scene, "/contacts"):
        _contacts(scene)


def _pairs(scene: Scene, path: str, twin_path: str) -> Sequence[tuple[Shown, Shown]]:
    """Return pairs of records of both dialects, newest first; others may write between the two lists."""
    shown: list[dict[str, Any]] = []
    twins: list[dict[str, Any]] = []
    for _ in eventually(3, 1.0):
        shown = scene.apis["api"].all(path, {"sort": "created"} if path == "/team" else {})
        twins = scene.apis["v1"].all(twin_path, {"sort": "id|desc"})
        if path == "/categories":  # the default category is not a group
            shown = [each for each in shown if each["system_default"] != "yes"]
        if len(shown) == len(twins) and same(shown, scene.apis["api"].all(path, {})[: len(shown)]):
            break
    shown = sorted(shown, key=lambda each: -each["id"])
    if len(shown) < MAX_WALKED:
        scene.expect(len(shown) == len(twins), f"{path} has {len(shown)} records, {twin_path} {len(twins)}")
    return list(zip(shown, twins, strict=False))


def _contacts(scene: Scene) -> None:
    people: dict[tuple[str, str, str], list[dict[str, Any]]] = {}
    listed = scene.apis["api"].all("/contacts")
    for each in listed:
        people.setdefault((each["email"], each["name"], each["client"]["company_name"] or ""), []).append(each)
    for client in scene.apis["v1"].all("/clients"):
        for each in client["contacts"]:
            name = f"{each['first_name']} {each['last_name']}".strip()
            found = people.get((each["email"], name, client["display_name"]), [])
            if each["email"] and len(found) == 1:  # several clients may have the same name and the same person
                views.agree(scene, found[0], each, views.CONTACT, f"/contacts/{found[0]['id']}")
            elif each["email"] and not found and len(listed) < MAX_WALKED:
                scene.expect(False, f"/api/contacts lacks {each['email']} of client {client['id']}")


@oracle("a list shows a record as a read by its id does")
def lists_show_what_reads_show(scene: Scene) -> None:
    for path in lists_of(scene):
        with attempt(scene, path):
            states = [{}, {"is_deleted": "true"}] if scene.dialect == "v1" and path in WITH_STATES else [{}]
            for listed in (each for query in states for each in scene.api.get(path, query).data[:5]):
                read = scene.api.one(f"{path}/{listed['id']}")
                scene.expect(
                    same(read, listed),
                    f"{path}/{listed['id']}: a read shows other {sorted(differences(listed, read))} than the list",
                )
                _edits(scene, path, read)


def _edits(scene: Scene, path: str, read: Shown) -> None:
    own = f"{path}/{{id}}/edit"
    if any(each.endswith(own) for each in scene.documents[scene.dialect]["paths"]):
        edited = scene.api.one(f"{path}/{read['id']}/edit")
        scene.expect(same(edited, read), f"{path}/{read['id']}/edit shows other {sorted(differences(read, edited))}")


def lists_of(scene: Scene) -> list[str]:
    """Return the paths of the dialect's lists whose records can be read by id."""
    paths = scene.documents[scene.dialect]["paths"]
    prefix = "/api/v1" if scene.dialect == "v1" else "/api"
    return [path.removeprefix(prefix) for path in paths if "get" in paths[path] and f"{path}/{{id}}" in paths]
