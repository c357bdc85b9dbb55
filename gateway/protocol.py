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

    def send_400_response(self, _msg: str) -> None:
        """Answer what cannot be parsed, in the shape that both dialects' errors have, and hang up."""
        # What is not HTTP has no dialect unless its first line could still be read.
        errors = b', "errors": {}' if getattr(self, "url", b"").startswith(b"/api/v1/") else b""
        body = b'{"message": "The request is not valid HTTP."%s}' % errors
        self.transport.write(
            b"HTTP/1.1 400 Bad Request\r\ncontent-type: application/json\r\ncontent-length: %d\r\n"
            b"connection: close\r\n\r\n%s" % (len(body), body)
        )
        self.transport.close()
