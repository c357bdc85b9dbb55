"""Lists as client programs send them: as arrays, and as objects whose keys are all digits.

PHP's `json_encode` makes such an object of an array that has gaps, as `array_filter` leaves it, and forms number their
items (`tags[0]=a&tags[2]=b`). The items are taken in the order of the numbers.
"""

import re
from typing import Any

POSITION_PATTERN = "^[0-9]{1,18}$"  # what PHP takes for a position; anything longer is a name
_INDEX = re.compile(POSITION_PATTERN)


def as_list(value: Any) -> Any:
    """The list that an object with only digits as keys stands for, an empty one included; else the value itself."""
    if isinstance(value, dict) and all(map(_INDEX.fullmatch, value)):
        return [value[key] for key in sorted(value, key=int)]
    return value


def as_items(value: Any) -> Any:
    """Like `as_list` where items are objects: a single object is the one item of its list."""
    items = as_list(value)
    return [items] if isinstance(items, dict) else items
