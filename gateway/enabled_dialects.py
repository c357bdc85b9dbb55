"""The dialects that an installation serves."""

from dataclasses import replace
from urllib.parse import urlsplit

from core.events.targets import Targets
from core.view import View
from dialects.legacy import routes as legacy
from dialects.shared.deprecation import Deprecation
from dialects.shared.dialect import Dialect
from dialects.v1 import routes as v1
from gateway.settings import Settings


def dialects(settings: Settings) -> list[Dialect]:
    """Return the served dialects, the longest prefix first."""
    return [
        v1.build(settings.hash_salt, settings.hash_length, settings.public_url, targets(settings)),
        replace(legacy.DIALECT, deprecation=_deprecation(settings)),
    ]


def targets(settings: Settings) -> Targets:
    """Return where webhooks may be sent whose address a caller has chosen."""
    return Targets(settings.webhook_allow, urlsplit(settings.public_url).hostname or "")


def _deprecation(settings: Settings) -> Deprecation | None:
    if settings.api_deprecated_at is None and settings.api_sunset_at is None:
        return None
    successor = settings.api_successor_url or f"{settings.public_url}/api/v1/openapi.json"
    return Deprecation(settings.api_deprecated_at, settings.api_sunset_at, successor, settings.api_deprecation_url)


def views(settings: Settings) -> list[View]:
    """Return the views of the served dialects, for writers of clients."""
    return [view for dialect in dialects(settings) for view in dialect.views]
