"""Returns the scope that a key needs for each operation of a dialect, by the dialect's routes.

An operation cannot be defined without a scope (`dialects.shared.operation.Operation`), so none is missing.
"""

from collections.abc import Mapping

from core.access.scopes import Scope
from dialects.shared.dialect import Dialect


def needed_scopes(dialect: Dialect) -> Mapping[tuple[str, str], Scope]:
    """Return the scope of every operation, by its method and absolute path."""
    return {
        (method, dialect.prefix + path.path): operation.scope
        for path in dialect.paths
        for method, operation in path.operations.items()
    }
