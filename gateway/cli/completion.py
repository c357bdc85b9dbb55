"""Which command a shell wants completed, by what the scripts of `gateway --show-completion` hand over.

Completion runs the program at every press of the key, so it must import no more than the command that is completed.
"""

import shlex
from collections.abc import Mapping

_ASKED = "_GATEWAY_COMPLETE"
_WORDS = ("COMP_WORDS", "_TYPER_COMPLETE_ARGS")  # of bash, and of the other shells


def typed(environment: Mapping[str, str]) -> list[str] | None:
    """Return the words that were typed so far behind the program's name, the last one perhaps not to its end.

    None if this is no completion but a run.
    """
    if _ASKED not in environment:
        return None
    line = next((environment[name] for name in _WORDS if name in environment), "")
    words = _split(line)[1:]
    return [*words, ""] if line.endswith(" ") else words


def _split(line: str) -> list[str]:
    try:
        return shlex.split(line)
    except ValueError:  # a quotation that has only begun
        return line.split()
