"""Values at their edges: blanks around texts, leading zeros, empty texts, flags and ids as text, names of keys."""

from collections.abc import Mapping
from typing import Any

from gateway.contract.oracles.resources import api_client, category, contact, in_v1, legacy_id, note, v1_client, webhook
from gateway.contract.oracles.scene import Scene, at, attempt, oracle


@oracle(
    "blanks, leading zeros, empty texts, words in any case, and flags and ids that are sent as text, are read as "
    "documented",
    writes=True,
)
def edges_are_read(scene: Scene) -> None:
    for check in (_clients, _contacts, _notes, _slugs) if scene.dialect == "api" else _OF_V1:
        with attempt(scene, check.__name__.strip("_")):
            check(scene)


def _check(scene: Scene, path: str, body: Mapping[str, Any], wanted: Mapping[str, Any], method: str = "PATCH") -> Any:
    """Send a body, and compare values of the answer and of a read; return the record."""
    answer = scene.api.send(method, path, {"include": "tags"} if scene.dialect == "v1" else {}, body=body)
    where = f"{path}/{answer.data['id']}" if method == "POST" else path
    read = scene.api.one(where, {"include": "tags"} if scene.dialect == "v1" else {})
    for shown in (answer.data, read):
        found = {key: at(shown, key) for key in wanted}
        scene.expect_equal(found, dict(wanted), f"{answer} with {dict(body)}")
    return read


def _clients(scene: Scene) -> None:
    name, person = f"  {scene.unique('Blank')} ", {"first_name": " Jane ", "last_name": "Doe\t", "email": scene.email()}
    empty = {"client_phone": "", "client_website": None, "client_billing_city": ""}
    sent = {**person, **empty, "client_company_name": name, "tags": [" a ", "b", "", "a"]}
    wanted = {"company_name": name, "owner.name": "Jane Doe", "tags": ["a", "b"]}
    nothing = dict.fromkeys(("phone", "website", "billing.city"))
    made = _check(scene, "/clients", sent, wanted | nothing, "POST")
    shown = in_v1(scene, made)
    scene.expect_equal([shown["name"], shown["phone"]], [name, ""], f"/clients/{shown['id']}: what /api has written")
    known, path = category(scene), f"/clients/{made['id']}"
    body = {
        "client_company_name": name,
        "client_categoryid": str(known["id"]),
        "client_billing_invoice_due_days": "007",
    }
    _check(scene, path, body, {"category.id": known["id"], "billing.invoice_due_days": "7"})
    for blank in ("", None, " "):
        _check(scene, path, {"client_company_name": name, "client_categoryid": blank}, {"category.id": known["id"]})
    owner = contact(scene, clientid=str(made["id"]))["id"]
    _check(scene, path, {"client_company_name": name}, {"owner.id": made["owner"]["id"]})
    scene.api.send("PUT", f"{path}/owner", body={"owner": str(owner)})
    scene.expect_equal(scene.api.one(path)["owner"]["id"], owner, f"{path}: the owner, whose id was sent as a text")
    for terms in (14, 0):
        scene.apis["v1"].send("PUT", f"/clients/{shown['id']}", body={"settings": {"payment_terms": terms}})
        days = scene.api.one(path)["billing"]["invoice_due_days"]
        scene.expect_equal(days, str(terms), f"{path}: payment terms that were sent to /api/v1 as the number {terms}")


def _contacts(scene: Scene) -> None:
    made, mail = contact(scene), scene.email()
    body = {"first_name": " Ada\n", "last_name": "  Byron ", "email": f" {mail} ", "phone": ""}
    wanted = {"first_name": "Ada", "last_name": "Byron", "name": "Ada Byron", "email": mail, "phone": None}
    _check(scene, f"/contacts/{made['id']}", body, wanted)


