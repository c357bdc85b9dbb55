"""Runs a mirror: the relay, and the comparer that is fed by it."""

import asyncio
import contextlib
import resource
import signal
import socket
from collections.abc import Mapping, Sequence
from typing import Any

from gateway.migration.mirroring.comparer_process import REACHED, ComparerProcess
from gateway.migration.mirroring.observer import Observer
from gateway.migration.mirroring.pending import Budget
from gateway.migration.mirroring.relay import Address, Relay

_GRACE_SECONDS = 20.0  # for requests in progress
_COMPARING_SECONDS = 10.0  # for comparisons that are still pending


async def mirror(
    listening: socket.socket,
    old: Address,
    configuration: Mapping[str, Any],
    prefixes: Sequence[str],
) -> bool:
    """Relay connections until SIGTERM, SIGINT or the goal. Return whether the goal is reached."""
    _raise_limit()
    admin = configuration["admin"]
    comparer = ComparerProcess(configuration, prefixes, [admin] if admin is not None else [])
    budget = Budget()
    relay = Relay(old, lambda: Observer(comparer, budget, comparer.number), comparer.unreachable)
    comparing = asyncio.ensure_future(comparer.run())
    server = await asyncio.get_running_loop().create_server(relay.connection, sock=listening, backlog=2048)
    stopped = asyncio.ensure_future(_stopped())
    await asyncio.wait({comparing, stopped}, return_when=asyncio.FIRST_COMPLETED)
    server.close()
    comparer.ends = True
    await relay.drain(_GRACE_SECONDS)
    await comparer.finish(_COMPARING_SECONDS)
    if not comparing.done():
        await asyncio.wait({comparing}, timeout=1)
    stopped.cancel()
    return comparing.done() and comparing.result() == REACHED


async def _stopped() -> None:
    """Wait for SIGTERM or SIGINT."""
    event, loop = asyncio.Event(), asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, event.set)
    await event.wait()


def _raise_limit() -> None:
    """Allow as many file descriptors as possible: every caller needs two."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    with contextlib.suppress(OSError, ValueError):
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
