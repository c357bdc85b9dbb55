"""Runs oracles on a running gateway, as `gateway contract URL --write` does, within the process of the tests."""

from collections.abc import Collection, Sequence

import requests

from gateway.contract.operations import PREFIXES, document_of
from gateway.contract.oracles.api import Api, session_of
from gateway.contract.oracles.run import judge, load
from gateway.contract.oracles.scene import Scene, Verdict


def scene_of(url: str, dialect: str, keys: Sequence[str], password: str, session: requests.Session) -> Scene:
    """A scene for the first key's company, which may write, and the second one's."""
    ours, theirs = ({each: Api(each, url, key, session=session) for each in PREFIXES} for key in keys)
    ours = {each: api.with_key(keys[0], password) for each, api in ours.items()}
    documents = {each: document_of(url, each) for each in PREFIXES}
    return Scene(dialect, ours, theirs, documents, writes=True)


def verdicts(url: str, dialect: str, keys: Sequence[str], password: str, names: Collection[str]) -> list[Verdict]:
    """The verdicts of these oracles, as far as they can prove this dialect."""
    able = [each for each in load() if each.name in names and dialect in each.dialects]
    with session_of(url) as session:
        return judge(scene_of(url, dialect, keys, password, session), able, lambda _line: None)


def failures(found: Sequence[Verdict]) -> dict[str, list[str]]:
    """The failures by oracle."""
    return {each.name: each.failures for each in found if each.failures}
