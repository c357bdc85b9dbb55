"""The page that the link of a contact opens: what it shows, when it is closed, and the login that a visit is."""

import re
from collections.abc import Callable, Mapping
from typing import Any

import requests

from gateway.contract.oracles.api import TIMEOUT_SECONDS
from gateway.contract.oracles.life_states import bulk
from gateway.contract.oracles.resources import upload, v1_client
from gateway.contract.oracles.scene import Scene, attempt, oracle

Shown = Mapping[str, Any]
_PAGES = "/client/key_login/"


@oracle(
    "a contact's link shows the public notes and documents of its client and no others, counts as a login, and is "
    "closed while the contact is locked or its client archived or deleted",
    writes=True,
    dialects=("v1",),
    subjects=("clients",),
)
def contact_links_open(scene: Scene) -> None:
    people = [{"first_name": name, "email": scene.email()} for name in ("First", "Second")]
    seen, hidden = (scene.unique(word) for word in ("Seen", "Hidden"))
    client = v1_client(scene, contacts=people, public_notes=seen, private_notes=hidden)
    page = _page_of(client["contacts"][1])
    opened = _visit(scene, page)
    if opened.status_code != 200 and not scene.alone:
        scene.not_reached(f"the page of a contact's link, which is a {opened.status_code} at this address")
        return
    if not scene.expect(opened.status_code == 200, f"{page} is a {opened.status_code}"):
        return
    scene.expect(seen in opened.text, f"{page} does not show the public notes")
    scene.expect(hidden not in opened.text, f"{page} shows the private notes")
    _check_login(scene, client["id"], page)
    with attempt(scene, "documents of a contact's page"):
        _check_documents(scene, client["id"], page)
    _check_states(scene, client, page)


def _page_of(contact: Shown) -> str:
    """Return the path of a contact's page, which is below the address of the gateway whatever the link's host is."""
    return _PAGES + str(contact["link"]).partition(_PAGES)[2]


def _visit(scene: Scene, path: str) -> requests.Response:
    """Open a page as a contact does: with nothing but its address."""
    url = f"{scene.api.url}{path}"
    return scene.api.session.get(url, timeout=TIMEOUT_SECONDS, allow_redirects=False)


def _check_login(scene: Scene, client_id: str, page: str) -> None:
    read = scene.api.get(f"/clients/{client_id}")
    shown = read.data
    first, second = (each["last_login"] for each in shown["contacts"])
    scene.expect(first == 0 < second, f"client {client_id}: logins of its contacts are {[first, second]}")
    scene.expect_equal(shown["last_login"], second, f"client {client_id}: `last_login`, the latest of its contacts")
    newest = scene.api.all("/activities", {"client_id": client_id})[0]
    said = [newest[key] for key in ("dialect", "is_system", "user_id", "activity_type_id")]
    scene.expect_equal(said, ["contact", False, "", "61"], f"client {client_id}: the activity of a login")
    _visit(scene, page)
    again = scene.api.get(f"/clients/{client_id}").headers.get("ETag")
    scene.expect_equal(again, read.headers.get("ETag"), f"client {client_id}: the ETag after a second visit at once")


def _check_documents(scene: Scene, client_id: str, page: str) -> None:
    """A document is shown and served while it is public."""
    content = scene.unique("bytes").encode()
    name = f"{scene.unique('file').replace(' ', '-')}.txt"
    document = upload(scene, client_id, name, content)["documents"][0]["id"]
    scene.expect(name not in _visit(scene, page).text, f"{page} shows a private document")
    scene.api.send("PUT", f"/documents/{document}", body={"is_public": True})
    found = re.search(rf"{re.escape(page)}/documents/\w+", text := _visit(scene, page).text)
    if not scene.expect(found is not None and name in text, f"{page} does not show a public document") or not found:
        return
    served = _visit(scene, found[0])
    scene.expect(served.content == content, f"{page}: the public document is a {served.status_code} or other bytes")
    more = [f"{scene.unique('file').replace(' ', '-')}.txt" for _ in range(3)]
    for position, each in enumerate(more):
        last = upload(scene, client_id, each, content)["documents"][-1]["id"]
        scene.api.send("PUT", f"/documents/{last}", body={"is_public": position != 1})
    text = _visit(scene, page).text
    shown = [each in text for each in (name, *more)]
    scene.expect_equal(shown, [True, True, False, True], f"{page}: which of {[name, *more]} it shows")
    scene.api.send("PUT", f"/documents/{document}", body={"is_public": False})
    scene.expect(name not in _visit(scene, page).text, f"{page} shows a document that is private again")
    served = _visit(scene, found[0])
    scene.expect(served.status_code == 404, f"{page}: a document that is private again is a {served.status_code}")


def _check_states(scene: Scene, client: Shown, page: str) -> None:
    path, ids = f"/clients/{client['id']}", [each["id"] for each in client["contacts"]]

    def people(**values: Any) -> Callable[[], Any]:
        body = {"contacts": [{"id": ids[0]}, {"id": ids[1], **values}]}
        return lambda: scene.api.send("PUT", path, body=body)

    steps: tuple[tuple[str, Callable[[], Any], int], ...] = (
        ("the contact was locked", people(is_locked=True), 403),
        ("it was unlocked", people(is_locked=False), 200),
        ("its client was archived", lambda: bulk(scene, "archive", client["id"]), 403),
        ("it was restored", lambda: bulk(scene, "restore", client["id"]), 200),
        ("its client was deleted", lambda: bulk(scene, "delete", client["id"]), 404),
        ("it was restored", lambda: bulk(scene, "restore", client["id"]), 200),
        ("the contact was removed", lambda: scene.api.send("PUT", path, body={"contacts": [{"id": ids[0]}]}), 404),
    )
    for word, act, status in steps:
        act()
        found = _visit(scene, page).status_code
        scene.expect(found == status, f"{_PAGES}… is a {found} instead of {status} after {word}")
    other = f"{page[:-1]}{'a' if page[-1] != 'a' else 'b'}"
    scene.expect(_visit(scene, other).status_code == 404, f"{_PAGES}… opens with another key")
