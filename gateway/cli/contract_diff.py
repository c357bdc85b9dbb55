"""`gateway contract-diff`: what a change of an OpenAPI document would break."""

from pathlib import Path
from typing import Annotated, Any

import typer
import yaml

from gateway.cli.listing import show_lines
from gateway.cli.parameters import AsJson
from gateway.cli.session import Refused, refusals, say
from gateway.reference.breaking.documents import breaking_changes

_File = typer.Argument(exists=True, dir_okay=False, help="An OpenAPI document in YAML or JSON.")


def contract_diff(
    old: Annotated[Path, _File],
    new: Annotated[Path, _File],
    as_json: AsJson = False,
) -> None:
    """List the changes from OLD to NEW that would break an integration, one a line.

    Such are: an operation, parameter or key that is gone, input that is newly required or no longer taken, an answer
    that may hold what it could not before. The exit status is 1 if there are any.

    \b
    Example:
      git show v1.0:openapi/api.yaml > old.yaml && gateway contract-diff old.yaml openapi/api.yaml
    """
    with refusals():
        changes = breaking_changes(_document(old), _document(new))
    show_lines("change", map(str, changes), as_json)
    say(
        f"{new.name}: {len(changes)} breaking changes" if changes else f"{new.name}: nothing that breaks an integration"
    )
    raise typer.Exit(1 if changes else 0)


def _document(file: Path) -> dict[str, Any]:
    try:
        document = yaml.safe_load(file.read_bytes())
    except yaml.YAMLError as error:
        raise Refused(f"{file} is no YAML: {error}") from None
    if not isinstance(document, dict) or "paths" not in document:
        raise Refused(f"{file} is no OpenAPI document.")
    return document
