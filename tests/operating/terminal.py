"""Runs a command on a terminal, where it can ask questions."""

import os
import pty
import select
import time

from tests.forking import PROGRAM, ForkedPopen
from tests.gateway.command_line import CommandLine


def answered(command_line: CommandLine, answer: str, *arguments: object) -> tuple[int, str]:
    """Run a command on a terminal and answer its first question.

    Return its exit status and everything that was shown.
    """
    leader, follower = pty.openpty()
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("GATEWAY_")}
    process = ForkedPopen(
        [*PROGRAM, *map(str, arguments)],
        env=inherited | command_line.settings,
        stdin=follower,
        stdout=follower,
        stderr=follower,
        start_new_session=True,
    )
    os.close(follower)
    shown, end, is_asked = b"", time.monotonic() + 60, False
    while time.monotonic() < end:
        if not select.select([leader], [], [], 0.1)[0]:
            continue
        try:
            shown += os.read(leader, 4096)
        except OSError:  # the other side was closed
            break
        if b"[y/N]" in shown and not is_asked:
            is_asked = True
            os.write(leader, answer.encode() + b"\n")
    os.close(leader)
    return process.wait(60), shown.decode()
