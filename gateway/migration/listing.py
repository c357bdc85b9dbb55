"""Lists of the documented APIs, read page by page."""

from collections.abc import AsyncIterator, Callable, Mapping
from typing import Any

from gateway.migration.remote import Remote, SourceFailed

Meta = Callable[[Mapping[str, Any]], tuple[int, int]]
"""From a list's `meta` to the last page and the number of all items."""


async def items(
    remote: Remote, path: str, query: Mapping[str, Any], meta: Meta, first: int = 1, optional: bool = False
) -> AsyncIterator[tuple[int, list[Any], int]]:
    """Number, items and total of every page. Nothing if there is no such list and it is `optional`."""
    number = first
    while True:
        answer = await remote.json(path, {**query, "page": number}, optional)
        if answer is None:
            return
        try:
            data = answer["data"]
            last, total = meta(answer["meta"])
            if not isinstance(data, list) or not isinstance(last, int) or not isinstance(total, int):
                raise TypeError
        except (KeyError, TypeError) as error:
            raise SourceFailed(
                f"The system at {remote.url}{path} does not answer a list as it is documented."
            ) from error
        yield number, data, total
        if number >= last or not data:
            return
        number += 1
