"""Limits of keys beside their scope: the API, the addresses and the time for which they are valid."""

import time
from datetime import UTC, datetime, timedelta

from gateway.contract.oracles.other_keys import limited_key
from gateway.contract.oracles.resources import api_client, v1_client
from gateway.contract.oracles.scene import Scene, oracle

_ELSEWHERE = "203.0.113.0/24"  # for documentation (RFC 5737); nobody calls from there
_HERE = "127.0.0.0/8,::1"
_VALID_SECONDS = 2


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
    scene.expect_equal(scene.api.one(path), before, f"{path} after requests with a key that is not valid here")
