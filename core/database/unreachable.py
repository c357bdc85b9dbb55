"""Why a database cannot be opened, in words for the operator, with advice.

libpq has no error codes for what goes wrong before a session begins, so the driver's text is parsed. Text in another
language than English is passed on unchanged.
"""

import os
import re
from contextlib import suppress
from pathlib import Path

_SERVER = re.compile(r'connection to server (?:at|on socket) "(?P<host>[^"]+)"(?:[^,]*, port (?P<port>\d+))? failed: ')
_NO_ANSWER = "it does not answer; check host, port, network and firewall"
_ADVICE = {
    r"Connection refused|No such file": "it is not running there; start it, or correct host and port in the URL",
    r"timeout expired|timed out|No route|unreachable": _NO_ANSWER,
    r"password authentication failed": "correct user or password in the URL, special characters percent-encoded",
    r"no password supplied": "the URL has none: postgresql://USER:PASSWORD@HOST/NAME",
    r'database "(?P<name>.+)" does not exist': "create it with `createdb {name}`, or correct the name in the URL",
    r'role "(?P<name>.+)" does not exist': "create this user with `createuser {name}`, or correct the URL",
    r"not permitted to log in": "use another user in the URL, or allow this one to log in with ALTER ROLE … LOGIN",
    r"too many (?:connections|clients)|connection slots are reserved": "raise max_connections, or the limit of this"
    " user or database, or start fewer workers",
    r"does not support SSL": "turn ssl on on the server, or remove sslmode=require from the URL",
    r"certificate": "correct sslmode and sslrootcert in the URL",
    r"pg_hba\.conf": "allow this user there, or, if only TLS is allowed, add ?sslmode=require to the URL",
    r"starting up|shutting down|not currently accepting": "try again later",
}
_UNKNOWN_HOST = re.compile(r"failed to resolve host '?(?P<host>[^':]+)'?")
_NOT_UNDERSTOOD = re.compile(r"invalid connection option|invalid \S+ value|invalid integer value|invalid port number")


def why_not_connected(error: BaseException) -> str | None:
    """Return why PostgreSQL cannot be connected to; None if the error and its causes are of another kind."""
    # Errors inside a session have a code; errors before it have none.
    message = next((str(each) for each in _causes(error) if getattr(each, "sqlstate", "") is None), None)
    if message is None:
        return None
    if unknown := _UNKNOWN_HOST.search(message):
        return f"the host {unknown['host']} is not known; correct it in the URL"
    if _NOT_UNDERSTOOD.search(message):
        return f"the URL cannot be parsed: {message.removeprefix('connection is bad: ').splitlines()[0]}"
    if "connection timeout expired" in message:
        return f"PostgreSQL: {_NO_ANSWER}"
    found = _SERVER.search(message)
    return f"PostgreSQL at {_address_in_words(found)}: {_advised(message[found.end() :])}" if found else None


def why_not_opened(file: Path) -> str | None:
    """Return why an SQLite file cannot be opened or created; None if there is no reason."""
    is_new = not file.exists()
    try:
        os.close(os.open(file, os.O_RDWR | (os.O_CREAT | os.O_EXCL if is_new else 0)))
    except OSError as error:
        return f"the file {file} cannot be {'created' if is_new else 'written'}: {(error.strerror or '').lower()}"
    if is_new:
        with suppress(OSError):
            file.unlink()
    elif not os.access(file.parent, os.W_OK):
        return f"the folder {file.parent} cannot be written, and SQLite keeps its journal beside the file"
    return None


def _causes(error: BaseException | None) -> list[BaseException]:
    found: list[BaseException] = []
    while error is not None and len(found) < 10:
        found += [error, *filter(None, [getattr(error, "orig", None)])]
        error = error.__cause__
    return found


def _address_in_words(found: re.Match[str]) -> str:
    return f"{found['host']}, port {found['port']}" if found["port"] else found["host"]


def _advised(text: str) -> str:
    message = text.splitlines()[0].removeprefix("FATAL:").strip()
    for pattern, advice in _ADVICE.items():
        if matched := re.search(pattern, message):
            return f"{message}; {advice.format(**matched.groupdict())}"
    return message
