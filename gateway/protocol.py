"""HTTP/1.1 as the gateway hears it: uvicorn's httptools protocol, except that no verb is too strange for a 405.

The parser knows a fixed list of verbs and drops the connection at any other, while both dialects promise a 405 with
`Allow` for unheard-of ones too (RFC 9110, section 15.5.6). So a verb that no resource can know is handed on as TRACE,
which is one of those; the access log shows it as that.
"""

import re

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

_REQUEST_LINE = re.compile(rb"([!#$%&'*+.^_`|~0-9A-Za-z-]{1,64}) (?=[^ \r\n]+ HTTP/1\.[01]\r?\n)")
_HEARD_OF = frozenset({b"GET", b"HEAD", b"POST", b"PUT", b"PATCH", b"DELETE", b"OPTIONS", b"TRACE"})


class AnyVerbProtocol(HttpToolsProtocol):
    """Accepts every verb that is a token."""

    def data_received(self, data: bytes) -> None:
        """Take bytes from the connection."""
        between_requests = self.cycle is None or self.cycle.response_complete
        found = _REQUEST_LINE.match(data) if between_requests else None
        if found and found[1] not in _HEARD_OF:
            data = b"TRACE " + data[found.end() :]
        super().data_received(data)
