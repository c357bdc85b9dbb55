"""The resources that a key can write, each with its mapping table and a function that creates a record."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from core.events.targets import Targets
from dialects.legacy import categories, contacts, notes
from dialects.legacy import clients as legacy
from dialects.v1.clients import client_fields
from dialects.v1.documents import own_document_fields
from dialects.v1.gateway_tokens import own_gateway_token_fields
from dialects.v1.group_settings import group_fields
from dialects.v1.webhooks import webhook_fields
from gateway.contract.oracles.api import NotAnswered
from gateway.contract.oracles.scene import Scene
from schemas.fields import FieldMap
from schemas.hashing import Hashids
from schemas.rows import Field
from schemas.types import HashedId

IDS = HashedId(Hashids(min_length=10))
V1_CLIENT = client_fields(IDS, "https://gateway.example")

Shown = Mapping[str, Any]
PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010806000000"
    "1f15c4890000000a49444154789c63000100000500010d0a2db40000000049454e44ae426082"
)


@dataclass(frozen=True)
class Resource:
    """A resource of one dialect.

    `make` creates a record, with further values by their keys unless it is a document. `needed` returns the present
    values of a record that every change must send.
    """

    dialect: str
    path: str
    table: FieldMap
    make: Callable[..., dict[str, Any]]
    method: str = "PUT"
    needed: Callable[[Shown], dict[str, Any]] = lambda _shown: {}
    references: Callable[[Scene], Mapping[str, Any]] = lambda _scene: {}
    own_list: Callable[[Shown], tuple[str, Mapping[str, Any]]] | None = None
    skipped: Sequence[str] = field(default_factory=tuple)

    def fields(self, verb: str) -> list[Field]:
        """Return the rows that a verb accepts and that are shown."""
        return [
            row
            for row in self.table.fields()
            if verb in row.on and row.key is not None and not row.edition and row.input_key not in self.skipped
        ]


def api_client(scene: Scene, **more: Any) -> dict[str, Any]:
    """Return a new client, created through /api."""
    person = {"first_name": "Jane", "last_name": "Proof", "email": scene.email()}
    body = {**person, "client_company_name": scene.unique("Proof of"), **more}
    return dict(scene.apis["api"].send("POST", "/clients", body=body).data)


def v1_client(scene: Scene, **more: Any) -> dict[str, Any]:
    """Return a new client, created through /api/v1."""
    contacts = [{"first_name": "Jane", "last_name": "Proof", "email": scene.email()}]
    body = {"name": scene.unique("Proof of"), "contacts": contacts, **more}
    return dict(scene.apis["v1"].send("POST", "/clients", body=body).data)


def legacy_id(scene: Scene, client: Shown) -> int:
    """Return the id in /api of a client that /api/v1 has just created. Raises `NotAnswered`."""
    found = scene.apis["api"].all("/clients", {"search": client["name"]})
    return int(_called(found, "company_name", client["name"])["id"])


def in_v1(scene: Scene, client: Shown) -> dict[str, Any]:
    """Return what /api/v1 shows of a client that /api has just created. Raises `NotAnswered`."""
    found = scene.apis["v1"].all("/clients", {"name": client["company_name"]})
    return _called(found, "name", client["company_name"])


def _called(found: Sequence[dict[str, Any]], key: str, name: str) -> dict[str, Any]:
    """Return the record with exactly that name, because a faulty search may also find records of others."""
    for each in found:
        if each[key] == name:
            return each
    raise NotAnswered(f"no client called {name!r} is among the {len(found)} that a search for it has found")


def category(scene: Scene, **more: Any) -> dict[str, Any]:
    """Return a new category, created through /api."""
    body = {"category_name": scene.unique("Category"), **more}
    return dict(scene.apis["api"].send("POST", "/categories", body=body).data)


def group(scene: Scene, **more: Any) -> dict[str, Any]:
    """Return a new group, created through /api/v1."""
    body = {"name": scene.unique("Group"), **more}
    return dict(scene.apis["v1"].send("POST", "/group_settings", body=body).data)


def contact(scene: Scene, **more: Any) -> dict[str, Any]:
    """Return a new contact of a new client, created through /api."""
    known = {"clientid": more.pop("clientid", None) or api_client(scene)["id"]}
    person = {"first_name": "John", "last_name": scene.unique("Contact"), "email": scene.email()}
    return dict(scene.apis["api"].send("POST", "/contacts", body={**person, **known, **more}).data)


def note(scene: Scene, **more: Any) -> dict[str, Any]:
    """Return a new note on a new client, created through /api."""
    known = {"noteresource_id": more.pop("noteresource_id", None) or api_client(scene)["id"]}
    body = {"note_title": scene.unique("Note"), "note_description": "As said.", **known, **more}
    return dict(scene.apis["api"].send("POST", "/notes", body=body).data)


def token(scene: Scene, **more: Any) -> dict[str, Any]:
    """Return a new gateway token of a new client, created through /api/v1."""
    body = {"client_id": more.pop("client_id", None) or v1_client(scene)["id"], "token": scene.unique("tok"), **more}
    return dict(scene.apis["v1"].send("POST", "/client_gateway_tokens", body=body).data)


def webhook(scene: Scene, **more: Any) -> dict[str, Any]:
    """Return a new webhook, created through /api/v1; its address cannot exist (RFC 2606, section 2)."""
    body = {"event_id": "1", "target_url": f"https://hooks.example/Of{scene.run}/{next(scene.counter)}", **more}
    return dict(scene.apis["v1"].send("POST", "/webhooks", body=body).data)


def upload(scene: Scene, client_id: str, name: str = "dot.png", content: bytes = PNG) -> dict[str, Any]:
    """Upload a file to a client, and return the client."""
    files = [("documents[]", (name, content, "application/octet-stream"))]
    return dict(scene.apis["v1"].send("PUT", f"/clients/{client_id}/upload", files=files).data)


def document(scene: Scene) -> dict[str, Any]:
    """Return a new document of a new client, created through /api/v1."""
    made = upload(scene, v1_client(scene)["id"])["documents"][0]
    return scene.apis["v1"].one(f"/documents/{made['id']}")


def team_user(scene: Scene) -> str:
    """Return the hashed id of a team user."""
    return str(scene.apis["v1"].get("/users").data[0]["id"])


RESOURCES: tuple[Resource, ...] = (
    Resource(
        "api",
        "/clients",
        legacy.FIELDS,
        api_client,
        "PATCH",
        lambda client: {"client_company_name": client["company_name"]},
        lambda scene: {"client_categoryid": category(scene)["id"]},
        lambda client: ("/clients", {"client_id": client["id"]}),
    ),
    Resource("api", "/categories", categories.FIELDS, category, "PATCH"),
    Resource(
        "api",
        "/contacts",
        contacts.FIELDS,
        contact,
        "PATCH",
        lambda person: {key: person[key] for key in ("first_name", "last_name", "email")},
        own_list=lambda person: ("/contacts", {"client_id": person["client"]["id"]}),
    ),
    Resource(
        "api",
        "/notes",
        notes.FIELDS,
        note,
        "PATCH",
        own_list=lambda shown: ("/notes", {"resource_id": shown["resource"]["id"]}),
    ),
    Resource(
        "v1",
        "/clients",
        V1_CLIENT,
        v1_client,
        references=lambda scene: {"assigned_user_id": team_user(scene), "group_settings_id": group(scene)["id"]},
        own_list=lambda client: ("/clients", {"client_id": client["id"]}),
    ),
    Resource("v1", "/group_settings", group_fields(IDS), group),
    Resource(
        "v1",
        "/client_gateway_tokens",
        own_gateway_token_fields(IDS),
        token,
        own_list=lambda shown: ("/client_gateway_tokens", {"client_id": shown["client_id"]}),
    ),
    Resource(
        "v1",
        "/documents",
        own_document_fields(IDS, "https://gateway.example"),
        document,
        own_list=lambda shown: ("/documents", {"client_id": shown["client_id"]}),
    ),
    Resource(
        "v1",
        "/webhooks",
        webhook_fields(IDS, Targets()),
        webhook,
        references=lambda scene: {
            "event_id": "10",
            "target_url": f"https://hooks.example/{scene.run}/{next(scene.counter)}?a=1&b=2",
            "headers": {"X-Proof": scene.run},
        },
    ),
)
