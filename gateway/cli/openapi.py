"""`gateway openapi`: prints the OpenAPI document of a dialect."""

from typing import Annotated, Any

import orjson
import typer
import yaml

from dialects.shared.openapi.document import openapi_document
from gateway.cli.outputs import Output, written
from gateway.cli.parameters import DialectName
from gateway.cli.session import refusals, settings
from gateway.enabled_dialects import dialects
from schemas.bodies import JSON


class _Dumper(yaml.CSafeDumper):
    """A YAML writer without anchors, which few readers of OpenAPI files expect."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


def openapi(
    dialect: Annotated[DialectName, typer.Argument(help="The dialect: api or v1.")],
    as_json: Annotated[bool, typer.Option("--json", help="JSON instead of YAML.")] = False,
    one_encoding: Annotated[
        bool, typer.Option("--one-encoding", help="Leave out forms where JSON is accepted, for code generators.")
    ] = False,
    output: Output = None,
) -> None:
    """Print the OpenAPI 3.1 document of a dialect, as GATEWAY_PUBLIC_URL serves it.

    A running gateway serves the same at /api/openapi.json and /api/v1/openapi.json. Many code generators do not support
    several encodings of one body: --one-encoding makes a document for them.

    \b
    Example:
      gateway openapi v1 --output api-v1.yaml
    """
    with refusals():
        text = document_text(dialect, as_json, one_encoding)
        with written(output, private=False) as file:
            file.write(text.encode())


def document_text(dialect: str, as_json: bool = False, one_encoding: bool = False) -> str:
    """Return the document as text."""
    chosen = settings()
    enabled_dialects = next(each for each in dialects(chosen) if each.name == dialect)
    document = openapi_document(enabled_dialects, chosen.public_url)
    if one_encoding:
        _leave_out_forms(document)
    if as_json:
        return orjson.dumps(document, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE).decode()
    return str(yaml.dump(document, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=110))


def _leave_out_forms(document: dict[str, Any]) -> None:
    for operations in document["paths"].values():
        for operation in operations.values():
            body = operation.get("requestBody", {}) if isinstance(operation, dict) else {}
            if JSON in body.get("content", {}):
                body["content"] = {JSON: body["content"][JSON]}
