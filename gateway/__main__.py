"""What `gateway` and `python -m gateway` run."""

import gc
import sys


def main() -> None:
    """Run the command line."""
    # Nothing that is imported is ever garbage: looking for some meanwhile costs a sixth of the start.
    gc.disable()
    # Imported late: every worker of `gateway serve` imports this module again and needs no command line.
    from gateway.cli.commands import app

    chosen = app(sys.argv[1:])
    gc.enable()
    chosen(prog_name="gateway")


if __name__ == "__main__":
    main()
