"""A company with its key, and thin clients of both APIs, for tests."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field
from functools import cached_property

import httpx
from hashids import Hashids

from tests.server import Server
from tests.transport import Connections

HASHIDS = Hashids(min_length=10)
_numbers = itertools.count(1)


@dataclass
class Company:
    """A company for one test: tests share a server and do not see each other's data."""

    server: Server
    key: str
    name: str
    password: str = "Secret123"
    clients: list[httpx.Client] = field(default_factory=list)

    def _client(self, prefix: str, headers: dict[str, str]) -> httpx.Client:
        base_url = self.server.url + prefix
        client = httpx.Client(base_url=base_url, headers=headers, timeout=60, transport=Connections(), trust_env=False)
        self.clients.append(client)
        return client

    @cached_property
    def api(self) -> httpx.Client:
        """/api with this company's key: `company.api.get("/clients")`."""
        return self._client("/api", {"Authorization": f"Bearer {self.key}"})

    @cached_property
    def v1(self) -> httpx.Client:
        """/api/v1 with this company's key."""
        return self._client("/api/v1", {"X-API-TOKEN": self.key, "X-Requested-With": "XMLHttpRequest"})

    @property
    def with_password(self) -> dict[str, str]:
        return {"X-API-PASSWORD": self.password}

    def close(self) -> None:
        for client in self.clients:
            client.close()

    # -- shortcuts for the arrangement of a test; what a test is about it spells out itself ------------------------

    def new_legacy(self, **body) -> dict:
        """A client made through /api, as /api shows it."""
        number = next(_numbers)
        given = {"first_name": "Jane", "last_name": "Doe", "email": f"jane{number}@acme.example"} | body
        response = self.api.post("/clients", json=given)
        assert response.status_code == 201, response.text
        return response.json()["data"]

    def new_v1(self, **body) -> dict:
        """A client made through /api/v1, as /api/v1 shows it."""
        response = self.v1.post("/clients", json=body)
        assert response.status_code == 200, response.text
        return response.json()["data"]

    def v1_of(self, client_id: int) -> str:
        """The hashed id of a client known by its number."""
        return str(HASHIDS.encode(client_id))

    def legacy_view(self, client_id: int) -> dict:
        response = self.api.get(f"/clients/{client_id}")
        assert response.status_code == 200, response.text
        return response.json()["data"]

    def v1_view(self, hashed_id: str) -> dict:
        response = self.v1.get(f"/clients/{hashed_id}")
        assert response.status_code == 200, response.text
        return response.json()["data"]


def new_company(server: Server, **bootstrap) -> Company:
    name = f"Company {next(_numbers)}"
    return Company(server, server.bootstrap(name, **bootstrap), name)
