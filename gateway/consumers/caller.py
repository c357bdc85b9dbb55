"""Requests to the gateway that is verified, in either dialect; only with `--write` may they change it."""

from dataclasses import dataclass, field, replace
from typing import Any

import httpx

from gateway.contract.reading_only import READING, WriteRefused

DIALECTS = {"v1": "/api/v1", "api": "/api"}  # the longest prefix first
KEY_HEADERS = ("authorization", "x-api-token")
PASSWORD_HEADER = "x-api-password"  # noqa: S105 (a header's name)
_TIMEOUT_SECONDS = 30


@dataclass(frozen=True)
class Caller:
    """A gateway and the keys to it. `empty_token` belongs to a company without clients; without `writes` it only reads.

    `resets` says that `POST /_reset` resets its register.
    """

    url: str
    token: str
    other_token: str | None = None
    empty_token: str | None = None
    password: str | None = None
    writes: bool = False
    resets: bool = False
    http: httpx.Client = field(default_factory=lambda: httpx.Client(timeout=_TIMEOUT_SECONDS), repr=False)

    def reset(self) -> None:
        """Reset the register, if that is possible. Raises `httpx.HTTPError`."""
        if self.resets:
            self.http.post(f"{self.url}/_reset").raise_for_status()

    def of(self, token: str) -> "Caller":
        """Return this caller with another key."""
        return replace(self, token=token)

    def send(self, method: str, path: str, **options: Any) -> httpx.Response:
        """Send a request with the key of its path's dialect. Raises `WriteRefused`, `httpx.HTTPError`."""
        if not self.writes and method.upper() not in READING:
            raise WriteRefused(f"{method} {path} was not sent: it may change the deployment, which requires --write")
        headers = httpx.Headers(key_header(dialect_of(path), self.token))
        headers.update(options.pop("headers", {}))
        return self.http.request(method, f"{self.url}{path}", headers=headers, **options)


def dialect_of(path: str) -> str:
    """Return the dialect of a path; "" for none."""
    path = path.partition("?")[0]
    return next((name for name, prefix in DIALECTS.items() if f"{path}/".startswith(f"{prefix}/")), "")


def key_header(dialect: str, token: str) -> dict[str, str]:
    """Return the header that carries a key."""
    return {"X-API-TOKEN": token} if dialect == "v1" else {"Authorization": f"Bearer {token}"}


def refusal_of_keys(dialect: str) -> int:
    """Return the status by which a dialect refuses an unknown key."""
    return 403 if dialect == "v1" else 401
