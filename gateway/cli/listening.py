"""The address that a server listens on, tried before anything else is done."""

import errno
import os
import socket

from gateway.cli.session import Refused

_REASONS = {
    errno.EADDRNOTAVAIL: "{host} is no address of this machine",
    errno.EACCES: "permission denied",
}


def listening(host: str, port: int, advice: str) -> socket.socket:
    """A socket that listens there; `host` is a name or an address. Raises `Refused`, which gives the advice."""
    try:
        family, _kind, _protocol, _name, address = socket.getaddrinfo(
            host or None, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        return socket.create_server(address[:2], family=family)
    except socket.gaierror as error:
        raise Refused(f"The address {host} is not known here; --host takes one of this machine") from error
    except OSError as error:
        number = error.errno or 0
        reason = _REASONS.get(number, os.strerror(number).lower()).format(host=host)
        raise Refused(f"Port {port} cannot be used ({reason}); {advice}") from error


def check_can_listen(host: str, port: int, advice: str) -> None:
    """Raises `Refused`, which gives the advice, if nobody can listen there."""
    listening(host, port, advice).close()
