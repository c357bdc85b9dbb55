"""A key that is sent in the header of another API is refused, and the answer names the right header."""

import httpx
import pytest

WANTED = {
    "/api/clients": (
        401,
        {"message": "Unauthorized. A valid API key is required. It is read from the header Authorization: Bearer KEY."},
    ),
    "/api/v1/clients": (403, {"message": "Invalid token: it is read from the header X-API-TOKEN: KEY", "errors": {}}),
}
MISPLACED = [
    ("/api/clients", {"X-API-TOKEN": "{key}"}),
    ("/api/clients", {"X-Ninja-Token": "{key}"}),
    ("/api/clients", {"X-API-KEY": "{key}"}),
    ("/api/clients", {"Authorization": "{key}"}),
    ("/api/clients", {"Authorization": "Token {key}"}),
    ("/api/v1/clients", {"Authorization": "Bearer {key}"}),
    ("/api/v1/clients", {"Authorization": "{key}"}),
    ("/api/v1/clients", {"X-API-KEY": "{key}"}),
]


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize(("path", "headers"), MISPLACED, ids=str)
def test_a_key_in_the_wrong_header_is_answered_with_the_right_one(server, company, path, headers, method):
    sent = {name: value.format(key=company.key) for name, value in headers.items()}
    answer = httpx.request(method, server.url + path, headers=sent, json={} if method == "POST" else None)
    assert (answer.status_code, answer.json()) == WANTED[path]
    assert ("www-authenticate" in answer.headers) == (answer.status_code == 401)


@pytest.mark.parametrize(
    ("path", "headers", "message"),
    [
        ("/api/clients", {}, "Unauthorized. A valid API key is required."),
        ("/api/clients", {"Authorization": "Bearer wrong"}, "Unauthorized. A valid API key is required."),
        ("/api/clients", {"Authorization": "Bearer wrong", "X-API-TOKEN": "wrong"}, None),
        ("/api/v1/clients", {}, "Invalid token"),
        ("/api/v1/clients", {"X-API-TOKEN": "wrong"}, "Invalid token"),
        ("/api/v1/clients", {"X-API-TOKEN": "", "Authorization": "Bearer wrong"}, "Invalid token"),
    ],
    ids=str,
)
def test_no_key_and_a_wrong_one_are_answered_as_documented(server, path, headers, message):
    said = httpx.get(server.url + path, headers=headers).json()["message"]
    assert said == (message or "Unauthorized. A valid API key is required.")
