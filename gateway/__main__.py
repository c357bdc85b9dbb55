"""What `gateway` and `python -m gateway` run."""


def main() -> None:
    """Run the command line."""
    # Imported late: every worker of `gateway serve` imports this module again and needs no command line.
    from gateway.cli.commands import app

    app(prog_name="gateway")


if __name__ == "__main__":
    main()
