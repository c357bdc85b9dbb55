"""Records nested in a client equal those at their own paths: documents, gateway tokens, locations."""

from collections.abc import Mapping
from typing import Any

from gateway.contract.oracles.resources import V1_CLIENT, v1_client
from gateway.contract.oracles.samples import samples
from gateway.contract.oracles.scene import Scene, attempt, differences, oracle, same
from gateway.contract.oracles.stocked import stock_lists
from schemas.rows import Many

Shown = Mapping[str, Any]
_MAX_CLIENTS = 20
_NESTED = {"documents": "/documents", "gateway_tokens": "/client_gateway_tokens"}


@oracle(
    "documents and gateway tokens inside a client are equal to those in their own lists, value by value and in order",
    dialects=("v1",),
)
def nested_records_match_lists(scene: Scene) -> None:
    stock_lists(scene)
    rich = [each for each in scene.api.all("/clients") if any(each[key] for key in _NESTED)]
    for client in rich[:_MAX_CLIENTS]:
        for key, path in _NESTED.items():
            if client[key]:
                with attempt(scene, f"`{key}` of client {client['id']}"):
                    _compare(scene, f"client {client['id']}", client[key], path, client["id"])


def _compare(scene: Scene, where: str, nested: list[Any], path: str, client_id: str) -> None:
    own = scene.api.all(path, {"client_id": client_id})
    ids = [each["id"] for each in nested]
    scene.expect_equal(ids, [each["id"] for each in own], f"{where}: what is in it beside {path}?client_id={client_id}")
    for inner, outer in zip(nested, own, strict=False):
        other = {key for key in inner.keys() & outer.keys() if not same(inner[key], outer[key])}
        scene.expect(not other, f"{where}: {sorted(other)} of {inner['id']} differ at {path}")


@oracle(
    "each field of a client's locations is shown as it was sent, and the other fields stay",
    writes=True,
    dialects=("v1",),
    subjects=("clients",),
)
def locations_are_shown(scene: Scene) -> None:
    client = v1_client(scene, locations=[{"name": "One"}, {"name": "Two"}])
    path, query = f"/clients/{client['id']}", {"include": "locations"}
    table = next(row.of for row in V1_CLIENT.rows if isinstance(row, Many) and row.key == "locations")
    before = scene.api.one(path, query)["locations"]
    for row in (each for each in table.fields() if "update" in each.on and each.key != "id"):
        for sample in samples(scene, row, {}):
            sent = [{"id": before[0]["id"]}, {"id": before[1]["id"], str(row.key): sample.sent}]
            answer = scene.api.send("PUT", path, query, body={"locations": sent})
            after, where = answer.data["locations"], f"{answer} with location's `{row.key}`"
            scene.expect_equal(after[1][str(row.key)], sample.shown, where)
            touched = differences(before[1], after[1]) - {str(row.key), "updated_at"}
            scene.expect(not touched, f"{where}: {sorted(touched)} changed as well")
            scene.expect(same(after[0], before[0]), f"{where}: the other location changed as well")
            scene.expect_equal(scene.api.one(path, query)["locations"], after, f"{where}: a read")
            before = after
    two = [{"id": before[0]["id"], "name": "Same"}, {"id": before[0]["id"], "name": "Same"}]
    answer = scene.api.send("PUT", path, query, body={"locations": two})
    ids = [each["id"] for each in answer.data["locations"]]
    known = len(ids) == len(two) == len(set(ids)) and ids[0] == before[0]["id"]
    scene.expect(known, f"{answer} with the same id twice: the ids are {ids}")
    new = [{"id": temporary, "name": "New"} for temporary in ("-7", -7, None)]
    answer = scene.api.send("PUT", path, query, body={"locations": new})
    if scene.expect_status(answer, 200):
        found = {each["id"] for each in answer.data["locations"]}
        scene.expect(len(found - set(ids)) == len(new), f"{answer} with temporary ids: the ids are {sorted(found)}")
