"""Editions: the shapes in which a resource is shown to keys of different editions."""

from dataclasses import dataclass

from core.view import View
from schemas.fields import FieldMap


@dataclass(frozen=True)
class Shape:
    """The table by which a resource is shown, and the view whose renderings the core stores.

    `tag` distinguishes this representation from the others in its `ETag`: 16 hexadecimal digits, or nothing.
    """

    fields: FieldMap
    view: View | None = None
    tag: str = ""
