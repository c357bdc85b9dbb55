"""The pages of the company's register: the search, and one client as both dialects show it."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any
from urllib.parse import urlencode

from core.clients import client_documents, clients, notes
from core.documents import documents
from core.errors import NotFound
from core.events import activities
from core.models.records import ClientRecord, DocumentRecord
from core.query import ANY, LIVE, Filter, Search, Sort, State, state_of
from gateway.pages.bridge.client_dialects import ClientDialect, links
from gateway.pages.bridge.json_lines import lines
from gateway.pages.bridge.member_pages import PageRequest
from gateway.pages.bridge.numbers import page_number
from gateway.pages.bridge.pages import Page
from gateway.pages.bridge.samples import samples
from gateway.pages.changes import changes
from gateway.settings import Settings

SIZE = 25
_MAX_LENGTH = 255
_NEWEST = 30  # activities
_STATES: Mapping[str, frozenset[State]] = {
    "": LIVE,
    **{state.value: frozenset({state}) for state in State},
    "any": ANY,
}
DONE: Mapping[str, str] = {
    "saved": "Saved.",
    "unchanged": "Nothing was changed: the client is as it was.",
    "created": "The client was created.",
    "archived": "The client was archived; in /api it is suspended.",
    "deleted": "The client was deleted. It can be restored.",
    "restored": "The client is active again.",
    "purged": "The client was removed for good.",
    "uploaded": "The documents were uploaded.",
    "removed": "The document was removed for good.",
}
"""The message about what was just done, by the value of `done` in the address."""


class Register:
    """The pages of clients, with these dialects."""

    def __init__(self, all_client_dialects: Sequence[ClientDialect], settings: Settings) -> None:
        self._client_dialects = all_client_dialects
        self._links = links(all_client_dialects)
        self._public_url = settings.public_url
        self._max_upload = settings.max_upload_bytes

    def search(self, page_request: PageRequest) -> Page:
        """Return the page of clients that contain a text, newest first."""
        text = page_request.query.get("q", "").replace("\x00", "").strip()[:_MAX_LENGTH]
        state = page_request.query.get("state", "")
        search = Search(
            filters=[Filter("any_text", "contains", text)] if text else [],
            states=_STATES.get(state, LIVE),
            sort=Sort("id", descending=True),
            page=page_number(page_request.query.get("page", "")),
            size=SIZE,
        )
        found = clients.page(page_request.connection, page_request.member.actor, search)
        values = {
            "text": text,
            "state": state if state in _STATES else "",
            "states": _STATES,
            "found": found,
            "rows": [self._row(stored.record) for stored in found.records],
            "by_id": [self._row(client) for client in self._clients_with_id(page_request, text)],
            "before": _link(text, state, min(found.page, found.last_page + 1) - 1),
            "after": _link(text, state, found.page + 1) if found.page < found.last_page else "",
            "client_dialects": self._client_dialects,
            "done": DONE.get(page_request.query.get("done", ""), ""),
        }
        return Page("search.html", values)

    def client(self, page_request: PageRequest) -> Page:
        """Return the page of one client: both dialects' objects, example requests, and its documents and activities."""
        client = clients.get(page_request.connection, page_request.member.actor, page_request.id()).record
        done = activities.list_all(page_request.connection, page_request.member.company_id, client["id"], size=_NEWEST)
        values = {
            "client": client,
            "views": self._views(client),
            "prefixes": {
                client_dialect.dialect.name: client_dialect.dialect.prefix for client_dialect in self._client_dialects
            },
            "notes": notes.with_authors(page_request.connection, page_request.member.company_id, client["id"]),
            "activities": [{**each, "changes": changes(each)} for each in done],
            "max_upload": self._max_upload,
            "form": page_request.shown_form,
            "done": DONE.get(page_request.query.get("done", ""), ""),
        }
        return Page("client.html", {**self._row(client), **values})

    def _clients_with_id(self, page_request: PageRequest, text: str) -> list[ClientRecord]:
        """Return the clients with this text as their id in a dialect, as other systems log it."""
        ids = [client_dialect.dialect.id_of(text) for client_dialect in self._client_dialects]
        found = []
        for client_id in dict.fromkeys(each for each in ids if each is not None):
            with suppress(NotFound):
                found.append(clients.get(page_request.connection, page_request.member.actor, client_id).record)
        return found

    def document(self, page_request: PageRequest) -> DocumentRecord:
        """Return a document of one of the clients."""
        return documents.get(page_request.connection, page_request.member.company_id, page_request.id())

    def publish(self, page_request: PageRequest) -> str:
        """Make a document visible to the client's contacts, or hide it, and return the path of the client's page."""
        is_public = page_request.form.get("public") == "yes"
        client_documents.update(
            page_request.connection, page_request.member.actor, page_request.id(), {"is_public": is_public}
        )
        return f"/bridge/clients/{self.document(page_request)['client_id']}#documents"

    def _views(self, client: ClientRecord) -> list[Mapping[str, Any]]:
        return [
            {
                "client_dialect": client_dialect,
                "path": client_dialect.path(client["id"]),
                "sees": client_dialect.sees(client),
                "lines": lines(client_dialect.show(client), linked if client_dialect.sees(client) else {}),
                "samples": samples(client_dialect, client, self._public_url),
            }
            for client_dialect, linked in zip(self._client_dialects, self._links, strict=True)
        ]

    def _row(self, client: ClientRecord) -> Mapping[str, Any]:
        primary: Mapping[str, Any] = next((contact for contact in client["contacts"] if contact["is_primary"]), {})
        return {
            "id": client["id"],
            "ids": [
                (client_dialect.dialect.prefix, client_dialect.id_text(client["id"]))
                for client_dialect in self._client_dialects
            ],
            "name": client["display_name"] or f"Client {client['number']}",
            "number": client["number"],
            "state": state_of(client).value,
            "place": ", ".join(filter(None, (client["city"], client["country_text"]))),
            "email": primary.get("email", ""),
            "tags": client["tags"],
        }


def _link(text: str, state: str, page: int) -> str:
    """Return the address of another page of the same search; `""` for none."""
    query = {"q": text, "state": state, "page": str(page)}
    return f"/bridge?{urlencode({name: value for name, value in query.items() if value})}" if page > 0 else ""
