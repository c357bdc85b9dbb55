"""The dialects' views, which whoever makes a `Database` hands over with it.

A verb of the core is given a transaction and nothing else of its surroundings, so its transaction brings the views.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection

from core.view import View

Views = Callable[[], Sequence[View]]

_OPTION = "views"


def carrying(views: Views) -> Mapping[str, Any]:
    """The execution options of an engine whose transactions bring these views."""
    return {_OPTION: views}


def all_views(connection: Connection) -> Sequence[View]:
    """The views that this process knows, those of every edition among them; none where its database was given none."""
    views: Views = connection.get_execution_options().get(_OPTION, tuple)
    return views()
