"""The states of clients on the pages: archive, delete, restore and purge; and the removal of documents."""

from core.clients import client_documents, clients, notes
from core.documents import documents
from core.errors import RecordDeleted
from core.events import activities
from core.text.plural import counted
from gateway.pages.bridge.member_pages import PageRequest
from gateway.pages.bridge.pages import Page


def archive(page_request: PageRequest) -> str:
    """Archive a client and return the path of its page."""
    clients.archive(page_request.connection, page_request.member.actor, page_request.id())
    return _shown(page_request, "archived")


def delete(page_request: PageRequest) -> str:
    """Soft-delete a client and return the path of its page."""
    clients.soft_delete(page_request.connection, page_request.member.actor, page_request.id())
    return _shown(page_request, "deleted")


def restore(page_request: PageRequest) -> str:
    """Make a client active again and return the path of its page."""
    clients.restore(page_request.connection, page_request.member.actor, page_request.id())
    return _shown(page_request, "restored")


def ask_to_purge(page_request: PageRequest) -> Page:
    """Return the page that shows what a purge would remove."""
    connection, actor = page_request.connection, page_request.member.actor
    client = clients.get(connection, actor, page_request.id()).record
    written = notes.with_authors(connection, actor.company_id, client["id"])
    history = activities.count(connection, actor.company_id, client["id"])
    taken = [
        counted(len(client["contacts"]), "contact") + ", whose links become invalid",
        counted(len(client["documents"]), "document") + " with all their bytes",
        counted(len(written), "note"),
        counted(len(client["gateway_tokens"]), "payment token"),
        f"its history of {counted(history, 'change')}",
    ]
    values = {
        "title": f"Purge {client['display_name'] or client['number']}?",
        "words": "The client is removed for good from both APIs, and only a backup can restore it. Also removed:",
        "taken": taken,
        "button": "Purge it for good",
        "back": f"/bridge/clients/{client['id']}",
    }
    return Page("confirm.html", values)


def purge(page_request: PageRequest) -> str:
    """Purge a client and return the path of the search page."""
    clients.purge(page_request.connection, page_request.member.actor, page_request.id())
    return "/bridge?done=purged#main"


def ask_to_remove_document(page_request: PageRequest) -> Page:
    """Return the page that asks whether to remove a document."""
    document = documents.get(page_request.connection, page_request.member.company_id, page_request.id())
    client = clients.get(page_request.connection, page_request.member.actor, document["client_id"]).record
    if client["deleted_at"]:
        raise RecordDeleted
    values = {
        "title": f"Remove {document['name']}?",
        "words": "The document is removed for good, also for the client's contacts.",
        "taken": [],
        "button": "Remove it for good",
        "back": f"/bridge/clients/{document['client_id']}#documents",
    }
    return Page("confirm.html", values)


def remove_document(page_request: PageRequest) -> str:
    """Remove a document for good and return the path of its client's page."""
    document = documents.get(page_request.connection, page_request.member.company_id, page_request.id())
    client_documents.remove(page_request.connection, page_request.member.actor, [document["id"]])
    return f"/bridge/clients/{document['client_id']}?done=removed#documents"


def _shown(page_request: PageRequest, done: str) -> str:
    return f"/bridge/clients/{page_request.id()}?done={done}#main"
