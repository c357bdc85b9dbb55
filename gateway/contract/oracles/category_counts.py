"""Categories: how many clients they count, and what moves to another one."""

import time
from collections.abc import Mapping
from typing import Any

from gateway.contract.oracles.life_states import bulk
from gateway.contract.oracles.resources import api_client, category, in_v1
from gateway.contract.oracles.scene import TICK_SECONDS, Scene, oracle

Shown = Mapping[str, Any]
_IN_USE = "The category still has clients, deleted ones included. Migrate them first."


@oracle(
    "a category's count is the number of its clients, a migration moves all of them, and a category with "
    "clients is not removed",
    writes=True,
    dialects=("api",),
    subjects=("categories",),
)
def categories_count(scene: Scene) -> None:
    api, first, second = scene.apis["api"], category(scene), category(scene)
    made = [api_client(scene, client_categoryid=first["id"]) for _ in range(3)]
    hashed = in_v1(scene, made[0])
    scene.expect(bool(hashed["group_settings_id"]), "a client of a category has no group in /api/v1")
    _counts(scene, first, 3)
    api.send("PUT", f"/clients/{made[0]['id']}/status", body={"status": "suspended"})
    _counts(scene, first, 3)
    scene.expect_status(api.send("DELETE", f"/categories/{first['id']}"), 409)
    bulk(scene, "delete", hashed["id"])
    _counts(scene, first, 2)
    scene.expect_status(api.send("DELETE", f"/categories/{first['id']}"), 409)
    gone = in_v1(scene, made[2])["id"]
    bulk(scene, "restore", hashed["id"])
    bulk(scene, "delete", gone)
    api.send("PUT", f"/clients/{made[1]['id']}/status", body={"status": "suspended"})
    before = api.one(f"/clients/{made[0]['id']}")["dates"]["updated"]
    time.sleep(TICK_SECONDS)  # so that a changed time shows
    named = {"target_id": second["id"], "category_id": first["id"]}  # the first name takes precedence
    moved = api.send("PUT", f"/categories/{first['id']}/migrate", body=named)
    scene.expect_status(moved, 200)
    for source, target in ((second, first), (first, second)):  # back and forth, under the other name of the key
        again = api.send("PUT", f"/categories/{source['id']}/migrate", body={"category_id": target["id"]})
        scene.expect_status(again, 200)
        _counts(scene, target, 2)
    after = api.one(f"/clients/{made[0]['id']}")["dates"]["updated"]
    scene.expect(after > before, f"{moved}: the time of the last change of a client stayed {before}")
    _counts(scene, first, 0)
    _counts(scene, second, 2)
    kept = {scene.apis["v1"].one(f"/clients/{each}")["group_settings_id"] for each in (gone, hashed["id"])}
    scene.expect(len(kept) == 1, f"{moved}: a deleted client is in another group than the others: {kept}")
    bulk(scene, "restore", gone)
    _counts(scene, second, 3)
    for each in made:
        shown = api.one(f"/clients/{each['id']}")["category"]
        scene.expect_equal(shown, {"id": second["id"], "name": second["name"]}, f"{moved}: the category of a client")
    api.send("DELETE", f"/clients/{made[1]['id']}")
    _counts(scene, second, 2)
    api.send(
        "PATCH", f"/clients/{made[2]['id']}", body={"client_company_name": "Moves", "client_categoryid": first["id"]}
    )
    _counts(scene, second, 1)
    _counts(scene, first, 1)
    bulk(scene, "assign_group", hashed["id"], group_settings_id=hashed["group_settings_id"])
    _counts(scene, second, 0)
    _counts(scene, first, 2)
    bulk(scene, "delete", hashed["id"], gone)
    _counts(scene, first, 0)
    _refused(scene, first["id"], _IN_USE)
    other = category(scene)
    suspended = api_client(scene, client_categoryid=other["id"])
    api.send("PUT", f"/clients/{suspended['id']}/status", body={"status": "suspended"})
    _refused(scene, other["id"], _IN_USE)
    if scene.alone:  # a faulty deployment would delete somebody's default category
        default = next(each for each in api.all("/categories") if each["system_default"] == "yes")
        _refused(scene, default["id"], "The default category cannot be deleted.")
        _rename_default(scene, default)


def _rename_default(scene: Scene, default: Shown) -> None:
    """The default category can have another name, which its clients show."""
    api, client = scene.apis["api"], api_client(scene)
    for name in (scene.unique("Default"), default["name"]):
        renamed = api.send("PATCH", f"/categories/{default['id']}", body={"category_name": name})
        if scene.expect_status(renamed, 200):
            found = [renamed.data["name"], renamed.data["system_default"]]
            scene.expect_equal(found, [name, "yes"], f"{renamed}: name and system_default")
            shown = api.one(f"/clients/{client['id']}")["category"]["name"]
            scene.expect_equal(shown, name, f"{renamed}: the category of a client")


def _refused(scene: Scene, category_id: int, wanted: str) -> None:
    answer = scene.apis["api"].send("DELETE", f"/categories/{category_id}")
    if scene.expect_status(answer, 409):
        scene.expect_equal(answer.json["message"], wanted, f"{answer}: the message")


def _counts(scene: Scene, known: Shown, wanted: int) -> None:
    shown = scene.apis["api"].one(f"/categories/{known['id']}")["count"]
    scene.expect_equal(shown, wanted, f"/categories/{known['id']}: count")
    listed = next(each for each in scene.apis["api"].all("/categories") if each["id"] == known["id"])
    scene.expect_equal(listed["count"], wanted, f"/categories: count of {known['id']}")
    total = scene.apis["api"].get("/clients", {"category_id": known["id"]}).total
    scene.expect_equal(total, wanted, f"/clients?category_id={known['id']}: total")
