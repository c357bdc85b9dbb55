"""Fills a fresh register through the public API: clients with what belongs to them, and a webhook."""

import json
from typing import Any
from urllib.request import Request, urlopen

_VALUES = {
    "vat_number": "GB123456789",
    "phone": "+44 20 7946 0000",
    "industry_id": 1,
    "size_id": 2,
    **{f"custom_value{n}": f"Value {n}" for n in range(1, 5)},
}
_BOUNDARY = "stock-of-the-contract-proof"
_PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010806000000 1f15c489".replace(" ", "")
    + "0000000a49444154789c63000100000500010d0a2db40000000049454e44ae426082"
)


def stock(url: str, token: str, clients: int) -> None:
    """Create so many clients, the first with documents and gateway tokens, others archived or deleted.

    Each but the last has three contacts, so that with twelve clients the owner of the last one has the id that the
    document of /api uses as its example.
    """
    made = [_client(url, token, number, contacts=1 if number == clients else 3) for number in range(1, clients + 1)]
    for client_id in made[:2]:
        _upload(url, token, client_id)
        _gateway_token(url, token, client_id)
    _webhook(url, token)
    _bulk(url, token, "archive", made[1:2])
    _bulk(url, token, "delete", made[2:3])


def _client(url: str, token: str, number: int, contacts: int) -> str:
    people = [
        {"first_name": f"Person {position}", "email": f"person{position}@client{number}.example"}
        for position in range(1, contacts + 1)
    ]
    body = {"name": f"Client {number}", "country_id": "840", "contacts": people, **_VALUES}
    return str(_send(url, token, "POST", "/clients", json.dumps(body).encode(), "application/json")["data"]["id"])


def _upload(url: str, token: str, client_id: str) -> None:
    head = f'--{_BOUNDARY}\r\nContent-Disposition: form-data; name="documents[]"; filename="dot.png"\r\n\r\n'
    body = head.encode() + _PNG + f"\r\n--{_BOUNDARY}--\r\n".encode()
    _send(url, token, "PUT", f"/clients/{client_id}/upload", body, f"multipart/form-data; boundary={_BOUNDARY}")


def _gateway_token(url: str, token: str, client_id: str) -> None:
    body = {"client_id": client_id, "token": "tok_1", "is_default": True, "meta": {"brand": "visa"}}
    _send(url, token, "POST", "/client_gateway_tokens", json.dumps(body).encode(), "application/json")


def _webhook(url: str, token: str) -> None:
    body = {"event_id": "1", "target_url": "https://hooks.example/new"}
    _send(url, token, "POST", "/webhooks", json.dumps(body).encode(), "application/json")


def _bulk(url: str, token: str, action: str, ids: list[str]) -> None:
    _send(url, token, "POST", "/clients/bulk", json.dumps({"action": action, "ids": ids}).encode(), "application/json")


def _send(url: str, token: str, method: str, path: str, body: bytes, content_type: str) -> dict[str, Any]:
    headers = {"X-API-TOKEN": token, "Content-Type": content_type}
    request = Request(f"{url}/api/v1{path}", body, headers, method=method)  # noqa: S310 (a gateway's address)
    with urlopen(request, timeout=30) as response:  # noqa: S310
        answer: dict[str, Any] = json.load(response)
    return answer
