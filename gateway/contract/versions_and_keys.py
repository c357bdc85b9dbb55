"""Optional headers of requests: existing versions and new idempotency keys instead of random ones.

Schemathesis cannot know that an `ETag` belongs to a record, or that a key is for one request. A random version ends
most requests before they do anything, and so does a key that another request has used.
"""

import re
from dataclasses import dataclass, field
from itertools import count

from schemathesis import Response

from gateway.contract.checks.reading import AnyCase, succeeded

_MATCH, _NONE_MATCH, _KEY = "If-Match", "If-None-Match", "Idempotency-Key"
_VALID_KEY, _INVALID_KEY = re.compile('"?[!#-~]{1,255}"?'), "no key"


@dataclass
class VersionsAndKeys:
    """The versions that the answers of a run have shown, by the path of the record, and a counter for new keys."""

    tags: dict[str, str] = field(default_factory=dict)
    numbers: "count[int]" = field(default_factory=lambda: count(1))

    def learn(self, case: AnyCase, response: Response) -> None:
        """Record the version in an answer."""
        tag = next(iter(response.headers.get("etag") or []), None)
        if succeeded(response) and tag:
            self.tags[_record_in(case)] = tag

    def insert(self, case: AnyCase, negative: bool) -> None:
        """Replace random versions and keys by a known version and a new key; remove a version if none is known."""
        headers = case.headers
        if not headers:
            return
        key = str(headers.get(_KEY, ""))
        if _VALID_KEY.fullmatch(key):
            headers[_KEY] = f"contract-{next(self.numbers)}-{id(self):x}"
        elif _VALID_KEY.fullmatch(key.strip()):  # HTTP would strip the blanks that make it invalid
            headers[_KEY] = _INVALID_KEY
        known = self.tags.get(_record_in(case))
        for name in (_MATCH, _NONE_MATCH):
            if name not in headers:
                continue
            if known is not None and not negative:
                headers[name] = known
            else:
                del headers[name]


def _record_in(case: AnyCase) -> str:
    """Return the path of the record that a request is about: `/api/clients/1` of `/api/clients/1/tags`."""
    parts = str(case.formatted_path).split("/")
    return "/".join(parts[: 5 if parts[2:3] == ["v1"] else 4])
