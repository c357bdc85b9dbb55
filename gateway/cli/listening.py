"""The addresses that a server listens on: opened here, or inherited from the process that starts it."""

import errno
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from gateway.cli.errors import CommandError

_REASONS = {
    errno.EADDRNOTAVAIL: "{host} is not an address of this machine",
    errno.EACCES: "permission denied",
}
_EVERYWHERE = {"": "127.0.0.1", "0.0.0.0": "127.0.0.1", "::": "127.0.0.1"}  # noqa: S104 (shown, not bound)
_NO_SUCH_FAMILY = (errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT)
_FIRST_INHERITED = 3  # sd_listen_fds(3)


def url_of(host: str, port: int) -> str:
    """Return the URL of a server that listens there, as reached from this machine."""
    host = _EVERYWHERE.get(host, host)
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def listening(host: str, port: int, advice: str) -> socket.socket:
    """Return a socket that listens on `host`, a name or an address. Raises `CommandError` with this advice."""
    with _refusing(host, port, advice):
        family, address = _addresses(host, port)[0]
        return socket.create_server(address[:2], family=family)


def bound(host: str, port: int, advice: str) -> list[socket.socket]:
    """Return sockets that are bound to all addresses of `host`, but do not listen yet.

    Raises `CommandError` with this advice.
    """
    check_can_listen(host, port, advice)
    with _refusing(host, port, advice):
        found = _addresses(host, port)
        made = [_bound(family, address, is_alone=len(found) == 1) for family, address in found]
    return [each for each in made if each is not None]


def inherited() -> list[socket.socket]:
    """Return the sockets that systemd or a similar program has passed to this process (LISTEN_PID, LISTEN_FDS).

    Raises `CommandError`.
    """
    mine = os.environ.pop("LISTEN_PID", "") == str(os.getpid())
    count = os.environ.pop("LISTEN_FDS", "0")
    os.environ.pop("LISTEN_FDNAMES", None)
    if not mine or not count.isdecimal():
        return []
    found = [socket.socket(fileno=_FIRST_INHERITED + number) for number in range(int(count))]
    if any(each.family not in (socket.AF_INET, socket.AF_INET6) or each.type != socket.SOCK_STREAM for each in found):
        raise CommandError("The sockets passed in LISTEN_FDS must be TCP sockets: ListenStream=PORT in a .socket unit")
    return found


def check_can_listen(host: str, port: int, advice: str) -> None:
    """Raise `CommandError` with this advice if it is not possible to listen there."""
    listening(host, port, advice).close()


def _addresses(host: str, port: int) -> list[tuple[int, Any]]:
    found = socket.getaddrinfo(host or None, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    return list(dict.fromkeys((family, address) for family, _kind, _protocol, _name, address in found))


def _bound(family: int, address: Any, is_alone: bool) -> socket.socket | None:
    """Return a bound socket; None if the machine has no such addresses, for example no IPv6."""
    try:
        made = socket.socket(family)
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            made.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, not is_alone)
        made.bind(address)
    except OSError as error:
        if error.errno in _NO_SUCH_FAMILY:
            return None
        raise
    return made


@contextmanager
def _refusing(host: str, port: int, advice: str) -> Iterator[None]:
    try:
        yield
    except socket.gaierror as error:
        raise CommandError(f"The address {host} is unknown; --host needs an address of this machine") from error
    except OSError as error:
        number = error.errno or 0
        reason = _REASONS.get(number, os.strerror(number).lower()).format(host=host)
        raise CommandError(f"Port {port} cannot be used ({reason}); {advice}") from error
