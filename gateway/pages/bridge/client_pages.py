"""The paths of the pages on which clients and their documents are changed."""

from collections.abc import Sequence

from core.access.roles import Permission
from dialects.shared.services import Services
from gateway.pages.bridge import client_lifecycle
from gateway.pages.bridge.client_dialects import ClientDialect
from gateway.pages.bridge.editing import Editing
from gateway.pages.bridge.member_pages import MemberPages
from gateway.pages.bridge.page_endpoint import Routes
from gateway.pages.bridge.uploading import Uploading
from gateway.settings import Settings
from schemas.bodies import Limits

_FORM_PER_BODY = 4  # forms are longer than the same body in JSON: values are percent-encoded


def client_routes(
    services: Services, settings: Settings, member_pages: MemberPages, all_client_dialects: Sequence[ClientDialect]
) -> Routes:
    """Return the paths with their verbs."""
    edit, form_page, action = Permission.EDIT_CLIENTS, member_pages.form_page, member_pages.action
    changing, making = Editing(all_client_dialects), Editing(all_client_dialects, is_new=True)
    limits = Limits(text=_FORM_PER_BODY * settings.max_body_bytes, upload=0)
    return {
        "/bridge/new/{dialect}": form_page(making.show, making.submit, edit, limits),
        "/bridge/clients/{id}/edit/{dialect}": form_page(changing.show, changing.submit, edit, limits),
        "/bridge/clients/{id}/archive": {"POST": action(client_lifecycle.archive, edit)},
        "/bridge/clients/{id}/delete": {"POST": action(client_lifecycle.delete, edit)},
        "/bridge/clients/{id}/restore": {"POST": action(client_lifecycle.restore, Permission.RESTORE_CLIENTS)},
        "/bridge/clients/{id}/purge": form_page(
            client_lifecycle.ask_to_purge, client_lifecycle.purge, Permission.PURGE_CLIENTS, discards_documents=True
        ),
        "/bridge/clients/{id}/documents": {"POST": Uploading(services, settings, member_pages).upload},
        "/bridge/documents/{id}/remove": form_page(
            client_lifecycle.ask_to_remove_document, client_lifecycle.remove_document, edit, discards_documents=True
        ),
    }
