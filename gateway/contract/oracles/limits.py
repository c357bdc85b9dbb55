"""Answers of a gateway that is over its limits or cannot write: 429 and 503, provoked on a temporary register."""

import os
import sqlite3
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from itertools import pairwise
from typing import Any

from gateway.contract.oracles.api import Answer, Api
from gateway.contract.oracles.other_keys import limited_key
from gateway.contract.oracles.protocol_methods import real_paths
from gateway.contract.oracles.resources import upload, v1_client
from gateway.contract.oracles.scene import Scene, oracle
from gateway.contract.oracles.second_gateway import copied, served

_LIMIT = 20  # requests a minute: each draws its portion from the database, and so waits for it
_MAX_REQUESTS = 10 * _LIMIT
_FREE_GUESSES, _MORE_GUESSES = 5, 5  # on a slow machine, the pauses after the first further ones may be over
_ATTEMPTS = 3
_WAIT_SECONDS = "0.2"
_SIDE_BY_SIDE = 8
_DEPRECATED, _SUNSET = "@1735689600", "Thu, 01 Jan 2099 00:00:00 GMT"  # RFC 9745, RFC 8594


@oracle(
    "while the database cannot be written every operation is a 503, and above a key's rate limit a 429, "
    "both with Retry-After and in the dialect's shape",
    writes=True,
    alone=True,
)
def limits_are_stated(scene: Scene) -> None:
    file = scene.environment.get("GATEWAY_DATABASE_URL", "").removeprefix("sqlite:///")
    if not os.path.exists(file):
        scene.not_reached("429 and 503: the register is not a local SQLite file")
        return
    upload(scene, v1_client(scene)["id"])
    requests = [
        (method.upper(), path)
        for _template, path, operations in real_paths(scene)
        for method in operations
        if method in ("get", "post", "put", "patch", "delete")
    ]
    # Schemathesis uses the register meanwhile, so a copy is locked.
    with copied(file) as copy, _limited(scene, copy) as api:
        with _locked(copy):
            for answer in _all(api, requests):
                _check(scene, answer, 503)
        _check_account(scene, api)
        for answer in _exhausted(api, requests):
            _check(scene, answer, 429)
            for name in ("X-RateLimit-Limit", "X-RateLimit-Remaining", "X-RateLimit-Reset"):
                value = answer.headers.get(name, "")
                scene.expect(value.isdigit(), f"{answer}: {name} is {value!r}")


def _check_account(scene: Scene, api: Api) -> None:
    """Check that the remaining requests of a key decrease with each request, and are shown to all of its callers."""
    remaining = []
    for path in ("/clients", "/clients/none", "/clients"):
        answer = api.get(path, paced=False)
        said = {name: answer.headers.get(f"X-RateLimit-{name}", "") for name in ("Limit", "Remaining", "Reset")}
        scene.expect_equal(said["Limit"], str(_LIMIT), f"{answer}: X-RateLimit-Limit")
        remaining.append(int(said["Remaining"]) if said["Remaining"].isdigit() else -1)
        ended = [answer.headers.get(name) for name in ("Deprecation", "Sunset")]
        wanted = [_DEPRECATED, _SUNSET] if scene.dialect == "api" else [None, None]
        scene.expect_equal(ended, wanted, f"{answer}: Deprecation and Sunset")
    goes_down = all(after < before for before, after in pairwise(remaining))
    scene.expect(goes_down and min(remaining) >= 0, f"{scene.dialect}: X-RateLimit-Remaining was {remaining}")


def _exhausted(api: Api, requests: list[tuple[str, str]]) -> list[Answer]:
    """Return answers beyond the limit. It recovers gradually, so a slow machine must send some requests again."""
    answers = [api.get("/clients", paced=False)]
    while answers[-1].status != 429 and len(answers) < _MAX_REQUESTS:
        answers.append(api.get("/clients", paced=False))
    answers = [answers[-1], *_all(api, requests)]
    for _ in range(_ATTEMPTS):
        allowed = [(each.method, each.path) for each in answers if each.status != 429]
        answers = [each for each in answers if each.status == 429] + (_all(api, allowed) if allowed else [])
    return answers


def _check(scene: Scene, answer: Answer, status: int) -> None:
    if scene.expect_status(answer, status):
        after = answer.headers.get("Retry-After", "")
        scene.expect(after.isdigit() and 0 < int(after) <= 120, f"{answer}: Retry-After is {after!r}")
        wanted = {"message"} if scene.dialect == "api" else {"message", "errors"}
        scene.expect(answer.json.keys() == wanted, f"{answer}: its keys are {sorted(answer.json)}")


@oracle(
    "after five wrong passwords the next attempts of a key must wait, longer each time: a 429 with Retry-After, even "
    "for the right password, which is accepted afterwards; other keys need not wait",
    writes=True,
    alone=True,
    dialects=("v1",),
    subjects=("clients",),
)
def guesses_must_wait(scene: Scene) -> None:
    password, caller = str(scene.api.password), scene.api.with_key(limited_key(scene, "scope", "all"))
    paths = [f"/clients/{v1_client(scene)['id']}/purge" for _ in range(2)]
    waits: list[int] = []
    for free in (_FREE_GUESSES, 1):
        answers: list[Answer] = []
        while len(answers) < free + _MORE_GUESSES and (not answers or answers[-1].status == 412):
            answers.append(_attempted(caller, paths[0], scene.unique("Wrong")))
        refused = answers[-1]
        scene.expect(len(answers) > free, f"{refused} already after {len(answers) - 1} wrong passwords")
        _check(scene, refused, 429)
        _check(scene, _attempted(caller, paths[0], password), 429)
        if not waits:
            scene.expect_status(_attempted(scene.api, paths[1], password), 200)
        waits.append(int(refused.headers.get("Retry-After", "0")))
        time.sleep(waits[-1])
    scene.expect(
        waits[0] < waits[1], f"{paths[0]}: one had to wait {waits} seconds after more and more wrong passwords"
    )
    scene.expect_status(_attempted(caller, paths[0], password), 200)


def _attempted(caller: Api, path: str, password: str) -> Answer:
    return caller.send("POST", path, headers={"X-API-PASSWORD": password}, paced=False)


def _all(api: Api, requests: list[tuple[str, str]]) -> list[Answer]:
    def one(request: tuple[str, str]) -> Answer:
        method, path = request
        body: dict[str, Any] | None = {} if method in ("POST", "PUT", "PATCH") else None
        return replace(api, session=type(api.session)()).send(method, path, body=body, paced=False)

    with ThreadPoolExecutor(_SIDE_BY_SIDE) as pool:
        return list(pool.map(one, requests))


@contextmanager
def _locked(file: str) -> Iterator[None]:
    connection = sqlite3.connect(file, timeout=30, isolation_level=None)
    try:
        connection.execute("BEGIN IMMEDIATE")
        yield
    finally:
        connection.rollback()
        connection.close()


@contextmanager
def _limited(scene: Scene, file: str) -> Iterator[Api]:
    """Serve a register with a low rate limit and a short timeout for a locked database."""
    environment = {
        **scene.environment,
        "GATEWAY_RATE_LIMIT": str(_LIMIT),
        "GATEWAY_DATABASE_WAIT_SECONDS": _WAIT_SECONDS,
        "GATEWAY_HOUSEKEEPING_SECONDS": "60",
        "GATEWAY_API_DEPRECATED_AT": "2025-01-01T00:00:00Z",
        "GATEWAY_API_SUNSET_AT": "2099-01-01T00:00:00Z",
    }
    with served(file, environment) as url:
        yield replace(scene.api, url=url)
