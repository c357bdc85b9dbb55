"""What keys of the newer edition see of a client, and that writes of other keys keep it."""

from gateway.contract.operations import PREFIXES
from gateway.contract.oracles.api import Api
from gateway.contract.oracles.other_keys import limited_key
from gateway.contract.oracles.resources import V1_CLIENT, legacy_id, upload, v1_client
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
    _check_answers(scene, newer, client["id"])
    _check_documents(scene, newer, client["id"])
    _check_classification(scene)


def _check_merge(scene: Scene, newer: Api, keys: set[str]) -> None:
    """A merge leaves the newer fields of the client that receives."""
    if scene.api.password is None:
        scene.not_reached("merges: no --password was given")
        return
    receiver, other = v1_client(scene), v1_client(scene)
    own = {"routing_id": "R 1", "is_tax_exempt": True, "tax_info": {"a": 1}, "classification": "company"}
    scene.expect_status(scene.api.send("PUT", f"/clients/{other['id']}", body=own), 200)
    gone = legacy_id(scene, other)
    before = newer.one(path := f"/clients/{receiver['id']}")
    scene.expect_status(scene.api.send("POST", f"{path}/{other['id']}/merge"), 200)
    touched = {each.partition(".")[0] for each in differences(before, newer.one(path))} & keys
    scene.expect(not touched, f"{path}: {sorted(touched)} changed in a merge")
    own_ids = {"v1": (other["id"], receiver["id"]), "api": (gone, legacy_id(scene, receiver))}
    for dialect, (lost, kept) in own_ids.items():
        first = scene.apis[dialect]
        answers = [each.get(f"/clients/{lost}") for each in (first.with_key(newer.token), first)]
        link = f'<{PREFIXES[dialect]}/clients/{kept}>; rel="canonical"'
        for answer, wanted in zip(answers, ([404, kept, link], [404, None, None]), strict=True):
            found = [answer.status, answer.json.get("merged_into"), answer.headers.get("Link")]
            scene.expect_equal(found, wanted, f"{answer}: status, `merged_into` and Link of a merged client")


def _check_answers(scene: Scene, newer: Api, client_id: str) -> None:
    """Every answer to a key of the newer edition shows the client as a read by that key does."""
    path = f"/clients/{client_id}"
    answers = (
        newer.get("/clients", {"client_id": client_id}),
        newer.send("PUT", path, body={"city": scene.unique()}),
        newer.send("POST", "/clients/bulk", body={"action": "archive", "ids": [client_id]}),
        newer.send("POST", "/clients/bulk", body={"action": "restore", "ids": [client_id]}),
        newer.get(f"{path}/edit"),
    )
    wanted = sorted(newer.one(path))
    for answer in answers:
        shown = answer.data[0] if isinstance(answer.data, list) else answer.data
        scene.expect_equal(sorted(shown), wanted, f"{answer} by a key of edition {_NEWER}: its keys")
    made = newer.send("POST", "/clients", body={"name": scene.unique(), "routing_id": "R 2"})
    scene.expect_equal(made.data, newer.one(f"/clients/{made.data['id']}"), f"{made}: the new client")


def _check_documents(scene: Scene, newer: Api, client_id: str) -> None:
    """Documents inside a client of the newer edition say whether they are public, and have a link."""
    document = upload(scene, client_id)["documents"][-1]
    for is_public in (True, False):
        scene.api.send("PUT", f"/documents/{document['id']}", body={"is_public": is_public})
        inside = newer.one(f"/clients/{client_id}")["documents"][-1]
        found = {key: inside.get(key) for key in ("id", "is_public", "link")}
        wanted = {"id": document["id"], "is_public": is_public, "link": document["url"]}
        scene.expect_equal(found, wanted, f"/clients/{client_id}: the document in edition {_NEWER}")


def _check_classification(scene: Scene) -> None:
    """The filter finds exactly the clients of a classification, which the first edition does not show."""
    word = scene.unique("company")
    for value in (word, word.upper(), f"{word} limited"):
        made = v1_client(scene, classification=value)["id"]
        found = [each["id"] for each in scene.api.all("/clients", {"classification": value})]
        scene.expect_equal(found, [made], f"/clients?classification={value}")
    for value in (scene.unique("other"), word[:-1], "%"):
        scene.expect_equal(scene.api.all("/clients", {"classification": value}), [], f"/clients?classification={value}")
