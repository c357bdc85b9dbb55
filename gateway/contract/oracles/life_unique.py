"""Values that must be unique, however they are written: numbers, references, emails and names."""

from typing import Any

from gateway.contract.oracles.api import Api
from gateway.contract.oracles.life_states import bulk
from gateway.contract.oracles.resources import api_client, category, contact, group, in_v1, legacy_id, v1_client
from gateway.contract.oracles.scene import Scene, oracle


@oracle(
    "client numbers are assigned in sequence and never reused, whatever happens to the client",
    writes=True,
    subjects=("clients",),
)
def numbers_are_never_reused(scene: Scene) -> None:
    v1 = scene.apis["v1"]
    used: dict[str, str] = {}
    for ending in ("none", "delete", "purge", "legacy delete", "merge", "renumber"):
        made = v1_client(scene) if scene.dialect == "v1" else _through_api(scene)
        scene.expect(made["number"] not in used, f"number {made['number']} was {used.get(made['number'])} before")
        used[made["number"]] = f"that of a client before {ending!r}"
        end_client(scene, made["id"], made["name"], ending)
    last = v1_client(scene)
    scene.expect(last["number"] not in used, f"number {last['number']} was {used.get(last['number'])} before")
    scene.expect(
        last["number"].isdigit() and len(last["number"]) >= 4, f"{last['number']!r} is not an automatic number"
    )
    empty = v1.send("POST", "/clients", body={"name": scene.unique(), "number": ""}).data["number"]
    scene.expect(
        empty.isdigit() and int(empty) > int(last["number"]), f"{empty!r} was assigned after {last['number']!r}"
    )

    given = f"{int(empty) + 1:0{len(empty)}}"
    if scene.alone:  # elsewhere somebody else may get this number first
        made = v1_client(scene, number=given)
        scene.expect_equal(made["number"], given, f"/clients/{made['id']}: the number that was sent")
        after = v1.send("POST", "/clients", body={"name": scene.unique()})
        following = after.data["number"] if scene.expect_status(after, 200) else ""
        skipped = following.isdigit() and int(following) > int(given)
        scene.expect(skipped, f"{following!r} was assigned after {given!r} was sent")


def _through_api(scene: Scene) -> dict[str, Any]:
    made = api_client(scene)
    return in_v1(scene, made)


def end_client(scene: Scene, client_id: str, name: str, ending: str) -> None:
    """Remove, delete, merge or renumber a client that the oracle has created; needs the password for some of these."""
    v1, api = scene.apis["v1"], scene.apis["api"]
    if ending == "delete":
        bulk(scene, "delete", client_id)
    elif ending == "legacy delete":
        api.send("DELETE", f"/clients/{legacy_id(scene, {'name': name})}")
    elif ending == "renumber":
        v1.send("PUT", f"/clients/{client_id}", body={"number": scene.unique("N")})
    elif ending == "purge" and v1.password:
        v1.send("POST", f"/clients/{client_id}/purge")
    elif ending == "merge" and v1.password:
        v1.send("POST", f"/clients/{v1_client(scene)['id']}/{client_id}/merge")


@oracle(
    "number and id_number are unique, also among archived and deleted clients",
    writes=True,
    dialects=("v1",),
    subjects=("clients",),
)
def references_are_unique(scene: Scene) -> None:
    v1 = scene.apis["v1"]
    for key in ("number", "id_number"):
        for action in ("", "archive", "delete"):
            value = scene.unique(key)
            owner, other = v1_client(scene, **{key: value}), v1_client(scene)
            if action:
                bulk(scene, action, owner["id"])
            tries = (
                ("POST", "/clients", {"name": "Second", key: value}),
                ("PUT", f"/clients/{other['id']}", {key: value}),
                ("PATCH", f"/clients/{other['id']}", {key: f" {value} "}),
            )
            for method, path, body in tries:
                answer = v1.send(method, path, body=body)
                _refused(scene, answer, key)
            if not action:
                same = v1.send("PUT", f"/clients/{owner['id']}", body={key: value})
                scene.expect_status(same, 200)
                other_case = v1.send("PUT", f"/clients/{other['id']}", body={key: value.swapcase()})
                scene.expect(other_case.ok, f"{other_case} with the `{key}` of another client in another case")


@oracle(
    "an email in /api is unique regardless of case, and so is the name of a category",
    writes=True,
    dialects=("api",),
)
def emails_and_names_are_unique(scene: Scene) -> None:
    api, client, person = scene.apis["api"], api_client(scene, email=(mail := scene.email())), contact(scene)
    new = {"first_name": "New", "last_name": "One"}
    of_v1 = v1_client(scene)["contacts"][0]["email"]
    for email in (mail, mail.upper(), person["email"], of_v1):
        _refused(scene, api.send("POST", "/clients", body={**new, "email": email}), "email")
        _refused(scene, api.send("POST", "/contacts", body={**new, "email": email, "clientid": client["id"]}), "email")
    _refused(scene, api.send("PATCH", f"/contacts/{person['id']}", body={**new, "email": mail}), "email")
    deleted = v1_client(scene)
    scene.apis["v1"].send("DELETE", f"/clients/{deleted['id']}")
    again = {**new, "email": deleted["contacts"][0]["email"]}  # the client may be restored with its contacts
    _refused(scene, api.send("POST", "/clients", body=again), "email")
    own = {**new, "email": person["email"].upper()}
    scene.expect_status(api.send("PATCH", f"/contacts/{person['id']}", body=own), 200)
    if scene.alone:  # elsewhere a faulty deployment would make a contact of the team user
        member = api.all("/team")[0]["email"]
        _refused(scene, api.send("POST", "/clients", body={**new, "email": member}), "email")
    own_category = category(scene)
    name = own_category["name"]
    for written in (name.upper(), name):
        answer = api.send("PATCH", f"/categories/{own_category['id']}", body={"category_name": written})
        if scene.expect_status(answer, 200):
            scene.expect_equal(answer.data["name"], written, f"{answer}: its own name in another case")
    _refused(scene, api.send("POST", "/categories", body={"category_name": name}), "category_name")
    other = category(scene)["id"]
    _refused(scene, api.send("PATCH", f"/categories/{other}", body={"category_name": name}), "category_name")
    _refused_in_v1(scene, scene.apis["v1"], name)


@oracle(
    "a group's name is unique, also among deleted groups",
    writes=True,
    dialects=("v1",),
    subjects=("group_settings",),
)
def group_names_are_unique(scene: Scene) -> None:
    first, second = group(scene), group(scene)
    _refused_in_v1(scene, scene.api, first["name"])
    _refused(scene, scene.api.send("PUT", f"/group_settings/{second['id']}", body={"name": first["name"]}), "name")
    bulk(scene, "delete", first["id"], path="/group_settings")
    _refused_in_v1(scene, scene.api, first["name"])
    doubled = [{"email": (mail := scene.email())}, {"email": mail.upper()}]
    answer = scene.api.send("POST", "/clients", body={"name": "Twice", "contacts": doubled})
    scene.expect_status(answer, 422)


def _refused_in_v1(scene: Scene, v1: Api, name: str) -> None:
    _refused(scene, v1.send("POST", "/group_settings", body={"name": name}), "name")


def _refused(scene: Scene, answer: object, key: str) -> None:
    from gateway.contract.oracles.api import Answer

    assert isinstance(answer, Answer)
    if scene.expect_status(answer, 422):
        scene.expect(key in answer.json.get("errors", {}), f"{answer} names {list(answer.json['errors'])}, not `{key}`")
