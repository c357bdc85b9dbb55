"""Checks that the mail server would accept mail."""

from gateway.background.mail import Mailer, MailFailed
from gateway.doctor.finding import Finding, failure, ok, warning


async def examine(url: str | None, sender: str) -> Finding:
    """Connect to the server and sign in, as before sending, and return the finding. No mail is sent."""
    if not url:
        return warning("mail", "There is no mail server; mail waits in the outbox.", "Set GATEWAY_SMTP_URL.")
    try:
        await Mailer(url, sender).check_connection()
    except (MailFailed, ValueError) as error:
        problem = str(error).rstrip(".") or type(error).__name__
        return failure("mail", f"The mail server refuses the connection: {problem}.", "Check GATEWAY_SMTP_URL.")
    return ok("mail", "The mail server answers, and accepts the password if one is set.")
