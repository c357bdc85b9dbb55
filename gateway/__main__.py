"""What `gateway` and `python -m gateway` run."""

import gc
import sys

# Nothing that is imported is ever garbage: looking for some meanwhile costs a sixth of the start. Not in `main`, for
# every worker of `gateway serve` imports this module again; there `gateway.app` turns it on when all is imported.
gc.disable()


def main() -> None:
    """Run the command line."""
    if sys.argv[1:] == ["--version"]:  # what scripts ask first needs no command line
        from gateway.cli.version import installed

        print(f"gateway {installed()}")
        return
    # Imported late: no worker needs a command line.
    from gateway.cli.commands import app

    chosen = app(sys.argv[1:])
    gc.freeze()  # or the first collection, which is due at once, would look through all that was imported
    gc.enable()
    chosen(prog_name="gateway")


if __name__ == "__main__":
    main()
