"""Keys and passwords are nowhere in plain text: not in the log, whatever fails, nor in the database."""

import base64
import re

import httpx
import pytest

from tests.faults.outages import until
from tests.gateway.command_line import ACME, fresh, new_acme
from tests.process import GatewayProcess

KEY, OTHER_KEY, CONTACT, WRONG = "Kk1" * 22, "Oo2" * 22, "ContactSecret123", "WrongSecret123"
MAIL, DATABASE, ADDED = "MailSecret123", "DatabaseSecret123", "AddedSecret123"
SECRETS = (KEY, OTHER_KEY, CONTACT, WRONG, base64.b64encode(WRONG.encode()).decode(), MAIL, DATABASE, ACME[-1])


@pytest.fixture
def gateway(tmp_path):
    cli = new_acme(tmp_path, KEY)
    smtp = f"smtp://us:{MAIL}@127.0.0.1:1"
    with GatewayProcess(cli.database_url, tmp_path, smtp_url=smtp, log_level="debug", access_log=True) as running:
        yield running


def requests_with_secrets(http: httpx.Client) -> list[httpx.Response]:
    """Send requests that succeed and requests that fail at every step, each with a secret in it."""
    people = [{"email": "c@x.example", "password": CONTACT}]
    made = http.post("/api/v1/clients", json={"contacts": people}, headers={"Idempotency-Key": "once"})
    path = f"/api/v1/clients/{made.json()['data']['id']}"
    in_base64 = base64.b64encode(WRONG.encode()).decode()
    return [
        made,
        http.put(path, json={"contacts": people * 2}),
        http.put(path, json={"settings": {"currency_id": CONTACT}}),
        http.put(
            path, content=f'{{"contacts": [{{"password": "{CONTACT}"}}', headers={"Content-Type": "application/json"}
        ),
        http.post(f"{path}/purge", headers={"X-API-PASSWORD": WRONG}),
        http.post(f"{path}/purge", headers={"X-API-PASSWORD-BASE64": in_base64}),
        http.post(f"{path}/purge", headers={"X-API-PASSWORD": ACME[-1]}),
        http.get(path, headers={"X-API-TOKEN": OTHER_KEY}),
        http.get("/api/clients", headers={"Authorization": f"Bearer {OTHER_KEY}"}),
        http.post(
            "/api/clients",
            json={"first_name": "J", "last_name": "D", "email": "j@x.example", "send_email": "yes"},
            headers={"Authorization": f"Bearer {KEY}"},
        ),
    ]


def secrets_of_pages(url: str) -> list[str]:
    """The secrets of a member who signs in on the bridge page, creates and rotates a key, and adds a user."""
    added = {"email": "ann@acme.example", "password": ADDED, "role": "viewer"}
    with httpx.Client(base_url=url) as http:
        http.post("/bridge/login", data={"email": ACME[3], "password": ACME[5]})
        answers = [
            http.post("/bridge/keys/new", data={"email": ACME[3], "name": "shop"}),
            http.post("/bridge/keys/2/rotate", data={"overlap": "1h"}),
            http.post("/bridge/team/new", data=added),
        ]
        assert [answer.status_code for answer in answers] == [201, 201, 303]
        keys = [re.search(r"<code>(\w{64})</code>", answer.text)[1] for answer in answers[:2]]
        return [*keys, ADDED, http.cookies["bridge_session"]]


def test_no_secret_is_in_the_log_or_in_the_database_file(gateway, tmp_path):
    with httpx.Client(base_url=gateway.url, headers={"X-API-TOKEN": KEY}) as http:
        answers = requests_with_secrets(http)
    secrets = (*SECRETS, *secrets_of_pages(gateway.url))
    assert [answer.status_code for answer in answers] == [200, 422, 422, 400, 412, 412, 200, 403, 401, 201]
    until(lambda: "127.0.0.1" in gateway.log.read_text())  # the mail server that cannot be reached
    gateway.terminate()
    assert gateway.wait() == 0
    written = [gateway.log, *tmp_path.glob("register.db*")]
    assert len(written) > 1
    assert [(path.name, secret) for path in written for secret in secrets if secret.encode() in path.read_bytes()] == []


def test_the_password_of_an_unavailable_database_is_not_shown(tmp_path):
    away = f"postgresql://us:{DATABASE}@127.0.0.1:1/x"
    process = fresh(tmp_path).start("check", GATEWAY_DATABASE_URL=away)
    said = "".join(process.communicate(timeout=60))
    assert "Error: " in said
    assert DATABASE not in said
