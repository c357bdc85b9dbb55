"""The requests that are measured, as the exact bytes on the wire, and their URLs."""

import json
import random
from collections.abc import Iterable
from dataclasses import dataclass, replace

from tests.bench.data import SEARCHED
from tests.bench.registers import KEY, NEIGHBOURS_KEY
from tests.drivers import HASHIDS

UNIQUE = "@" * 16  # a load generator writes another number of 16 digits here in every request
HOT, COLD = 1_000, 50_000  # clients; the cold ones are many more than the gateway keeps renderings of
COLD_PAGES = 400


@dataclass(frozen=True)
class Dialect:
    """One of the two APIs: its prefix, the header for the key, and how it writes a client's id."""

    name: str
    prefix: str
    key: str
    size: str
    search: str

    def one(self, client: int) -> str:
        """Return the path of a client."""
        return f"{self.prefix}/clients/{HASHIDS.encode(client) if self.name == 'v1' else client}"

    def page(self, number: int) -> str:
        """Return the path of a page of 25 in the default order of the dialect."""
        return f"{self.prefix}/clients?{self.size}=25&page={number}"

    def found(self, text: str) -> str:
        """Return the path of the first page of a substring search."""
        return f"{self.prefix}/clients?{self.search}={text}&{self.size}=25"

    def get(self, path: str) -> bytes:
        """Return a request for a path."""
        return f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n{self.key}\r\n\r\n".encode()

    def post(self) -> bytes:
        """Return a request that creates a client with a contact; each must carry another `UNIQUE`."""
        body = json.dumps(_NEW[self.name])
        head = f"POST {self.prefix}/clients HTTP/1.1\r\nHost: 127.0.0.1\r\n{self.key}\r\n"
        return f"{head}Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n{body}".encode()


API = Dialect("api", "/api", f"Authorization: Bearer {KEY}", "limit", "search")
V1 = Dialect("v1", "/api/v1", f"X-API-TOKEN: {KEY}", "per_page", "filter")
DIALECTS = (API, V1)

_NEW = {
    "api": {
        "first_name": "Jane",
        "last_name": "Doe",
        "email": f"jane{UNIQUE}@new.example",
        "client_company_name": f"New {UNIQUE}",
        "client_phone": "+44 20 5550100",
        "client_billing_city": "Bath",
        "client_billing_country": "Ireland",
        "tags": ["priority"],
    },
    "v1": {
        "name": f"New {UNIQUE}",
        "phone": "+44 20 5550100",
        "city": "Bath",
        "country_id": "372",
        "contacts": [{"first_name": "Jane", "last_name": "Doe", "email": f"jane{UNIQUE}@new.example"}],
    },
}


def get_hot(dialect: Dialect, size: int) -> list[bytes]:
    """A thousand clients across the register, requested one by one."""
    return _shuffled(dialect.get(dialect.one(client)) for client in _spread(size, HOT))


def get_cold(dialect: Dialect, size: int) -> list[bytes]:
    """So many clients that hardly any is requested twice."""
    return _shuffled(dialect.get(dialect.one(client)) for client in _spread(size, COLD))


def list_hot(dialect: Dialect, size: int) -> list[bytes]:
    """The first pages of the list, up to a thousand clients."""
    return _shuffled(dialect.get(dialect.page(page)) for page in range(1, HOT // 25 * 9 // 10))


def list_cold(dialect: Dialect, size: int) -> list[bytes]:
    """So many pages that hardly any is requested twice."""
    pages = min(COLD_PAGES, size // 25 * 9 // 10)
    return _shuffled(dialect.get(dialect.page(page)) for page in range(1, pages))


def create(dialect: Dialect, size: int) -> list[bytes]:
    """A new client every time."""
    return [dialect.post()]


def search(dialect: Dialect, size: int) -> list[bytes]:
    """A substring that one client in a hundred has."""
    return [dialect.get(dialect.found(SEARCHED))]


def of_neighbours(dialect: Dialect, ids: Iterable[int]) -> dict[str, list[bytes]]:
    """The requests of a small company: each of its clients, its first two pages, and a search that finds them all."""
    mine = replace(dialect, key=dialect.key.replace(KEY, NEIGHBOURS_KEY))
    asked = {"get_one": map(mine.one, ids), "list25": map(mine.page, (1, 2)), "search": [mine.found(SEARCHED)]}
    return {kind: [mine.get(path) for path in paths] for kind, paths in asked.items()}


def mixed(dialect: Dialect, size: int) -> list[bytes]:
    """One request in ten creates a client; of the others, every fifth reads a page, the rest one client."""
    reads = get_cold(dialect, size)[:4_000]
    pages = list_cold(dialect, size)
    chosen = [pages[at % len(pages)] if at % 5 == 4 else each for at, each in enumerate(reads)]
    return [dialect.post() if at % 10 == 9 else each for at, each in enumerate(chosen)]


def _spread(size: int, wanted: int) -> list[int]:
    # /api does not show deleted clients, so the nearest one that it shows is asked for.
    step = max(1, size // wanted)
    return [client - 1 if client % 50 == 49 else client for client in range(2, size + 1, step)]


def _shuffled(requests: Iterable[bytes]) -> list[bytes]:
    listed = list(requests)
    random.Random(1).shuffle(listed)
    return listed
