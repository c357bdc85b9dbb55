"""Faults of requests as proxies and other programs send them: headers in several lines, percent-encoded letters."""

from tests.contract.faulty import Request, Response, Send
from tests.contract.meaning import fault_of

LINES, ENCODED = "lines_of_a_header_are_one_list", "encoded_letters_are_the_same"


@fault_of("v1", LINES, "only the last line of a header is read")
async def earlier_lines_are_lost(request: Request, send: Send) -> Response:
    return await send(request)  # whose headers are a table, with one value for each name


@fault_of("api", LINES, "only the last preference is read")
async def earlier_preferences_are_lost(request: Request, send: Send) -> Response:
    return await send(request)


def _not_found(dialect: str) -> Response:
    return Response(404, {"content-type": "application/json"}).with_json(
        {"message": "Not found"} | ({"errors": {}} if dialect == "v1" else {})
    )


@fault_of("v1", ENCODED, "a path with percent-encoded letters is not found")
async def encoded_letters_are_not_decoded(request: Request, send: Send) -> Response:
    return _not_found("v1") if b"%" in request.raw_path else await send(request)


@fault_of("api", ENCODED, "an id with percent-encoded digits is not found")
async def encoded_ids_are_not_decoded(request: Request, send: Send) -> Response:
    return _not_found("api") if b"%" in request.raw_path.rpartition(b"/")[2] else await send(request)
