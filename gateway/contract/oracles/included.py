"""What `include` shows of a client: by its id, in lists and after writes; an unknown relation is refused."""

from typing import Any

from gateway.contract.oracles.resources import group, v1_client
from gateway.contract.oracles.scene import Scene, oracle

_ALWAYS = ("contacts", "documents", "gateway_tokens")
_OPTIONAL = ("activities", "ledger", "group_settings", "system_logs", "locations", "tags")


@oracle(
    "each relation is shown only where it is included, alone and with others; an unknown one is a 400",
    dialects=("v1",),
    subjects=("clients",),
)
def relations_are_included(scene: Scene) -> None:
    listed = scene.api.get("/clients", {"per_page": 3}).data
    for client in listed[:2]:
        path = f"/clients/{client['id']}"
        plain = scene.api.one(path)
        scene.expect(not set(_OPTIONAL) & plain.keys(), f"{path} shows relations that were not included")
        for relations in (*((each,) for each in (*_ALWAYS, *_OPTIONAL)), _OPTIONAL, ("activities.history", "tags")):
            shown = scene.api.one(path, {"include": ",".join(relations)})
            more = {each.partition(".")[0] for each in relations} & set(_OPTIONAL)
            scene.expect_equal(
                sorted(shown.keys() - plain.keys()), sorted(more), f"{path}?include={','.join(relations)}"
            )
            kept = {key: shown[key] for key in plain}
            scene.expect_equal(kept, plain, f"{path}?include={','.join(relations)} beside the same without it")
            _of_list(scene, client["id"], ",".join(relations), shown)
        scene.expect_status(scene.api.get(path, {"include": "invoices"}), 400)
    scene.expect_status(scene.api.get("/clients", {"include": "contacts,invoices"}), 400)


def _of_list(scene: Scene, client_id: str, include: str, shown: dict[str, Any]) -> None:
    found = scene.api.all("/clients", {"client_id": client_id, "include": include})
    scene.expect_equal(found[:1], [shown], f"/clients?include={include} beside the client by its id")


@oracle(
    "a client's group and locations are shown as they were written",
    writes=True,
    dialects=("v1",),
    subjects=("clients",),
)
def relations_are_shown(scene: Scene) -> None:
    known = group(scene)
    locations: list[dict[str, Any]] = [
        {"name": "Office", "city": "Ulm", "country_id": "276", "is_shipping_location": True},
        {"name": "Shop"},
    ]
    client = v1_client(scene, group_settings_id=known["id"], locations=locations)
    path = f"/clients/{client['id']}"
    shown = scene.api.one(path, {"include": "group_settings,locations"})
    scene.expect_equal(shown["group_settings"], known, f"{path}: the group that is included")
    found = [{key: each[key] for key in wanted} for each, wanted in zip(shown["locations"], locations, strict=False)]
    scene.expect_equal(found, locations, f"{path}: the locations that are included")
    changed = scene.api.send("PUT", path, {"include": "locations"}, body={"city": "Else"})
    scene.expect_equal(
        changed.data["locations"], shown["locations"], f"{changed}: the locations after a write without them"
    )
    body = {"name": scene.unique(), "tags": ["a"], "locations": locations[1:]}
    made = scene.api.send("POST", "/clients", {"include": "tags,locations"}, body=body)
    scene.expect_equal(made.data.get("tags"), ["a"], f"{made}: tags that are included")
    names = [each["name"] for each in made.data.get("locations", ())]
    scene.expect_equal(names, ["Shop"], f"{made}: locations that are included")
    several = {"action": "archive", "ids": [client["id"], made.data["id"]]}
    bulk = scene.api.send("POST", "/clients/bulk", {"include": "tags,activities"}, body=several)
    kinds = [(each.get("tags"), each["activities"][0]["activity_type_id"]) for each in bulk.data]
    scene.expect_equal(kinds, [([], "2"), (["a"], "2")], f"{bulk}: what is included")
    ids = [{"id": shown["locations"][1]["id"], "city": "Bonn"}]
    left = scene.api.send("PUT", path, {"include": "locations"}, body={"locations": ids}).data["locations"]
    scene.expect_equal([[each["name"], each["city"]] for each in left], [["Shop", "Bonn"]], f"{path}: who is left")
