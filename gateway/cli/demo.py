"""`gateway demo`: a demo company, and the server."""

from pathlib import Path
from typing import Annotated

import typer
from sqlalchemy import Connection

from core.access import companies, keys, users
from core.operations.outputs import writing
from core.text.secrets import random_name
from gateway.cli.errors import say
from gateway.cli.listening import check_can_listen, url_of
from gateway.cli.serve import serve
from gateway.cli.session import refusals, write

KEY_FILE = Path("data/demo.key")
COMPANY, EMAIL, PASSWORD = "Demo Company", "demo@example.com", "Demo-Password-1"


def demo(port: Annotated[int, typer.Option(min=1, max=65535, help="The port to listen on.")] = 8000) -> None:
    """Serve both dialects on this machine with a demo company, and print a request for each to paste.

    The demo key is created at the first run and stored in data/demo.key; later runs use the same key and data.

    \b
    Example:
      gateway demo --port 8080
    """
    with refusals():
        # Before the requests to paste are printed, because another server would answer them.
        check_can_listen("127.0.0.1", port, "`make run PORT=8080` or `gateway demo --port 8080` takes another")
    key = KEY_FILE.read_text().strip() if KEY_FILE.exists() else random_name(keys.KEY_LENGTH)

    def unit(connection: Connection) -> None:
        company_id = companies.ensure(connection, COMPANY)
        user_id = users.ensure_team_user(connection, company_id, EMAIL, PASSWORD)
        keys.issue(connection, company_id, user_id, "demo", key)

    write(unit, make=True)
    _save_key(key)
    say(_greeting(url_of("127.0.0.1", port)))
    serve(port=port, access_log=False)


def _save_key(key: str) -> None:
    with refusals(), writing(str(KEY_FILE)) as file:
        file.write(f"{key}\n".encode())


def _greeting(url: str) -> str:
    key = f'$(cat "{KEY_FILE}")'
    return f"""
Both dialects serve the company {COMPANY!r}. Its key is in {KEY_FILE}; the password for purge and merge is {PASSWORD}.
{url}/bridge shows the register in a browser: sign in as {EMAIL} with the same password.
Paste into another terminal, in this folder:

  curl -X POST {url}/api/clients -H "Authorization: Bearer {key}" \\
    -d first_name=Jane -d last_name=Doe -d email=jane$RANDOM@acme.example -d client_company_name="Acme Inc"

  curl {url}/api/v1/clients -H "X-API-TOKEN: {key}"
"""
