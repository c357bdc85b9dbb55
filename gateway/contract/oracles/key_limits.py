"""Limits of keys beside their scope: the API, the addresses and the time for which they are valid."""

import json
import time
from base64 import b64encode
from datetime import UTC, datetime, timedelta

from gateway.contract.commands import printed
from gateway.contract.oracles.api import Api
from gateway.contract.oracles.other_keys import limited_key
from gateway.contract.oracles.resources import api_client, v1_client
from gateway.contract.oracles.scene import Scene, oracle
from gateway.contract.oracles.scopes import check_scheme

_ELSEWHERE = "203.0.113.0/24"  # for documentation (RFC 5737); nobody calls from there
_HERE = "127.0.0.0/8,::1"
_VALID_SECONDS = 2
_PASSWORD = "Prööf-Pässword-1"  # noqa: S105 (of a team user that the proof adds)


@oracle(
    "a key that is limited to one API, to some addresses, or until a time is refused everywhere else and afterwards, "
    "with the reason",
    writes=True,
    alone=True,
)
def limits_of_keys_are_kept(scene: Scene) -> None:
    ends_at = datetime.now(UTC).replace(microsecond=0) + timedelta(seconds=_VALID_SECONDS)
    ending = limited_key(scene, "expires", f"{ends_at:%Y-%m-%dT%H:%M:%SZ}")
    scene.expect_status(scene.api.with_key(ending).get("/clients"), 200)
    for each, api in scene.apis.items():
        key = limited_key(scene, "dialect", each)
        if each == scene.dialect:
            scene.expect_status(scene.api.with_key(key).get("/clients"), 200)
        else:
            scene.expect_status(api.with_key(key).get("/clients"), 200)
            _refused(scene, key, f"This key is for {each} only, not for {scene.dialect}")
    scene.expect_status(scene.api.with_key(limited_key(scene, "from", _HERE)).get("/clients"), 200)
    _refused(scene, limited_key(scene, "from", _ELSEWHERE), "This key may not be used from")
    time.sleep(max(0.0, (ends_at - datetime.now(UTC)).total_seconds()) + 0.1)
    _refused(scene, ending, f"This key expired at {ends_at:%Y-%m-%d %H:%M:%S} UTC")


def _refused(scene: Scene, key: str, reason: str) -> None:
    status, limited = 401 if scene.dialect == "api" else 403, scene.api.with_key(key, scene.api.password)
    make, method, body = (
        (api_client, "PATCH", {"client_company_name": "Never"})
        if scene.dialect == "api"
        else (v1_client, "PUT", {"name": "Never"})
    )
    path = f"/clients/{make(scene)['id']}"
    before = scene.api.one(path)
    reads = (limited.get(each) for each in ("/clients", "/changes", path))
    for answer in (*reads, limited.send(method, path, body=body), limited.send("DELETE", path)):
        if scene.expect_status(answer, status):
            said = answer.json["message"]
            scene.expect(reason in said, f"{answer}: {said!r} instead of {reason!r}")
            if scene.dialect == "api":
                check_scheme(scene, answer, "invalid_token")
    scene.expect_equal(scene.api.one(path), before, f"{path} after requests with a key that is not valid here")


@oracle(
    "a key depends on its user: the password is that of the user, no key of a disabled user is valid, and a rotated "
    "key has the limits of the earlier one",
    writes=True,
    alone=True,
)
def keys_depend_on_their_user(scene: Scene) -> None:
    if not scene.environment:
        scene.not_reached("keys of another team user: no command can add one here")
        return
    whose, name = ("--email", (mail := scene.email()), *_company(scene)), scene.unique("Key")
    printed(scene.environment, "users", "add", "--type", "team", "--password", _PASSWORD, *whose)
    key = printed(scene.environment, "token", "create", *whose)
    reader = printed(scene.environment, "token", "create", *whose, "--name", name, "--scope", "read")
    if scene.dialect == "v1" and scene.api.password:
        _check_passwords(scene, scene.api.with_key(key))
    _check_rotated(scene, name, reader)
    status = 401 if scene.dialect == "api" else 403
    for command, wanted, is_active in (("disable", status, False), ("enable", 200, True)):
        printed(scene.environment, "users", command, mail, *_company(scene))
        for path in ("/clients", "/changes"):
            scene.expect_status(scene.api.with_key(key).get(path), wanted)
        member = next(each for each in scene.apis["api"].all("/team") if each["email"] == mail)
        scene.expect_equal(member["status"], "active" if is_active else "suspended", f"/api/team after {command}")
        user = next(each for each in scene.apis["v1"].all("/users") if each["email"] == mail)
        scene.expect(bool(user["archived_at"]) != is_active, f"/users after {command}: archived_at is {user}")


def _company(scene: Scene) -> tuple[str, str]:
    return "--company", scene.environment["COMPANY"]


def _check_passwords(scene: Scene, caller: Api) -> None:
    """The password of another user of the company is a wrong one, and the user's own is read as UTF-8."""
    in_utf8 = _PASSWORD.encode().decode("latin-1")  # as headers are encoded
    for headers, status in (
        ({"X-API-PASSWORD": str(scene.api.password)}, 412),
        ({"X-API-PASSWORD": in_utf8}, 200),
        ({"X-API-PASSWORD-BASE64": b64encode(_PASSWORD.encode()).decode()}, 200),
    ):
        made = v1_client(scene)
        scene.expect_status(caller.send("POST", f"/clients/{made['id']}/purge", headers=headers), status)


def _check_rotated(scene: Scene, name: str, earlier: str) -> None:
    status = 401 if scene.dialect == "api" else 403
    listed = json.loads(printed(scene.environment, "token", "list", *_company(scene), "--json"))
    known = next(each["id"] for each in listed if each["name"] == name)
    scene.expect_status(scene.api.with_key(earlier).get("/clients"), 200)
    later = printed(scene.environment, "token", "rotate", str(known), "--overlap", "0")
    scene.expect_status(scene.api.with_key(earlier).get("/clients"), status)
    scene.expect_status(scene.api.with_key(later).get("/clients"), 200)
    scene.expect_status(scene.api.with_key(later).send("POST", "/clients", body={}), status)
