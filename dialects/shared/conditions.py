"""Conditional requests (RFC 9110, section 13): compares the tags in a request with that of the present record.

The tag of a record as a dialect shows it by default is the record's version, the same in both dialects. Another
representation, selected by the query (`include=…`), has the version, `+`, and a digest of the body as its tag; one for
a key of another edition has a digest of the edition. A write compares versions only, so it accepts the tag of any
representation.
"""

import re
from collections.abc import Sequence
from hashlib import sha256

import orjson
from starlette.datastructures import Headers

from dialects.shared.operation import Answer, Call
from schemas.errors import MalformedHeader, NothingToMatch, PreconditionFailed, VersionExcluded

_IF_MATCH = "if-match"
_IF_NONE_MATCH = "if-none-match"
ETAG_PATTERN = r'^"[0-9a-f]+(-[0-9a-f]+)*(\+[0-9a-f]{16})?"$'

# The form of an `If-Match` header: `*`, or tags separated by commas.
_QUOTED = r'(W/)?"[!#-~\x80-\xff]+"'
TAGS_PATTERN = rf"^[ \t,]*(\*|{_QUOTED}([ \t]*,[ \t,]*{_QUOTED})*)[ \t,]*$"

_ANY = "*"
_TAG = re.compile(r'[ \t,]*(?:W/)?"([\x21\x23-\x7e\x80-\xff]+)"[ \t]*(?=,|$)')
# Compressing proxies append inside the quotes: Apache, lighttpd and Caddy -gzip, Jetty --gzip, others ;gzip.
_OF_PROXIES = re.compile(r"[-;:+.]{1,2}(?:gzip|deflate|br|zstd)$")


def etag(tag: str) -> str:
    """Return a tag as the value of an `ETag` header."""
    return f'"{tag}"'


def tag_of(call: Call, answer: Answer) -> str:
    """Return the tag of an answer that shows one record: its version, and a digest if the query selected the body."""
    shaping = {parameter.name for parameter in call.operation.query} if call.query_pairs else set()
    if not any(text and name in shaping for name, text in call.query_pairs):
        return f"{answer.version}+{answer.shape}" if answer.shape else answer.version
    return f"{answer.version}+{sha256(orjson.dumps(answer.content)).hexdigest()[:16]}"


def is_unchanged(headers: Headers, tag: str) -> bool:
    """Return whether the reader already has this representation (`If-None-Match`, weak comparison).

    A malformed header is ignored, because then the whole answer is sent, which is always correct.
    """
    try:
        tags = _tags(headers, _IF_NONE_MATCH)
    except MalformedHeader:
        return False
    return tags is not None and (_ANY in tags or tag in tags)


def check_read(call: Call, answer: Answer, headers: Headers) -> None:
    """Raise `PreconditionFailed` if `If-Match` names other versions than the one shown, and `MalformedHeader`."""
    if not _names(_tags(headers, _IF_MATCH), answer.version, default=True):
        raise PreconditionFailed(call.operation.noun)


def check_write(call: Call, headers: Headers) -> None:
    """Lock the record of a write and compare its version, if the request names any.

    RFC 9110 demands strong comparison. But no answer is sent with a weak tag, so a weak one was made by a proxy that
    compressed the answer, and still names the version. Raises `PreconditionFailed`, `VersionExcluded`, `NothingToMatch`
    if there is no record, and `MalformedHeader`.
    """
    wanted = _tags(headers, _IF_MATCH)
    operation = call.operation
    if operation.target is None:
        if wanted is not None and _ANY not in wanted:
            raise NothingToMatch(operation.noun)
        return
    excluded = _tags(headers, _IF_NONE_MATCH)
    if wanted is None and excluded is None:
        return
    version = call.lock().version
    if not _names(wanted, version, default=True):
        raise PreconditionFailed(operation.noun)
    if _names(excluded, version, default=False):
        raise VersionExcluded(operation.noun)


def _names(tags: Sequence[str] | None, tag: str, default: bool) -> bool:
    """Return whether one of the tags names the same version as `tag`; without the header, return `default`."""
    return default if tags is None else _ANY in tags or _version_of(tag) in map(_version_of, tags)


def _version_of(tag: str) -> str:
    return tag.partition("+")[0]


def _tags(headers: Headers, name: str) -> list[str] | None:
    """Return the content of every tag in all headers of this name, or `*` alone; None without such a header."""
    if headers.get(name) is None:
        return None
    given = ",".join(headers.getlist(name)).strip(" \t,")
    if given == _ANY:
        return [_ANY]
    tags, at = [], 0
    while (found := _TAG.match(given, at)) is not None:
        tags.append(_OF_PROXIES.sub("", found[1]))
        at = found.end()
    if not tags or at != len(given):
        raise MalformedHeader(
            f'The {name.title()} header must be * or the ETag of an answer in its double quotes, such as "1a2b-3c".'
        )
    return tags
