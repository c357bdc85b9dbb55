"""Every path of the pages with its verbs."""

from collections.abc import Mapping, Sequence

from starlette.routing import Router
from starlette.types import ASGIApp

from dialects.shared.dialect import Dialect
from dialects.shared.endpoint import Services
from dialects.shared.paths import Paths
from gateway.pages.bridge.desk import Desk
from gateway.pages.bridge.door import Door, Verb
from gateway.pages.bridge.keys import Keys
from gateway.pages.bridge.login import Login
from gateway.pages.bridge.pages import ASSETS
from gateway.pages.bridge.register import Register
from gateway.pages.bridge.speakers import speakers
from gateway.settings import Settings


def bridge(services: Services, settings: Settings, dialects: Sequence[Dialect]) -> ASGIApp:
    """Everything at and below `/bridge`."""
    desk, login = Desk(services, settings), Login(services.database, settings)
    spoken = speakers(dialects)
    register = Register(spoken, settings.public_url)
    routes: Mapping[str, Mapping[str, Verb]] = {
        "/bridge": {"GET": desk.shows(register.search)},
        "/bridge/login": {"GET": login.ask, "POST": login.sign_in},
        "/bridge/logout": {"POST": login.sign_out},
        "/bridge/clients/{id}": {"GET": desk.shows(register.client)},
        "/bridge/documents/{id}": {"GET": desk.sends(register.document)},
        "/bridge/documents/{id}/public": {"POST": desk.does(register.publish)},
        "/bridge/keys": {"GET": desk.shows(Keys(spoken).show)},
    }
    rest = Router(ASSETS, redirect_slashes=False, default=Door("/bridge", {}))
    return Paths([(route, Door(route, verbs)) for route, verbs in routes.items()], rest)
