"""The dialects' views, which the creator of a `Database` passes to it.

A core operation gets a transaction and nothing else of its surroundings, so the transaction carries the views.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection

from core.view import View

Views = Callable[[], Sequence[View]]

_OPTION = "views"


def execution_options_of(views: Views) -> Mapping[str, Any]:
    """Return the execution options of an engine whose transactions carry these views."""
    return {_OPTION: views}


def all_views(connection: Connection) -> Sequence[View]:
    """Return the views that this process knows, including those of every edition; none if the database has none."""
    views: Views = connection.get_execution_options().get(_OPTION, tuple)
    return views()
