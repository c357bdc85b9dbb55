"""Fills kept registers with requests that every version understands, and reads everything from them."""

from typing import Any

import httpx

KEY, PASSWORD = "kept-register", "Secret-123"
_LEGACY = [
    {
        "first_name": "Jane",
        "last_name": "Doe",
        "email": "jane@acme.example",
        "client_company_name": "Acme Inc",
        "client_categoryid": 2,
        "client_phone": "+49 30 1",
        "client_billing_street": "Main St 1\nBack yard",
        "client_billing_country": "Germany",
        "tags": ["priority", "north"],
    },
    {"first_name": "Émile", "last_name": "Straße", "email": "emile@shop.example"},
    {"first_name": "Gone", "last_name": "Soon", "email": "gone@acme.example"},
]
_V1 = [
    {
        "name": "Globex",
        "address1": "Side St 2",
        "address2": "Floor 3",
        "city": "Lyon",
        "country_id": "250",
        "id_number": "G-1",
        "custom_value1": "gold",
        "private_notes": "Key account.",
        "settings": {"currency_id": "3", "language_id": "2"},
        "contacts": [
            {"first_name": "Hank", "last_name": "Scorpio", "email": "hank@globex.example", "send_email": True},
            {"first_name": "Mona", "last_name": "Lisa", "email": "mona@globex.example", "phone": "2"},
        ],
    },
    {"name": "Initech", "contacts": [{"first_name": "Bill", "email": "bill@initech.example"}]},
]
_LISTS = {
    "api": ("clients", "clients?search=acme", "categories", "contacts"),
    "v1": (
        "clients",
        "clients?status=archived",
        "clients?status=deleted",
        "clients?filter=globe",
        "clients?sort=name|desc",
        "clients?include=documents,group_settings",
        "group_settings",
        "documents",
        "client_gateway_tokens",
    ),
}


def fill(http: httpx.Client, key: str) -> None:
    """Create clients through both dialects; one is archived, one deleted, one purged, one has a document."""
    bearer, token = _headers(key)
    for body in _LEGACY:
        _done(http.post("/api/clients", json=body, headers=bearer))
    made = [_done(http.post("/api/v1/clients", json=body, headers=token)).json()["data"]["id"] for body in _V1]
    file = {"documents[]": ("terms.txt", b"Terms.", "text/plain")}
    _done(http.post(f"/api/v1/clients/{made[0]}/upload", data={"_method": "PUT"}, files=file, headers=token))
    legacy = _done(http.get("/api/v1/clients?sort=id|asc", headers=token)).json()["data"]
    _bulk(http, token, "archive", made[1])
    _bulk(http, token, "delete", legacy[1]["id"])
    _done(http.post(f"/api/v1/clients/{legacy[2]['id']}/purge", headers=token | {"X-API-PASSWORD": PASSWORD}))


def read_views(http: httpx.Client, key: str) -> dict[str, Any]:
    """Return the answers of all lists and of each client in both dialects, by path; unsupported paths are left out."""
    found: dict[str, Any] = {}
    for prefix, headers in zip(("api", "v1"), _headers(key), strict=True):
        base = "/api" if prefix == "api" else "/api/v1"
        for path in _LISTS[prefix]:
            _read(http, f"{base}/{path}", headers, found)
        for number in {each["id"]: None for each in _data(found, f"{base}/clients")}:
            _read(http, f"{base}/clients/{number}", headers, found)
    return found


def _read(http: httpx.Client, path: str, headers: dict[str, str], found: dict[str, Any]) -> None:
    answer = http.get(path, headers=headers)
    if answer.status_code == 200:
        found[path] = answer.json()


def _data(found: dict[str, Any], path: str) -> list[dict[str, Any]]:
    return list(found[path]["data"])


def _bulk(http: httpx.Client, token: dict[str, str], action: str, client: str) -> None:
    _done(http.post("/api/v1/clients/bulk", json={"action": action, "ids": [client]}, headers=token))


def _headers(key: str) -> tuple[dict[str, str], dict[str, str]]:
    return {"Authorization": f"Bearer {key}"}, {"X-API-TOKEN": key, "X-Requested-With": "XMLHttpRequest"}


def _done(answer: httpx.Response) -> httpx.Response:
    if answer.status_code >= 400:
        raise AssertionError(f"{answer.request.method} {answer.request.url}: {answer.status_code} {answer.text}")
    return answer
