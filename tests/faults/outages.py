"""How an outage and its end must look to callers of either dialect."""

import time
from collections.abc import Callable

import httpx

from tests.drivers import Company

WAIT = 0.4  # seconds that a gateway of these tests waits for a lock


def write_through_each(company: Company) -> list[httpx.Response]:
    """Create a client in either dialect."""
    legacy = {"first_name": "Jane", "last_name": "Doe", "email": f"jane{time.monotonic_ns()}@acme.example"}
    return [company.api.post("/clients", json=legacy), company.v1.post("/clients", json={"name": "Acme"})]


def read_through_each(company: Company) -> list[httpx.Response]:
    return [company.api.get("/clients"), company.v1.get("/clients")]


def statuses(answers: list[httpx.Response]) -> list[int]:
    return [answer.status_code for answer in answers]


def is_outage(answer: httpx.Response, status: int = 503) -> bool:
    """Return whether the answer has this status in the dialect's own shape, with a `Retry-After`."""
    assert answer.status_code == status, answer.text
    assert int(answer.headers["retry-after"]) >= 1
    body = answer.json()
    assert body["message"].startswith("There is no space left" if status == 507 else "The service is temporarily")
    return body.keys() == ({"message", "errors"} if "/api/v1/" in str(answer.request.url) else {"message"})


def ready(company: Company) -> tuple[int, dict[str, str]]:
    """Return the answer of /readyz, once the cached one has expired."""
    time.sleep(1.05)
    answer = httpx.get(f"{company.server.url}/readyz", timeout=30)
    assert httpx.get(f"{company.server.url}/healthz", timeout=30).status_code == 200
    assert ("retry-after" in answer.headers) == (answer.status_code == 503)
    return answer.status_code, answer.json()["checks"]


READY = (200, {"database": "ok", "storage": "ok"})


def is_well(company: Company) -> bool:
    """Return whether everything works again without a restart, now or, on a machine with other work, in a moment."""
    until(lambda: ready(company) == READY)
    until(lambda: _are_done(write_through_each(company), [201, 200]))
    until(lambda: _are_done(read_through_each(company), [200, 200]))
    return True


def _are_done(answers: list[httpx.Response], expected: list[int]) -> bool:
    # A gateway that waits for `WAIT` only also refuses a request if the machine had no time for it meanwhile.
    refused = [answer for answer in answers if answer.status_code == 503]
    assert all(map(is_outage, refused))
    assert refused or statuses(answers) == expected
    return not refused


def upload(company: Company, client_id: str, content: bytes = b"bytes") -> httpx.Response:
    return company.v1.put(f"/clients/{client_id}/upload", files=[("documents[]", ("a.bin", content))])


def documents_of(company: Company, client_id: str) -> list[bytes]:
    """Return the bytes of every document that a client shows."""
    shown = company.v1_view(client_id)["documents"]
    answers = [company.v1.get(document["url"]) for document in shown]
    assert [len(answer.content) for answer in answers] == [document["size"] for document in shown]
    return [answer.content for answer in answers]


def files(company: Company) -> list[str]:
    """Return the files in the storage."""
    return sorted(each.name for each in company.server.storage_folder.rglob("*") if each.is_file())


def until(condition: Callable[[], bool]) -> None:
    """Wait until a condition is true, for at most a minute."""
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline, "it never came true"
        time.sleep(0.05)
