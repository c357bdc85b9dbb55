"""What an operator adds on the command line: custom fields of a company, and contacts that belong to no client."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from gateway.contract.commands import printed
from gateway.contract.oracles.resources import api_client
from gateway.contract.oracles.scene import Scene, attempt, oracle

_COMPANY = "Company with Fields"
_PERSON = {"first_name": "Jane", "last_name": "Fields"}


@oracle(
    "a required custom field must be sent by its name, is shown as a custom value of /api/v1 and kept by every write",
    writes=True,
    alone=True,
    dialects=("api",),
    subjects=("clients",),
)
def custom_fields_are_required(scene: Scene) -> None:
    if not scene.environment:
        scene.not_reached("custom fields: none can be added to this register")
        return
    company = f"{_COMPANY} {scene.run}"
    password = scene.api.password or "Contract-Password-1"
    token = printed(
        scene.environment, "bootstrap", "--company", company, "--email", scene.email(), "--password", password
    )
    for words in (("po_number", "--required"), ("colour",)):
        printed(scene.environment, "custom-fields", "add", *words, "--company", company)
    api, v1 = (replace(scene.apis[each], token=token) for each in ("api", "v1"))
    person = {**_PERSON, "email": scene.email()}
    refused = api.send("POST", "/clients", body=person)
    if scene.expect_status(refused, 422):
        scene.expect_equal(sorted(refused.json["errors"]), ["po_number"], f"{refused}: the fields refused")
    made = api.send("POST", "/clients", body={**person, "po_number": "PO 1", "colour": "red"}).data
    client = next(each for each in v1.all("/clients") if each["name"] == made["company_name"])
    values = [client[f"custom_value{n}"] for n in range(1, 5)]
    scene.expect_equal(values, ["PO 1", "red", "", ""], "custom fields of /api in /api/v1")
    path = f"/clients/{made['id']}"
    scene.expect_status(api.send("PATCH", path, body={"client_company_name": "Without"}), 422)
    changed = api.send("PATCH", path, body={"client_company_name": "With", "po_number": "PO 2"})
    scene.expect_status(changed, 200)
    client = v1.one(f"/clients/{client['id']}")
    values = [client[f"custom_value{n}"] for n in range(1, 5)]
    scene.expect_equal(values, ["PO 2", "red", "", ""], "custom fields after a change of one")
    for empty in ("", None):
        refused = api.send("PATCH", path, body={"client_company_name": "Empty", "po_number": empty})
        scene.expect_status(refused, 422)
        scene.expect(v1.one(f"/clients/{client['id']}") == client, f"{refused} with {empty!r}: the client changed")
    v1.send("PUT", f"/clients/{client['id']}", body={"custom_value2": "blue", "custom_value4": "of nobody"})
    for colour, wanted in (({}, "blue"), ({"colour": " a\u0301 & b "}, " a\u0301 & b "), ({"colour": ""}, "")):
        changed = api.send("PATCH", path, body={"client_company_name": "With", "po_number": "PO 3", **colour})
        values = [v1.one(f"/clients/{client['id']}")[f"custom_value{n}"] for n in range(1, 5)]
        scene.expect_equal(values, ["PO 3", wanted, "", "of nobody"], f"{changed} with {colour}: the custom fields")


@oracle(
    "a contact without a client becomes that of the client or contact that is created with its email",
    writes=True,
    alone=True,
    dialects=("api",),
    subjects=("clients", "contacts"),
)
def contact_users_are_promoted(scene: Scene) -> None:
    if not scene.environment:
        scene.not_reached("contacts without a client: none can be added to this register")
        return
    taken = scene.email()
    api, client = scene.api, api_client(scene, email=taken)
    for path, more in (("/clients", {}), ("/contacts", {"clientid": client["id"]})):
        with attempt(scene, f"POST {path}"):
            mail = scene.email()
            whom = ("--email", mail, "--first-name", "Earlier", "--last-name", "Name")
            words = ("users", "add", "--type", "contact", *whom, "--company", scene.environment["COMPANY"])
            printed(scene.environment, *words)
            (known,) = api.all("/contacts", {"search": mail})
            scene.expect_equal(
                known["client"]["id"], None, f"/contacts/{known['id']}: the client of a new contact user"
            )
            _check_renamed(scene, known)
            body = {"first_name": "Earlier", "last_name": "Name", "email": taken.upper()}
            scene.expect_status(api.send("PATCH", f"/contacts/{known['id']}", body=body), 422)
            scene.expect_status(api.send("PUT", f"/contacts/{known['id']}/account-owner"), 409)
            person = {"first_name": "Pro", "last_name": scene.unique("Moted"), "email": mail.upper()}
            made = api.send("POST", path, body=person | more)
            scene.expect_status(made, 201)
            owner = made.data["owner"]["id"] if path == "/clients" else made.data["id"]
            scene.expect_equal(owner, known["id"], f"{made}: the contact, which was there before")
            shown = api.one(f"/contacts/{known['id']}")
            found = [shown["name"], shown["email"], shown["client"]["id"], shown["account_owner"]]
            whose = made.data["id"] if path == "/clients" else client["id"]
            wanted = [f"Pro {person['last_name']}", mail.upper(), whose, "yes" if path == "/clients" else "no"]
            scene.expect_equal(found, wanted, f"{made}: name, email, client and role of the contact")
            scene.expect_status(api.send("POST", path, body=person | more), 422)


def _check_renamed(scene: Scene, known: Mapping[str, Any]) -> None:
    """A contact without a client is found by each name that it is given, and no longer by the one before."""
    path, before = f"/contacts/{known['id']}", ""
    for _ in range(2):
        name = scene.unique("Renamed").replace(" ", "")
        body = {"first_name": "Earlier", "last_name": name, "email": known["email"]}
        answer = scene.api.send("PATCH", path, body=body)
        scene.expect_status(answer, 200)
        found = [each["id"] for each in scene.api.all("/contacts", {"search": name})]
        scene.expect_equal(found, [known["id"]], f"/contacts?search={name} after {answer}")
        left = scene.api.all("/contacts", {"search": before}) if before else []
        scene.expect(not left, f"/contacts?search={before} finds the contact by its name before")
        before = name
