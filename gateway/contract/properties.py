"""Properties of a schema, said in another way."""

import re
from collections.abc import Collection
from typing import Any


def name_by_pattern(schema: Any, names: Collection[str]) -> None:
    """Give these properties by a pattern that is their name, wherever they stand: the schema allows the same."""
    if isinstance(schema, dict):
        properties = schema.get("properties", {})
        for name in properties.keys() & set(names):
            schema.setdefault("patternProperties", {})[f"^{re.escape(name)}$"] = properties.pop(name)
    for each in schema.values() if isinstance(schema, dict) else schema if isinstance(schema, list) else ():
        name_by_pattern(each, names)
