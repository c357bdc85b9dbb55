"""Finds the command for which a shell requests completion, from the variables that the completion scripts set.

Completion runs the program at every press of the key, so it must import only the command that is completed.
"""

import shlex
from collections.abc import Mapping

_ASKED = "_GATEWAY_COMPLETE"
_WORDS = ("COMP_WORDS", "_TYPER_COMPLETE_ARGS")  # of bash, and of the other shells


def typed(environment: Mapping[str, str]) -> list[str] | None:
    """Return the words typed so far after the program's name, the last one perhaps incomplete.

    Returns None if this is not a completion but a run.
    """
    if _ASKED not in environment:
        return None
    line = next((environment[name] for name in _WORDS if name in environment), "")
    words = _split(line)[1:]
    return [*words, ""] if line.endswith(" ") else words


def _split(line: str) -> list[str]:
    try:
        return shlex.split(line)
    except ValueError:  # an unterminated quotation
        return line.split()
