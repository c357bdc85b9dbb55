"""Conditional requests (RFC 9110, section 13): tags named in a request against the one that is there.

The tag of what a dialect shows of a record unasked is the record's version, the same in both dialects. What was asked
to be shown in another way (`include=…`) is another representation: its tag is the version, `+`, and a digest of the
body. So is what a key of another edition is shown: there the digest is of the edition. A write compares versions alone,
so a tag of any representation will do for it.
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

# What an `If-Match` may be: `*`, or tags between commas.
_QUOTED = r'(W/)?"[!#-~\x80-\xff]+"'
TAGS_PATTERN = rf"^[ \t,]*(\*|{_QUOTED}([ \t]*,[ \t,]*{_QUOTED})*)[ \t,]*$"

_ANY = "*"
_TAG = re.compile(r'[ \t,]*(?:W/)?"([\x21\x23-\x7e\x80-\xff]+)"[ \t]*(?=,|$)')
# What compressing proxies append inside the quotes: Apache, lighttpd and Caddy -gzip, Jetty --gzip, others ;gzip.
_OF_PROXIES = re.compile(r"[-;:+.]{1,2}(?:gzip|deflate|br|zstd)$")


def etag(tag: str) -> str:
    """Return a tag as an `ETag`."""
    return f'"{tag}"'


def tag_of(call: Call, answer: Answer) -> str:
    """Return the tag of an answer that shows one record: its version, and a digest where the query shaped the body."""
    shaping = {parameter.name for parameter in call.operation.query} if call.query_pairs else set()
    if not any(text and name in shaping for name, text in call.query_pairs):
        return f"{answer.version}+{answer.shape}" if answer.shape else answer.version
    return f"{answer.version}+{sha256(orjson.dumps(answer.content)).hexdigest()[:16]}"


def is_unchanged(headers: Headers, tag: str) -> bool:
    """Return whether the client that reads has this representation already (`If-None-Match`, compared weakly).

    A header that is no list of tags counts as none: it could only spare bytes.
    """
    try:
        tags = _tags(headers, _IF_NONE_MATCH)
    except MalformedHeader:
        return False
    return tags is not None and (_ANY in tags or tag in tags)


def check_read(call: Call, answer: Answer, headers: Headers) -> None:
    """Raise `PreconditionFailed` where `If-Match` names other versions than that shown; `MalformedHeader`."""
    if not _names(_tags(headers, _IF_MATCH), answer.version, unasked=True):
        raise PreconditionFailed(call.operation.noun)


def check_write(call: Call, headers: Headers) -> None:
    """Hold the record that a write is about and compare its version, where the request names any.

    The comparison is meant to be strong; but no answer leaves here with a weak tag, so one that is weak was made so by
    a proxy which compressed the answer, and names the version all the same. Raises `PreconditionFailed`,
    `VersionExcluded`, `NothingToMatch` where no record is there, and `MalformedHeader`.
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
    if not _names(wanted, version, unasked=True):
        raise PreconditionFailed(operation.noun)
    if _names(excluded, version, unasked=False):
        raise VersionExcluded(operation.noun)


def _names(tags: Sequence[str] | None, tag: str, unasked: bool) -> bool:
    """Return whether tags name this one's version; `unasked` where there is no such header."""
    return unasked if tags is None else _ANY in tags or _version_of(tag) in map(_version_of, tags)


def _version_of(tag: str) -> str:
    return tag.partition("+")[0]


def _tags(headers: Headers, name: str) -> list[str] | None:
    """Return what stands between the quotes of every tag in all headers of this name, or `*` alone; None without one."""
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
