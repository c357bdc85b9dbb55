"""What keys of the newer edition see of a client, and that writes of other keys keep it."""

from gateway.contract.oracles.api import Api
from gateway.contract.oracles.other_keys import limited_key
from gateway.contract.oracles.resources import V1_CLIENT, v1_client
from gateway.contract.oracles.samples import samples
from gateway.contract.oracles.scene import Scene, attempt, differences, oracle, same

_NEWER = "2026"


@oracle(
    "the newer edition shows more fields of a client; a key of any edition may set them, and no other write loses them",
    writes=True,
    alone=True,
    dialects=("v1",),
    subjects=("clients",),
)
def editions_are_kept(scene: Scene) -> None:
    newer = scene.api.with_key(limited_key(scene, "edition", _NEWER), scene.api.password)
    client = v1_client(scene)
    path = f"/clients/{client['id']}"
    more = [row for row in V1_CLIENT.fields() if row.edition and row.key and "." not in row.key]
    shown = newer.one(path)
    scene.expect(
        not {each.key for each in more} & client.keys(), f"{path} shows fields of edition {_NEWER} to the first edition"
    )
    scene.expect({str(each.key) for each in more} <= shown.keys(), f"{path} lacks fields of edition {_NEWER}")
    for row in (each for each in more if "update" in each.on):
        for sample in samples(scene, row, {}):
            with attempt(scene, f"`{row.key}` of edition {_NEWER}"):
                before = newer.one(path)
                answer = scene.api.send("PUT", path, body={row.input_key: sample.sent})
                scene.expect_status(answer, 200)
                after = newer.one(path)
                where = f"{answer} with `{row.input_key}`"
                scene.expect(same(after[str(row.key)], sample.shown), f"{where}: {after[str(row.key)]!r} is shown")
                other = {each.partition(".")[0] for each in differences(before, after)} - {str(row.key), "updated_at"}
                scene.expect(not other, f"{where}: {sorted(other)} changed as well")
    before = newer.one(path)
    scene.api.send("PUT", path, body={"city": scene.unique()})
    lost = differences(before, newer.one(path)) - {"city", "updated_at"}
    scene.expect(not lost, f"a write of the first edition changed {sorted(lost)}")
    _check_merge(scene, newer, {str(each.key) for each in more})


def _check_merge(scene: Scene, newer: Api, keys: set[str]) -> None:
    """A merge leaves the newer fields of the client that receives."""
    if scene.api.password is None:
        scene.not_reached("merges: no --password was given")
        return
    receiver, other = v1_client(scene), v1_client(scene)
    own = {"routing_id": "R 1", "is_tax_exempt": True, "tax_info": {"a": 1}, "classification": "company"}
    scene.expect_status(scene.api.send("PUT", f"/clients/{other['id']}", body=own), 200)
    before = newer.one(path := f"/clients/{receiver['id']}")
    scene.expect_status(scene.api.send("POST", f"{path}/{other['id']}/merge"), 200)
    touched = {each.partition(".")[0] for each in differences(before, newer.one(path))} & keys
    scene.expect(not touched, f"{path}: {sorted(touched)} changed in a merge")
