"""The editions of /api/v1: the shape of a client for the keys of each."""

from collections.abc import Mapping
from hashlib import sha256

from core.access.keys import DEFAULT_EDITION, EDITIONS
from dialects.shared.editions import Shape
from dialects.shared.views import view_of
from dialects.v1.clients import VISIBLE_STATES
from schemas.fields import FieldMap


def editions_of(name: str, fields: FieldMap, settings: str) -> Mapping[str, Shape]:
    """Return the shapes of a client by edition.

    `settings` are the installation's settings that the rendering depends on.
    """
    return {edition: _shape(name, edition, fields.of_edition(edition), settings) for edition in EDITIONS}


def _shape(name: str, edition: str, fields: FieldMap, settings: str) -> Shape:
    if edition == DEFAULT_EDITION:
        return Shape(fields, view_of(name, fields, VISIBLE_STATES, settings))
    tag = sha256(edition.encode()).hexdigest()[:16]
    return Shape(fields, view_of(f"{name}-{edition}", fields, VISIBLE_STATES, settings, edition), tag)
