"""Every path of the pages with its verbs."""

from collections.abc import Mapping, Sequence

from starlette.routing import Router
from starlette.types import ASGIApp

from dialects.shared.dialect import Dialect
from dialects.shared.endpoint import Services
from dialects.shared.paths import Paths
from gateway.pages.bridge import lives
from gateway.pages.bridge.editing import Editing
from gateway.pages.bridge.keys import Keys
from gateway.pages.bridge.login import Login
from gateway.pages.bridge.member_pages import MemberPages
from gateway.pages.bridge.page_endpoint import PageEndpoint, Verb
from gateway.pages.bridge.pages import ASSETS
from gateway.pages.bridge.register import Register
from gateway.pages.bridge.speakers import speakers
from gateway.pages.bridge.uploading import Uploading
from gateway.settings import Settings
from schemas.bodies import Limits

_FORM_PER_BODY = 4  # a form percent-encodes what a body of JSON has as it is, and names each of its fields


def bridge(services: Services, settings: Settings, dialects: Sequence[Dialect]) -> ASGIApp:
    """Everything at and below `/bridge`."""
    member_pages, login = MemberPages(services, settings), Login(services.database, settings)
    all_speakers = speakers(dialects)
    register = Register(all_speakers, settings)
    written = Limits(text=_FORM_PER_BODY * settings.max_body_bytes, upload=0)
    routes: Mapping[str, Mapping[str, Verb]] = {
        "/bridge": {"GET": member_pages.shows(register.search)},
        "/bridge/login": {"GET": login.ask, "POST": login.sign_in},
        "/bridge/logout": {"POST": login.sign_out},
        "/bridge/clients/{id}": {"GET": member_pages.shows(register.client)},
        "/bridge/clients/{id}/edit/{dialect}": _form(member_pages, Editing(all_speakers), written),
        "/bridge/clients/{id}/state": {"POST": member_pages.does(lives.set_state)},
        "/bridge/clients/{id}/purge": {
            "GET": member_pages.shows(lives.ask_to_purge),
            "POST": member_pages.does(lives.purge, discards_documents=True),
        },
        "/bridge/clients/{id}/documents": {"POST": Uploading(services, settings, member_pages).upload},
        "/bridge/new/{dialect}": _form(member_pages, Editing(all_speakers, is_new=True), written),
        "/bridge/documents/{id}": {"GET": member_pages.sends(register.document)},
        "/bridge/documents/{id}/remove": {
            "GET": member_pages.shows(lives.ask_to_remove_document),
            "POST": member_pages.does(lives.remove_document, discards_documents=True),
        },
        "/bridge/documents/{id}/public": {"POST": member_pages.does(register.publish)},
        "/bridge/keys": {"GET": member_pages.shows(Keys(all_speakers).show)},
    }
    rest = Router(ASSETS, redirect_slashes=False, default=PageEndpoint("/bridge", {}))
    return Paths([(route, PageEndpoint(route, verbs)) for route, verbs in routes.items()], rest)


def _form(member_pages: MemberPages, editing: Editing, limits: Limits) -> Mapping[str, Verb]:
    """The verbs of a form that shows itself again until what was typed is taken."""
    return {"GET": member_pages.shows(editing.show), "POST": member_pages.does(editing.submit, limits)}
