"""The child processes of `gateway contract`: `python -m gateway.contract.child PROGRAM ARGUMENT...`.

`gateway` is the command line of a temporary register; `commands` runs several of its commands, given as a JSON array of
arrays of words, and prints an array of their outputs; `reading` and `writing` are Schemathesis without and with
permission to change the deployment, `oracles-reading` and `oracles-writing` our own oracles. Standard input is a pipe
that the command has open: when the command ends in any way, this process ends too.
"""

import gc
import json
import os
import runpy
import signal
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from threading import Thread

_GC_THRESHOLDS = (10_000, 10, 10)  # instead of 700, 10 and 10


def main() -> None:
    """Run the program that the first argument names."""
    Thread(target=_end_with_parent, daemon=True).start()
    program = sys.argv.pop(1)
    if program == "gateway":
        _gateway()
    elif program == "commands":
        _commands(json.loads(sys.argv[1]))
    else:
        run = _oracles if program.startswith("oracles-") else _schemathesis
        run() if program.endswith("writing") else _reading_only(run)


def _end_with_parent() -> None:
    # Nobody writes to the pipe, so a read returns when the last process that has it open for writing has ended.
    with suppress(OSError):
        os.read(sys.stdin.fileno(), 1)
    os.killpg(os.getpgid(0), signal.SIGKILL)


def _gateway() -> None:
    from gateway.contract.commands import temporary_register

    with temporary_register():
        runpy.run_module("gateway.__main__", run_name="__main__")


def _commands(commands: Sequence[Sequence[str]]) -> None:
    from gateway.contract.commands import printed

    try:
        outputs = [printed(dict(os.environ), *words) for words in commands]
    except OSError:
        sys.exit(1)  # the command has printed the reason
    print(json.dumps(outputs))


def _schemathesis() -> None:
    # Imported late: `reading_only` must patch HTTP before, and a gateway does not need it.
    from schemathesis.cli import schemathesis

    # A run creates millions of objects, few in reference cycles; searching for cycles takes a sixth of the time.
    gc.freeze()
    gc.set_threshold(*_GC_THRESHOLDS)
    schemathesis(prog_name="schemathesis")


def _oracles() -> None:
    from gateway.contract.oracles.command import main as judge_all

    sys.exit(judge_all(sys.argv[1]))


def _reading_only(run: Callable[[], None]) -> None:
    from gateway.contract.reading_only import reading_only

    with reading_only() as refused:
        try:
            run()
        finally:
            if refused:
                print("Not sent, because --write was not given:", *sorted(set(refused)), sep="\n  ")
                sys.exit(1)


if __name__ == "__main__":
    main()
