"""The base class of the applications for single paths, of the APIs and of the pages."""

from abc import ABC, abstractmethod
from typing import Generic, TypeVar

from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

R = TypeVar("R", bound=Request)


class PathApplication(ABC, Generic[R]):
    """The ASGI application for one path: HEAD is GET without its body, and every error has the path's own shape."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request (ASGI)."""
        request = self._received(scope, receive)
        try:
            response = await self._respond(request)
        except ClientDisconnect:
            return
        except Exception as error:
            response = self._refused(request, error)
        self._complete(request, response)
        if request.method == "HEAD":
            response = Response(status_code=response.status_code, headers=dict(response.headers))
        await response(scope, receive, send)

    @abstractmethod
    def _received(self, scope: Scope, receive: Receive) -> R:
        """Return the request, after recording its route for logs and metrics."""

    @abstractmethod
    async def _respond(self, request: R) -> Response:
        """Return the answer. Every exception becomes an error response."""

    @abstractmethod
    def _refused(self, request: R, error: Exception) -> Response:
        """Return the error response."""

    def _complete(self, request: R, response: Response) -> None:
        """Add the headers that every answer has, including errors."""
