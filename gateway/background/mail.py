"""Sending mail over SMTP."""

from email.message import EmailMessage
from typing import Any
from urllib.parse import unquote

from core.query import Record
from gateway.server.addresses import mail_server


class MailFailed(Exception):
    """The mail server did not accept the mail; it may accept it later."""


class Mailer:
    """A mail server by its URL: `smtp://` (STARTTLS if the server offers it) or `smtps://` (TLS from the start)."""

    def __init__(self, url: str, sender: str) -> None:
        parts = mail_server(url)
        # imported late: most registers send no mail
        import aiosmtplib

        self._smtp = aiosmtplib
        self._failures = (aiosmtplib.SMTPException, OSError, ValueError)
        self._sender = sender
        self._options: dict[str, Any] = {
            "hostname": parts.hostname,
            "port": parts.port or (465 if parts.scheme == "smtps" else 25),
            "username": unquote(parts.username) if parts.username else None,
            "password": unquote(parts.password) if parts.password else None,
            "use_tls": parts.scheme == "smtps",
            "timeout": 30,
        }

    async def check_connection(self) -> None:
        """Connect and sign in without sending anything. Raises `MailFailed`."""
        try:
            async with self._smtp.SMTP(**self._options) as server:
                await server.noop()
        except self._failures as error:
            raise MailFailed(str(error)) from error

    async def send(self, mail: Record) -> None:
        """Send one mail of the outbox. Raises `MailFailed`."""
        message = EmailMessage()
        message["From"] = self._sender
        try:
            message["To"] = mail["recipient"]
            message["Subject"] = " ".join(mail["subject"].split())
            message["Message-ID"] = f"<outbox-{mail['id']}@{self._sender.rpartition('@')[2]}>"
            message.set_content(mail["body"])
            await self._smtp.send(message, **self._options)
        except self._failures as error:
            raise MailFailed(str(error)) from error
