"""Webhooks that are changed, removed and watched: their deliveries, and received messages."""

import json
import signal
import subprocess

import httpx
import pytest

from tests.server import free_port

ACME = ("--company", "Acme")


def webhook(installed, url: str, *more: str) -> str:
    """Create a webhook of Acme. Return its secret."""
    return installed.run("webhooks", "add", url, "--dialect", "v1", *more, *ACME)


class Listening:
    """`webhooks listen` in a separate process; its lines are parsed as JSON."""

    def __init__(self, installed, *words: object) -> None:
        self._process: subprocess.Popen[str] = installed.run.start("webhooks", "listen", "--json", *words)
        self.said = self._process.stderr.readline()

    def __enter__(self) -> "Listening":
        return self

    def next(self) -> dict:
        return json.loads(self._process.stdout.readline())

    def __exit__(self, *_exception: object) -> None:
        self._process.send_signal(signal.SIGINT)
        self._process.communicate(timeout=60)
        assert self._process.returncode == 130


def test_received_messages_are_checked_and_shown(installed):
    port = free_port()
    with Listening(installed, "--port", port) as listening:
        assert f"http://127.0.0.1:{port}/" in listening.said
        webhook(installed, f"http://127.0.0.1:{port}/", "--events", "client.created")
        installed.acme.new_v1(name="Fresh")
        shown = listening.next()
        assert (shown["signature"], shown["webhook_id"], shown["is_repeated"]) == ("good", 1, False)
        assert (shown["body"]["type"], shown["body"]["data"]["name"]) == ("client.created", "Fresh")
        forged = {"webhook-id": "msg_1", "webhook-timestamp": "1", "webhook-signature": "v1,AAAA"}
        assert httpx.post(f"http://127.0.0.1:{port}/", headers=forged, json={}).status_code == 401
        assert listening.next()["signature"] == "bad"
        assert httpx.post(f"http://127.0.0.1:{port}/", json={"id": "x"}).status_code == 204
        assert listening.next()["signature"] == "none"
        assert httpx.get(f"http://127.0.0.1:{port}/").status_code == 405


def test_a_receiver_with_a_secret_needs_no_register(installed, tmp_path):
    port = free_port()
    secret = webhook(installed, f"http://127.0.0.1:{port}/")
    nowhere = {"GATEWAY_DATABASE_URL": f"sqlite:///{tmp_path / 'nowhere.db'}", "GATEWAY_WEBHOOK_SECRET": secret}
    process = installed.run.start("webhooks", "listen", "--port", port, "--limit", 1, **nowhere)
    process.stderr.readline()
    installed.run("webhooks", "test", 1, *ACME)
    shown = process.communicate(timeout=60)[0]
    assert process.returncode == 0
    assert "webhook.test" in shown
    assert "signature good" in shown
    assert not (tmp_path / "nowhere.db").exists()


def test_a_receiver_without_secret_and_register_is_refused(tmp_path, cli):
    nowhere = {"GATEWAY_DATABASE_URL": f"sqlite:///{tmp_path / 'nowhere.db'}"}
    refused = cli.run("webhooks", "listen", "--port", free_port(), **nowhere)
    assert (refused.exit_code, refused.stderr.count("\n")) == (1, 1)


def test_a_port_in_use_is_reported_in_one_sentence(installed):
    port = int(installed.server.url.rpartition(":")[2])
    refused = installed.run.run("webhooks", "listen", "--port", port)
    assert (refused.exit_code, refused.stderr.count("\n")) == (1, 1)
    assert f"Port {port} of 127.0.0.1 cannot be used" in refused.stderr


def test_deliveries_are_shown_as_they_happen(installed):
    webhook(installed, f"http://127.0.0.1:{free_port()}/")  # a port without a server
    with Listening(installed, *ACME) as listening:
        client = installed.acme.new_legacy()
        first = listening.next()
        assert (first["event"], first["client_id"], first["webhook_id"]) == ("client.created", client["id"], 1)
        failed = first if first["status"] == "failed" else listening.next()
        assert failed["status"] == "failed"
        assert "ConnectError" in failed["last_error"]
        assert "payload" not in failed


def test_a_changed_webhook_keeps_its_secret(installed):
    webhook(installed, f"http://127.0.0.1:{free_port()}/")
    port = free_port()
    with Listening(installed, "--port", port) as listening:
        installed.run(
            *("webhooks", "change", 1, "--url", f"http://127.0.0.1:{port}/", "--events", "client.created"),
            *("--dialect", "api", *ACME),
        )
        installed.acme.new_legacy(client_company_name="Moved Ltd")
        shown = listening.next()
    assert (shown["signature"], shown["body"]["data"]["company_name"]) == ("good", "Moved Ltd")
    (row,) = installed.run.listed("webhooks", "list", *ACME)
    assert (row["dialect"], row["events"]) == ("api", "client.created")
    installed.run("webhooks", "change", 1, "--events", "all", *ACME)
    assert installed.run.listed("webhooks", "list", *ACME)[0]["events"] == "all"


@pytest.mark.parametrize(
    ("words", "status"),
    [
        ((1,), 2),
        ((1, "--events", "client.sold"), 2),
        ((1, "--url", "ftp://x.example"), 1),
        ((99, "--url", "https://x.example"), 1),
        ((2, "--url", "https://x.example"), 1),  # a webhook of an integration
        ((3, "--url", "https://x.example"), 1),  # a webhook of another company
    ],
)
def test_an_invalid_change_changes_nothing(installed, words, status):
    webhook(installed, "https://hooks.example/")
    installed.acme.v1.post("/webhooks", json={"target_url": "https://hooks.example/x", "event_id": 1})
    installed.run("webhooks", "add", "https://hooks.example/", "--dialect", "v1", "--company", "Globex")
    before = [installed.run("webhooks", "list", "--company", name, "--json") for name in ("Acme", "Globex")]
    assert installed.run.run("webhooks", "change", *words, *ACME).exit_code == status
    assert [installed.run("webhooks", "list", "--company", name, "--json") for name in ("Acme", "Globex")] == before


def test_a_removal_shows_the_number_of_waiting_messages_and_asks_for_confirmation(installed):
    webhook(installed, f"http://127.0.0.1:{free_port()}/")
    installed.acme.new_legacy()
    asked = installed.run.run("webhooks", "remove", 1, *ACME)
    assert asked.exit_code == 1
    assert "with 1 waiting message and 0 dead messages" in asked.stderr
    assert len(installed.run.listed("webhooks", "list", *ACME)) == 1
    installed.run("webhooks", "remove", 1, *ACME, "--yes")
    assert installed.run.listed("webhooks", "list", *ACME) == []
