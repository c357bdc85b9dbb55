"""A thin driver: the same operations through either dialect, so that common behaviour is tested once."""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any

import httpx

from tests.drivers import HASHIDS, Company


@dataclass(frozen=True)
class Caller(ABC):
    """A caller of one dialect. Clients are named by their number, whatever their id in the dialect is."""

    company: Company

    @property
    @abstractmethod
    def http(self) -> httpx.Client: ...

    @abstractmethod
    def path(self, client_id: int, rest: str = "") -> str: ...

    def show(self, client_id: int) -> httpx.Response:
        return self.http.get(self.path(client_id))

    def listed(self, **query: Any) -> list[int]:
        """Return the numbers of the listed clients, after checking that the total agrees."""
        answer = self.http.get("/clients", params=query).json()
        ids = [self.number(client["id"]) for client in answer["data"]]
        assert self.total(answer) == len(ids)
        return ids


class Legacy(Caller):
    """/api."""

    @property
    def http(self) -> httpx.Client:
        return self.company.api

    def path(self, client_id: int, rest: str = "") -> str:
        return f"/clients/{client_id}{rest}"

    def number(self, shown: Any) -> int:
        return int(shown)

    def total(self, answer: dict[str, Any]) -> int:
        return int(answer["meta"]["total"])

    def create(self, email: str, name: str = "") -> httpx.Response:
        body = {"first_name": "Jane", "last_name": "Doe", "email": email, "client_company_name": name}
        return self.http.post("/clients", json=body)

    def rename(self, client_id: int, name: str) -> httpx.Response:
        return self.http.patch(self.path(client_id), json={"client_company_name": name})

    def suspend(self, client_id: int) -> httpx.Response:
        return self.http.put(self.path(client_id, "/status"), json={"status": "suspended"})

    def activate(self, client_id: int) -> httpx.Response:
        return self.http.put(self.path(client_id, "/status"), json={"status": "active"})

    def erase(self, client_id: int) -> httpx.Response:
        return self.http.delete(self.path(client_id))

    def name_and_state(self, client_id: int) -> tuple[str, str]:
        seen = self.show(client_id).json()["data"]
        return seen["company_name"], seen["status"]


class V1(Caller):
    """/api/v1."""

    @property
    def http(self) -> httpx.Client:
        return self.company.v1

    def path(self, client_id: int, rest: str = "") -> str:
        return f"/clients/{HASHIDS.encode(client_id)}{rest}"

    def number(self, shown: Any) -> int:
        return int(HASHIDS.decode(shown)[0])

    def total(self, answer: dict[str, Any]) -> int:
        return int(answer["meta"]["pagination"]["total"])

    def create(self, email: str, name: str = "") -> httpx.Response:
        return self.http.post("/clients", json={"name": name, "contacts": [{"first_name": "Jane", "email": email}]})

    def rename(self, client_id: int, name: str) -> httpx.Response:
        return self.http.put(self.path(client_id), json={"name": name})

    def suspend(self, client_id: int) -> httpx.Response:
        return self._bulk("archive", client_id)

    def activate(self, client_id: int) -> httpx.Response:
        return self._bulk("restore", client_id)

    def erase(self, client_id: int) -> httpx.Response:
        return self.http.post(self.path(client_id, "/purge"), headers=self.company.with_password)

    def hide(self, client_id: int) -> httpx.Response:
        return self.http.delete(self.path(client_id))

    def name_and_state(self, client_id: int) -> tuple[str, str]:
        seen = self.show(client_id).json()["data"]
        return seen["display_name"], "suspended" if seen["archived_at"] else "active"

    def _bulk(self, action: str, client_id: int) -> httpx.Response:
        return self.http.post("/clients/bulk", json={"action": action, "ids": [HASHIDS.encode(client_id)]})


CALLERS = {"api": Legacy, "v1": V1}
