"""Compares an answer with a document's example: the same keys at every level, the same JSON types."""

from typing import Any


def json_type(value: Any) -> str:
    """Return the JSON name of a value's type; integers and fractions are one type."""
    if isinstance(value, bool):
        return "boolean"
    return {str: "string", int: "number", float: "number", list: "array", dict: "object", type(None): "null"}[
        type(value)
    ]


def differences(answer: Any, example: Any, path: str = "$", free: frozenset[str] = frozenset()) -> list[str]:
    """Return where an answer does not have the shape of an example; objects at `free` paths may have further keys.

    An example's null stands for text or null; every item of an array must have the shape of the example's first.
    """
    if example is None:
        return [] if json_type(answer) in ("string", "null") else [f"{path}: {json_type(answer)} instead of null"]
    if answer is None and path.endswith(NULLABLE):
        return []
    if answer is None:
        return [f"{path}: null instead of {json_type(example)}; what may be null is listed in NULLABLE of {__name__}"]
    if json_type(answer) != json_type(example):
        return [f"{path}: {json_type(answer)} instead of {json_type(example)}"]
    if isinstance(example, list):
        return [
            d for n, item in enumerate(answer) if example for d in differences(item, example[0], f"{path}[{n}]", free)
        ]
    if not isinstance(example, dict):
        return []
    found = [f"{path}.{key} is in the example, and not in the answer" for key in example if key not in answer]
    if path not in free:
        found += [
            f"{path}.{key} is in the answer, and not in the dialect's example" for key in answer if key not in example
        ]
        found += [] if list(answer) == [*example] else [f"{path}: other order of keys"] if not found else []
    return found + [
        d for key in example if key in answer for d in differences(answer[key], example[key], f"{path}.{key}", free)
    ]


# The legacy document marks these as string|null.
NULLABLE = (
    ".description",
    ".phone",
    ".website",
    ".vat",
    ".street",
    ".city",
    ".zip",
    ".country",
    ".invoice_due_days",
    "billing.state",
)
