"""`/llms.txt` (llmstxt.org): what a language model needs to write a program for either dialect."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from dialects.shared.dialect import Dialect
from dialects.shared.openapi.document import openapi_document

_METHODS = ("get", "post", "put", "patch", "delete")
_HEAD = """# One client register, two HTTP APIs

> Clients, their contacts, documents, tags and categories, through two documented APIs over the same data: what one
> writes, the other reads at once. Every key belongs to one company and opens both APIs, unless it is limited to one; a
> refusal says what the key lacks.

- Take the complete shapes, limits and errors from the OpenAPI documents below; nothing else is offered.
- POST, PUT and PATCH take JSON and forms. With an `Idempotency-Key`, a write that is sent several times is done once.
- A client has an `ETag`: send it as `If-Match` to avoid overwriting changes of others.
- A 429 says in `Retry-After` when to come back; a 422 names each field that is wrong.
- Read changes from `GET {changes}` instead of reading everything again.
- `gateway mock` serves a register with known contents for tests; `gateway mcp` offers these operations as tools.
"""
_KEYS = {
    "api": "The key is sent as `Authorization: Bearer KEY`. Ids are whole numbers.",
    "v1": "The key is sent as `X-API-TOKEN: KEY`. Ids are texts; what cannot be undone also needs `X-API-PASSWORD`.",
}


def text_for_models(dialects: Sequence[Dialect], public_url: str) -> str:
    """Return the text, with absolute links."""
    described = [each for each in dialects if each.reference]
    changes = "` and `".join(f"{each.prefix}/changes" for each in described)
    sections = ["\n".join(_section(each, public_url)) for each in described]
    links = f"## Optional\n\n- [Documentation]({public_url}/docs): a page where every request can be tried\n"
    return "\n".join([_HEAD.format(changes=changes), *sections, links])


def _section(dialect: Dialect, public_url: str) -> Iterator[str]:
    document = openapi_document(dialect, public_url)
    yield f"## {dialect.prefix}\n"
    yield f"{_KEYS.get(dialect.name, '')}\n"
    yield f"- [OpenAPI document]({public_url}{dialect.prefix}/openapi.json): OpenAPI 3.1, with an example of everything"
    yield from _operations(document)
    yield ""


def _operations(document: Mapping[str, Any]) -> Iterator[str]:
    for path, operations in document["paths"].items():
        for method in (each for each in _METHODS if each in operations):
            yield f"- `{method.upper()} {path}`: {operations[method]['summary']}"
