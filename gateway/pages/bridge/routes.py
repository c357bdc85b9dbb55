"""Every path of the pages with its methods."""

from collections.abc import Sequence

from starlette.routing import Router
from starlette.types import ASGIApp

from core.access.roles import Permission
from dialects.shared.dialect import Dialect
from dialects.shared.paths import Paths
from dialects.shared.services import Services
from gateway.pages.bridge.client_dialects import client_dialects
from gateway.pages.bridge.client_pages import client_routes
from gateway.pages.bridge.event_pages import EventPages
from gateway.pages.bridge.key_pages import KeyPages
from gateway.pages.bridge.keys import Keys
from gateway.pages.bridge.login import Login
from gateway.pages.bridge.member_pages import MemberPages
from gateway.pages.bridge.page_endpoint import PageEndpoint, Routes
from gateway.pages.bridge.pages import ASSETS
from gateway.pages.bridge.register import Register
from gateway.pages.bridge.team_pages import TeamPages
from gateway.pages.bridge.usage_page import UsagePage
from gateway.pages.bridge.webhook_pages import WebhookPages
from gateway.settings import Settings


def bridge(services: Services, settings: Settings, dialects: Sequence[Dialect]) -> ASGIApp:
    """Return the application of `/bridge` and everything below it."""
    found = routes(services, settings, dialects)
    rest = Router(ASSETS, redirect_slashes=False, default=PageEndpoint("/bridge", {}))
    return Paths([(route, PageEndpoint(route, verbs)) for route, verbs in found.items()], rest)


def routes(services: Services, settings: Settings, dialects: Sequence[Dialect]) -> Routes:
    """Return the methods of every path."""
    member_pages, login = MemberPages(services, settings), Login(services.database, settings)
    all_client_dialects = client_dialects(dialects)
    register = Register(all_client_dialects, settings)
    return {
        "/bridge": {"GET": member_pages.page(register.search)},
        "/bridge/login": {"GET": login.ask, "POST": login.sign_in},
        "/bridge/logout": {"POST": login.sign_out},
        "/bridge/clients/{id}": {"GET": member_pages.page(register.client)},
        "/bridge/documents/{id}": {"GET": member_pages.download(register.document)},
        "/bridge/documents/{id}/public": {
            "POST": member_pages.action(register.publish, Permission.PUBLISH_DOCUMENTS),
        },
        "/bridge/keys": {"GET": member_pages.page(Keys(all_client_dialects).show, Permission.SEE_KEYS)},
        **client_routes(services, settings, member_pages, all_client_dialects),
        **KeyPages(member_pages, all_client_dialects).routes(),
        "/bridge/usage": {"GET": member_pages.page(UsagePage(all_client_dialects).show, Permission.SEE_KEYS)},
        **WebhookPages(member_pages, all_client_dialects, settings).routes(),
        **EventPages(member_pages, all_client_dialects).routes(),
        **TeamPages(member_pages).routes(),
    }
