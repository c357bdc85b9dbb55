"""The welcome mail, delivered by a real SMTP server, and custom fields by their own names."""

import pytest
from aiosmtpd.controller import Controller
from sqlalchemy import text

from core.access import companies
from core.clients import custom_fields
from core.events import outbox
from tests.drivers import new_company
from tests.register.arranging import eventually
from tests.server import free_port, serving


def mails(company):
    def read(connection):
        return outbox.list_all(connection, companies.find(connection, company.name))

    return company.server.database.read_now(read)


@pytest.mark.parametrize(("send_email", "queued"), [("yes", 1), ("no", 0), ("", 0), (None, 0)])
def test_a_welcome_mail_is_queued_on_request(company, send_email, queued):
    company.new_legacy(email="jane@acme.example", send_email=send_email)
    waiting = mails(company)
    assert [mail["recipient"] for mail in waiting] == ["jane@acme.example"] * queued
    assert all(mail["sent_at"] == 0 for mail in waiting)


def test_a_refused_create_queues_nothing(company):
    company.new_legacy(email="a@x.example")
    body = {"first_name": "A", "last_name": "B", "email": "a@x.example", "send_email": "yes"}
    assert company.api.post("/clients", json=body).status_code == 422
    assert mails(company) == []


class Inbox:
    def __init__(self):
        self.received = []

    async def handle_DATA(self, _server, _session, envelope):
        self.received.append((envelope.rcpt_tos, envelope.content.decode()))
        return "250 OK"


def test_mail_is_delivered_after_the_mail_server_was_down(new_register, tmp_path):
    port = free_port()
    with serving(
        new_register("sqlite"), tmp_path, smtp_url=f"smtp://127.0.0.1:{port}", mail_from="us@x.example"
    ) as server:
        company = new_company(server)
        company.new_legacy(email="jane@acme.example", send_email="yes", client_company_name="Acme")
        _until(lambda: mails(company)[0]["last_error"])
        ahead = text("UPDATE outbox SET due_at = due_at + 7200000000")  # as if a clock that was ahead had postponed it
        server.database.write_now(lambda connection: connection.execute(ahead))
        inbox = Inbox()
        smtp = Controller(inbox, hostname="127.0.0.1", port=port)
        smtp.start()
        try:
            _until(lambda: inbox.received)
            _until(lambda: mails(company)[0]["sent_at"] > 0)
        finally:
            smtp.stop()
        ((recipients, content),) = inbox.received
        assert recipients == ["jane@acme.example"]
        assert "Jane Doe" in content
        company.close()


def _until(condition):
    assert eventually(condition)


@pytest.fixture
def with_fields(company):
    def define(connection):
        company_id = companies.find(connection, company.name)
        for name, required in (
            ("tax_office", True),
            ("second", False),
            ("third", False),
            ("fourth", False),
            ("fifth", True),
        ):
            custom_fields.add(connection, company_id, name, "", required)

    company.server.database.write_now(define)
    return company


def test_a_missing_required_custom_field_is_refused_by_its_name(with_fields):
    body = {"first_name": "A", "last_name": "B", "email": "a@b.example"}
    answer = with_fields.api.post("/clients", json=body | {"fifth": " "})
    assert (answer.status_code, answer.json()["errors"]) == (
        422,
        {"tax_office": ["The tax office field is required."], "fifth": ["The fifth field is required."]},
    )
    made = with_fields.api.post("/clients", json=body | {"tax_office": "12", "fifth": "V"}).json()["data"]
    update = with_fields.api.patch(f"/clients/{made['id']}", json={"client_company_name": "Acme", "second": "two"})
    assert list(update.json()["errors"]) == ["tax_office", "fifth"]


def test_the_first_four_custom_fields_are_custom_values_of_v1_and_the_fifth_is_kept(with_fields, hashed):
    made = with_fields.new_legacy(tax_office="12", fourth="IV", fifth="V")
    path = f"/clients/{hashed.encode(made['id'])}"
    seen = with_fields.v1.put(path, json={"custom_value2": "two"}).json()["data"]
    assert [seen[f"custom_value{n}"] for n in range(1, 5)] == ["12", "two", "", "IV"]

    def fifth(connection):
        from core.clients import records

        company_id = companies.find(connection, with_fields.name)
        return records.get(connection, company_id, made["id"])["more_custom_values"]

    assert with_fields.server.database.read_now(fifth) == {"5": "V"}
