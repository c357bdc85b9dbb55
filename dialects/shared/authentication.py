"""Authenticates requests, and counts them towards the limit of their key."""

from sqlalchemy import Connection

from core.access import keys
from core.access.keys import Actor, LimitedKey
from dialects.shared.callers import ip_address_of
from dialects.shared.dialect import Dialect
from dialects.shared.paths import ApiRequest
from dialects.shared.services import Services


class Authenticator:
    """Looks up the keys of requests to one dialect."""

    def __init__(self, dialect: Dialect, services: Services) -> None:
        self._dialect = dialect
        self._throttle = services.throttle
        self._known_keys = services.turns.keys
        self._nodes = services.database.nodes

    def authenticate(self, request: ApiRequest, key: str, connection: Connection) -> Actor:
        """Return the actor of a key, record it in the request, and count the request once.

        Raises `Unauthenticated`, `LimitedKey`, `TooManyRequests` and `PortionUsedUp`.
        """
        _record(request, None)  # an earlier run of the same unit may have recorded a presumed actor
        try:
            actor = keys.authenticate(connection, key, self._dialect.name, ip_address_of(request.scope))
        except LimitedKey as limited:
            self._accept(request, limited.actor)
            raise
        self._accept(request, actor)
        self._known_keys.note(key, actor.company_id)
        self._nodes.check(connection, actor.company_id)
        return actor

    def _accept(self, request: ApiRequest, actor: Actor) -> None:
        _record(request, actor)
        if self._throttle is not None and not request.is_counted:
            self._throttle.admit(actor.token_id)
            request.is_counted = True


def _record(request: ApiRequest, actor: Actor | None) -> None:
    request.actor = actor
    if request.served is not None:
        request.served.actor = actor
