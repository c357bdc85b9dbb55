"""Example requests for a terminal, in PHP and in Python. Each can be run after filling in a key."""

import json
import shlex
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from core.query import Record
from gateway.pages.bridge.client_dialects import ClientDialect, row_of
from schemas.types import Schema

KEY = "YOUR_KEY"
_CHANGED = "private_notes"


@dataclass(frozen=True)
class Sample:
    """A request, and its text by language."""

    title: str
    method: str
    url: str
    headers: Mapping[str, str]
    body: Mapping[str, Any] = field(default_factory=dict)

    @property
    def texts(self) -> Mapping[str, str]:
        """Return the name of each language, and the request in it."""
        return {name: write(self) for name, write in _LANGUAGES.items()}


def samples(client_dialect: ClientDialect, client: Record, public_url: str) -> list[Sample]:
    """Return the requests to read the client in a dialect, and to change its notes."""
    url = public_url + client_dialect.path(client["id"])
    key = _key_header(client_dialect)
    body = _change(client_dialect, client)
    change = Sample(
        "Change its notes", client_dialect.update_method, url, key | {"Content-Type": "application/json"}, body
    )
    return [Sample("Read this client", "GET", url, key), change]


def _key_header(client_dialect: ClientDialect) -> dict[str, str]:
    reference = client_dialect.dialect.reference
    assert reference is not None
    scheme: Schema = reference.security_schemes[reference.key_scheme]
    return {"Authorization": f"Bearer {KEY}"} if scheme["type"] == "http" else {scheme["name"]: KEY}


def _change(client_dialect: ClientDialect, client: Record) -> dict[str, Any]:
    """Return a body with new notes, and the required fields unchanged."""
    fields = client_dialect.fields
    required_values = [row for row in fields.fields() if "update" in row.required]
    body = {row.input_key: row.type.format(fields.attribute(row.attribute).read(client)) for row in required_values}
    notes = row_of(fields, _CHANGED)
    return body | ({notes.input_key: "Key account."} if notes else {})


def _curl(sample: Sample) -> str:
    method = [] if sample.method == "GET" else [f"-X {sample.method}"]
    parts = [" ".join(["curl", *method, shlex.quote(sample.url)])]
    parts += [f"-H {shlex.quote(f'{name}: {value}')}" for name, value in sample.headers.items()]
    if sample.body:
        parts.append(f"-d {shlex.quote(json.dumps(sample.body, ensure_ascii=False))}")
    return " \\\n  ".join(parts)


def _php(sample: Sample) -> str:
    headers = "".join(f"        {_php_text(f'{name}: {value}')},\n" for name, value in sample.headers.items())
    pairs = "".join(f"        {_php_text(name)} => {_php_text(value)},\n" for name, value in sample.body.items())
    body = f"    CURLOPT_POSTFIELDS => json_encode([\n{pairs}    ]),\n" if sample.body else ""
    return (
        f"<?php\n$request = curl_init({_php_text(sample.url)});\n"
        f"curl_setopt_array($request, [\n    CURLOPT_CUSTOMREQUEST => {_php_text(sample.method)},\n"
        f"    CURLOPT_RETURNTRANSFER => true,\n    CURLOPT_HTTPHEADER => [\n{headers}    ],\n{body}]);\n"
        "print_r(json_decode(curl_exec($request), true));"
    )


def _php_text(value: Any) -> str:
    quoted = str(value).replace("\\", "\\\\").replace("'", "\\'")
    return f"'{quoted}'"


def _python(sample: Sample) -> str:
    headers = "".join(f"        {name!r}: {value!r},\n" for name, value in sample.headers.items())
    pairs = "".join(f"        {name!r}: {value!r},\n" for name, value in sample.body.items())
    body = f"    data=json.dumps({{\n{pairs}    }}).encode(),\n" if sample.body else ""
    return (
        "import json\nfrom urllib.request import Request, urlopen\n\n"
        f"request = Request(\n    {sample.url!r},\n    method={sample.method!r},\n"
        f"    headers={{\n{headers}    }},\n{body})\n"
        "with urlopen(request) as answer:\n    print(json.load(answer))"
    )


_LANGUAGES: Mapping[str, Callable[[Sample], str]] = {"curl": _curl, "PHP": _php, "Python": _python}
