"""The mail server: whether it would take a mail from us."""

from gateway.background.mail import Mailer, MailFailed
from gateway.doctor.finding import Finding, failure, ok, warning


async def examine(url: str | None, sender: str) -> Finding:
    """Greet the server and sign in, as before a mail, and send none."""
    if not url:
        return warning("mail", "There is no mail server; mail waits in the outbox.", "Set GATEWAY_SMTP_URL.")
    try:
        await Mailer(url, sender).greet()
    except (MailFailed, ValueError) as error:
        said = str(error).rstrip(".") or type(error).__name__
        return failure("mail", f"The mail server does not take us: {said}.", "Look at GATEWAY_SMTP_URL.")
    return ok("mail", "The mail server greets us, and takes our password if we have one.")
