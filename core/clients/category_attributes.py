"""The attributes of a category of clients (see `core.clients.attributes`)."""

import re
import unicodedata

from core.attribute import Attribute, column, fixed
from core.clients.attributes import merged_settings
from core.models import categories
from core.models.records import CategoryRecord


def slug(category: CategoryRecord) -> str:
    """Return the category's id and name as a URL segment: `3-development`."""
    plain = unicodedata.normalize("NFKD", category["name"]).encode("ascii", "ignore").decode().lower()
    return "-".join([str(category["id"]), *re.findall("[a-z0-9]+", plain)])


CATEGORY: dict[str, Attribute[CategoryRecord]] = {each.name: fixed(each.name) for each in categories.columns} | {
    "name": column("name"),
    "description": column("description"),
    "visibility": column("visibility"),
    "icon": column("icon"),
    "settings": Attribute[CategoryRecord](lambda category: category["settings"], merged_settings, ("settings",)),
    # Only clients have categories here, so this is the only value that can be written.
    "type": Attribute(lambda _category: "client", lambda _category, _value: {}),
    "slug": Attribute(slug),
    "client_count": fixed("client_count"),
    "is_deleted": Attribute[CategoryRecord](lambda category: category["deleted_at"] > 0, of=("deleted_at",)),
}
