"""The commands, gathered."""

import typer

from gateway.cli import (
    backup,
    bootstrap,
    categories,
    clients,
    contract,
    contract_diff,
    custom_fields,
    db,
    demo,
    openapi,
    outbox,
    serve,
    tokens,
    users,
)

# Plain help and errors: the same on a terminal, in a log and in a container, and nothing is cut to 80 columns in a box.
app = typer.Typer(no_args_is_help=True, add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False)


@app.callback()
def gateway() -> None:
    """One client register that speaks two HTTP APIs: /api and /api/v1.

    Start with `gateway bootstrap`, which prints a key, then `gateway serve`. Settings are environment variables,
    among them GATEWAY_DATABASE_URL, GATEWAY_STORAGE_URL and GATEWAY_PUBLIC_URL.
    """


app.command()(bootstrap.bootstrap)
app.command()(serve.serve)
app.command()(demo.demo)
app.command()(backup.backup)
app.command()(backup.restore)
app.command()(backup.check)
app.command()(openapi.openapi)
app.command()(contract.contract)
app.command("contract-diff")(contract_diff.contract_diff)
app.add_typer(tokens.app, name="token")
app.add_typer(users.app, name="users")
app.add_typer(categories.app, name="categories")
app.add_typer(custom_fields.app, name="custom-fields")
app.add_typer(clients.app, name="clients")
app.add_typer(outbox.app, name="outbox")
app.add_typer(db.app, name="db")
