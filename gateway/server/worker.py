"""A process that serves on inherited sockets until its supervisor stops it or dies.

The supervisor may be of another version of this program, so the interface stays the same: the numbers of the listening
sockets and of a channel are arguments. A worker writes a byte to the channel when it serves, and one for each byte that
it receives. SIGTERM stops it, SIGUSR1 makes it hand over.
"""

import gc

gc.disable()  # imports create no garbage; `gateway.app` enables collection

import os  # noqa: E402
import signal  # noqa: E402
import socket  # noqa: E402
import sys  # noqa: E402
from threading import Thread  # noqa: E402

from gateway.server.graceful import CANNOT_START, HAND_OVER, GracefulServer, configuration  # noqa: E402


def main() -> None:
    """Serve."""
    listeners = [socket.socket(fileno=int(number)) for number in sys.argv[1].split(",")]
    channel = socket.socket(fileno=int(sys.argv[2]))
    # At the end uvicorn raises the signal again, which would end the process as if it had been killed.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    signal.signal(signal.SIGHUP, signal.SIG_IGN)  # a closed terminal signals all processes; the supervisor decides
    server = GracefulServer(configuration(), started=lambda: _started(channel))
    signal.signal(HAND_OVER, lambda *_: server.hand_over())
    try:
        server.run(listeners)
    except KeyboardInterrupt:
        return
    if not server.started:
        sys.exit(CANNOT_START)


def _started(channel: socket.socket) -> None:
    channel.sendall(b".")
    Thread(target=_answer, args=(channel,), daemon=True).start()


def _answer(channel: socket.socket) -> None:
    """Answer the pings of the supervisor; stop the worker when there is no supervisor any more."""
    try:
        while ping := channel.recv(1):
            channel.sendall(ping)
    except OSError:
        pass
    os.kill(os.getpid(), signal.SIGTERM)


if __name__ == "__main__":
    main()
