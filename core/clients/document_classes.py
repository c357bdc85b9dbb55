"""Classes of documents, by which lists of documents can be filtered: visibility and kind."""

from collections.abc import Mapping, Sequence

from sqlalchemy import ColumnElement, false, not_, or_

from core.models import documents

IMAGES = ("apng", "avif", "bmp", "gif", "heic", "ico", "jpeg", "jpg", "png", "svg", "tif", "tiff", "webp")
"""The extensions of images."""

_IS_IMAGE = documents.c.type.in_(IMAGES)
CLASSES: Mapping[str, ColumnElement[bool]] = {
    "public": documents.c.is_public,
    "private": not_(documents.c.is_public),
    "pdf": documents.c.type == "pdf",
    "image": _IS_IMAGE,
    "other": documents.c.type.not_in((*IMAGES, "pdf")),
}


def of_classes(words: Sequence[str]) -> ColumnElement[bool]:
    """Return the condition that a document is in any of these classes. An unknown word stands for an extension."""
    return or_(false(), *(CLASSES.get(word, documents.c.type == word.lower()) for word in words))
