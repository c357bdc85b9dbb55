"""What a company must look like after a crash: as after the last acknowledged write, or after the one in progress."""

from dataclasses import dataclass, replace
from hashlib import sha256

import httpx
from hashids import Hashids

_CODEC = Hashids(min_length=10)


@dataclass(frozen=True)
class Seen:
    """A client as both dialects show it; every write sets all `values` alike, so a torn write shows."""

    values: tuple[str, str, str]
    emails: frozenset[str] = frozenset()
    tags: frozenset[str] = frozenset()
    documents: frozenset[str] = frozenset()
    deleted: bool = False

    def written(self, value: str) -> "Seen":
        return replace(self, values=(value, value, value))


State = dict[str, Seen]


def digest(content: bytes) -> str:
    return sha256(content).hexdigest()[:16]


def look(url: str, key: str) -> tuple[State, dict[str, int]]:
    """Return the company's clients by name, with every byte of their documents, and their ids by name."""
    with httpx.Client(base_url=url, headers={"X-API-TOKEN": key}, timeout=30) as http:
        answer = http.get("/api/v1/clients", params={"status": "active,archived,deleted", "per_page": 500})
        assert answer.status_code == 200, answer.text
        tags = _tags(http, key)
        shown = {client["display_name"]: client for client in answer.json()["data"]}
        ids = {name: _CODEC.decode(client["id"])[0] for name, client in shown.items()}
        return {name: _seen(http, client, tags.get(ids[name])) for name, client in shown.items()}, ids


def _tags(http: httpx.Client, key: str) -> dict[int, frozenset[str]]:
    answer = http.get("/api/clients", params={"limit": 100}, headers={"Authorization": f"Bearer {key}"})
    assert answer.status_code == 200, answer.text
    return {client["id"]: frozenset(client["tags"]) for client in answer.json()["data"]}


def _seen(http: httpx.Client, client: dict, tags: frozenset[str] | None) -> Seen:
    documents = frozenset(_bytes_of(http, document) for document in client["documents"])
    assert len(documents) == len(client["documents"])
    return Seen(
        (client["private_notes"], client["city"], client["phone"]),
        frozenset(contact["email"] for contact in client["contacts"]),
        tags if tags is not None else frozenset({"unseen"}),  # /api shows no deleted client
        documents,
        client["is_deleted"],
    )


def _bytes_of(http: httpx.Client, document: dict) -> str:
    path = httpx.URL(document["url"]).path
    answer = http.get(path)
    if answer.status_code != 200 or len(answer.content) != document["size"]:
        return f"no bytes of {document['name']}: {answer.status_code}"
    return digest(answer.content)


def same(expected: State, actual: State) -> bool:
    """Return whether everything agrees that both dialects show."""
    return expected.keys() == actual.keys() and all(_same(expected[name], actual[name]) for name in expected)


def _same(expected: Seen, actual: Seen) -> bool:
    return replace(expected, tags=actual.tags) == actual if actual.deleted else expected == actual


def differences(expected: State, actual: State) -> list[str]:
    """Describe what does not agree."""
    missing = [f"{name} is lost" for name in expected.keys() - actual.keys()]
    surplus = [f"{name} is back" for name in actual.keys() - expected.keys()]
    changed = [
        f"{name}: {actual[name]} instead of {expected[name]}"
        for name in expected.keys() & actual.keys()
        if not _same(expected[name], actual[name])
    ]
    return missing + surplus + changed
