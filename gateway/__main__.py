"""The entry point of `gateway` and `python -m gateway`."""

import gc
import sys

# Imports create no garbage, and looking for it takes a sixth of the start. Not in `main`, because every worker of
# `gateway serve` imports this module too; there, `gateway.app` enables collection again.
gc.disable()


def main() -> None:
    """Run the command line."""
    if sys.argv[1:] == ["--version"]:  # scripts query the version first; that needs no command line
        from gateway.cli.version import installed

        print(f"gateway {installed()}")
        return
    # Imported late: no worker needs a command line.
    from gateway.cli.commands import app

    chosen = app(sys.argv[1:])
    gc.freeze()  # else the first collection, which is due at once, would scan everything that was imported
    gc.enable()
    chosen(prog_name="gateway")


if __name__ == "__main__":
    main()
