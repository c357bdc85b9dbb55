"""The record of a request while it is served, for observers: the log, the metrics."""

from collections.abc import Sequence
from dataclasses import dataclass

from starlette.types import Scope

from core.access.keys import Actor
from dialects.shared.input_names import Understood

_IN_SCOPE = "gateway.served"


@dataclass(slots=True)
class Served:
    """A request. `dialect`, `route` and `actor` are empty if it did not get that far.

    `refused` is the reason why its key was refused, else `""`. `understood` are the names that its operation
    understood, once the operation is about to run. `started` is a value of the performance counter; `status` and
    `seconds` are set at the end. `headers` are the request's headers as they were received.
    """

    method: str
    path: str
    request_id: str
    started: float
    headers: Sequence[tuple[bytes, bytes]]
    dialect: str = ""
    route: str = ""
    actor: Actor | None = None
    refused: str = ""
    understood: Understood | None = None
    status: int = 0
    seconds: float = 0.0


def note(scope: Scope, served: Served) -> None:
    """Attach the record to the request's scope, where the application finds it."""
    scope[_IN_SCOPE] = served


def noted(scope: Scope) -> Served | None:
    """Return the record of a request, for the application to complete; None if there are no observers."""
    return scope.get(_IN_SCOPE)
