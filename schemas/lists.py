"""Lists as client programs send them: as arrays, or as objects whose keys are all digits.

PHP's `json_encode` writes an array with gaps, as `array_filter` leaves it, as such an object, and forms number their
items (`tags[0]=a&tags[2]=b`). The order of the items is that of the numbers.
"""

import re
from typing import Any

POSITION_PATTERN = "^[0-9]{1,18}$"  # PHP treats such a key as a position, and a longer one as a name
_INDEX = re.compile(POSITION_PATTERN)


def as_list(value: Any) -> Any:
    """Return the list that an object whose keys are all digits represents; return any other value unchanged."""
    if isinstance(value, dict) and all(map(_INDEX.fullmatch, value)):
        return [value[key] for key in sorted(value, key=int)]
    return value


def as_items(value: Any) -> Any:
    """Return the list as `as_list` does, for lists of objects: any other object is the only item of its list."""
    items = as_list(value)
    return [items] if isinstance(items, dict) else items
