"""The entry point of `gateway` and `python -m gateway`."""

import gc
import sys

# Imports create no garbage, and collecting meanwhile costs a sixth of the start. Not in `main`, because
# every worker of `gateway serve` imports this module again; there `gateway.app` turns it on when all is imported.
gc.disable()


def main() -> None:
    """Run the command line."""
    if sys.argv[1:] == ["--version"]:  # scripts ask for the version first; that needs no command line
        from gateway.cli.version import installed

        print(f"gateway {installed()}")
        return
    # Imported late: no worker needs a command line.
    from gateway.cli.commands import app

    chosen = app(sys.argv[1:])
    gc.freeze()  # or the first collection, which is due at once, would scan all that was imported
    gc.enable()
    chosen(prog_name="gateway")


if __name__ == "__main__":
    main()