def _notes(scene: Scene) -> None:
    """A note has the names of the vendor's page and, in requests, also those under which it is shown."""
    client = api_client(scene)["id"]
    text, more = f" {scene.unique('Said')} ", {"visibility": "private"}
    for named in (
        {"note_title": "T", "note_description": text, "noteresource_id": str(client)},
        {"title": "T", "description": text, "resource_id": client, "resource_type": "client"},
        {"title": "T", "text": text, "client_id": client},
    ):
        wanted = {"title": "T", "description": text, "resource.id": client, **more}
        made = _check(scene, "/notes", named | more, wanted, "POST")
        _check(scene, f"/notes/{made['id']}", {"text": "Else", "visibility": "public"}, {"description": "Else"})
    path, tags = f"/notes/{note(scene)['id']}", ["x", " y ", "x", "", "y"]
    body = {"note_title": "T", "note_description": text, "noteresource_id": client}
    for method, to, sent in (("POST", "/notes", body), ("PUT", f"{path}/tags", {}), ("PATCH", path, {})):
        answer = scene.api.send(method, to, body={**sent, "tags": tags})
        for shown in (answer.data, scene.api.one(f"/notes/{answer.data['id']}")):
            scene.expect_equal(shown["tags"], ["x", "y"], f"{answer}: tags with a repetition")
        tags = ["x", *tags]


def _slugs(scene: Scene) -> None:
    made = category(scene, category_name=f"Big {scene.run} Cat")
    _check(scene, "/categories", {"category_name": f"Some {scene.run} Slug"}, {}, "POST")
    for name in ("Bigger", "Other"):
        slug = f"{made['id']}-{name.lower()}-{scene.run}-slug"
        _check(scene, f"/categories/{made['id']}", {"category_name": f"{name} {scene.run} Slug"}, {"slug": slug})


def _countries(scene: Scene) -> None:
    path = f"/clients/{v1_client(scene)['id']}"
    for sent, wanted in (("008", "8"), (840, "840"), ("", ""), (276, "276"), (None, "")):
        _check(scene, path, {"country_id": sent}, {"country_id": wanted})


def _texts(scene: Scene) -> None:
    client, text = v1_client(scene), scene.unique("Blank")
    path = f"/clients/{client['id']}"
    _check(scene, path, {"id_number": f" {text} "}, {"id_number": text})
    _check(scene, path, {"number": f" {text}\t"}, {"number": text})
    _check(scene, path, {"tags": [" a ", "b", "a", ""]}, {"tags": ["a", "b"]})
    _check(scene, path, {"name": f" {text} "}, {"name": f" {text} "})
    number = legacy_id(scene, {"name": f" {text} "})
    shown = scene.apis["api"].one(f"/clients/{number}")
    scene.expect_equal(shown["company_name"], f" {text} ", f"/api/clients/{number}: a name with blanks around it")


def _flags(scene: Scene) -> None:
    client = v1_client(scene)
    known = client["contacts"][0]["id"]
    for sent, wanted in (("true", True), ("false", False), (1, True), (0, False), ("1", True), ("0", False)):
        flags = dict.fromkeys(("is_locked", "send_email"), sent)
        answer = scene.api.send("PUT", f"/clients/{client['id']}", body={"contacts": [{"id": known, **flags}]})
        found = [answer.data["contacts"][0][key] for key in flags]
        scene.expect_equal(found, [wanted] * 2, f"{answer}: flags that were sent as {sent!r}")


def _words(scene: Scene) -> None:
    """Words of webhooks are read in any case, and events as numbers too."""
    path = f"/webhooks/{webhook(scene)['id']}"
    for sent, wanted in (("PUT", "put"), ("Post", "post"), ("put", "put")):
        _check(scene, path, {"rest_method": sent, "format": "json"}, {"rest_method": wanted, "format": "JSON"})
    for event in (10, "1", 37):
        _check(scene, path, {"event_id": event}, {"event_id": str(event)})


_OF_V1 = (_countries, _texts, _flags, _words)
