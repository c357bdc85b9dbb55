"""Lists as client programs send them: as arrays, and as objects whose keys are all digits.

PHP's `json_encode` makes such an object of an array with gaps, as `array_filter` leaves it, and forms number their
items (`tags[0]=a&tags[2]=b`). The items are taken in the order of the numbers.
"""

import re
from typing import Any

POSITION_PATTERN = "^[0-9]{1,18}$"  # PHP treats this as a position, and anything longer as a name
_INDEX = re.compile(POSITION_PATTERN)


def as_list(value: Any) -> Any:
    """Return the list that an object with only digits as keys (or none) stands for; any other value as it is."""
    if isinstance(value, dict) and all(map(_INDEX.fullmatch, value)):
        return [value[key] for key in sorted(value, key=int)]
    return value


def as_items(value: Any) -> Any:
    """Return the list like `as_list` if items are objects: a single object is the one item of its list."""
    items = as_list(value)
    return [items] if isinstance(items, dict) else items
