"""Do the oracles detect faults of meaning? Each one is switched on alone, and its oracle must report it.

`make test` tries some of each kind; `make contract-faults` all of them, in parts: `PART=2/4`.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

import tests.server
from core.access import companies, users
from core.access.keys import issue as issue_key
from core.access.keys import list_all as list_keys
from core.access.keys import revoke as revoke_key
from core.access.scopes import KeyLimits, Scope
from core.clients import clients
from gateway.app import build_app
from gateway.contract.oracles.api import session_of
from gateway.contract.oracles.run import judge, load
from gateway.contract.oracles.scene import Scene, Verdict
from gateway.contract.stock import stock
from schemas.spans import future
from schemas.types import MONEY_SCALE
from tests.contract.faulty import Faulty
from tests.contract.meaning import MEANING, faults
from tests.contract.parts import chosen
from tests.contract.scenes import scene_of
from tests.drivers import HASHIDS
from tests.server import Server, serving

PASSWORD = "Secret123"
LIMITS = {
    "scope": lambda text: KeyLimits(scope=Scope(text)),
    "dialect": lambda text: KeyLimits(dialect=text),
    "from": lambda text: KeyLimits(networks=text),
    "expires": lambda text: KeyLimits(expires_at=future(text)),
}
FAULTS = faults()
CHOSEN = chosen(FAULTS)
# Oracles of what webhooks send need a gateway that may send to this machine; others require that it may not.
SENDING = {"changes_are_sent", "webhooks_are_limited"}


@contextmanager
def faulty_gateway(folder: Path, **settings: object) -> Iterator[Server]:
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(tests.server, "build_app", lambda *given: Faulty(build_app(*given), FAULTS))
        with serving(f"sqlite:///{folder / 'register.db'}", folder, **settings) as server:
            yield server


@pytest.fixture(scope="module")
def faulty(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One gateway for all faults; each works in companies of its own."""
    with faulty_gateway(tmp_path_factory.mktemp("faulty")) as server:
        yield server


@pytest.fixture
def faulty_sender(tmp_path: Path) -> Iterator[Server]:
    """A gateway that sends webhooks to this machine."""
    with faulty_gateway(
        tmp_path, webhook_allow="127.0.0.1", housekeeping_seconds=0.1, webhook_retry_seconds=0.1
    ) as server:
        yield server


def gateway_for(check: str, request: pytest.FixtureRequest) -> Server:
    """The gateway on which an oracle runs."""
    server: Server = request.getfixturevalue("faulty_sender" if check in SENDING else "faulty")
    return server


def verdict_of(server: Server, oracle: str, dialect: str, folder: Path, fault: str = "") -> Verdict:
    """The verdict of an oracle on a gateway with a fault, or without one."""
    keys = [server.bootstrap(f"{oracle} {dialect} {fault} {number}", password=PASSWORD) for number in (1, 2)]
    for key in keys:
        stock(server.url, key, clients=4)
    session = session_of(server.url)
    session.headers["X-Fault"] = fault
    scene = scene_of(server.url, dialect, keys, PASSWORD, session)
    scene.alone = scene.fail_fast = True
    if fault and (change := MEANING[fault].document):
        change(scene.documents[dialect])
    name = f"{oracle} {dialect} {fault} 1"

    def set_balance(_scene: Scene, client: str, amount: str) -> None:
        money, of = round(float(amount) * MONEY_SCALE), HASHIDS.decode(client)[0]
        amounts = {"balance": money, "paid_to_date": 2 * money, "credit_balance": 3 * money}
        server.database.write_now(
            lambda connection: clients.set_balance(connection, companies.find(connection, name), of, **amounts)
        )

    def limited_key(option: str, value: str) -> str:
        limits = LIMITS[option](value) if option in LIMITS else KeyLimits()
        more = {"edition": value} if option == "edition" else {}

        def issue(connection) -> str:
            company_id = companies.find(connection, name)
            user_id = users.find_team_user(connection, company_id, "team@acme.example")
            return issue_key(connection, company_id, user_id, value, limits=limits, **more)

        return server.database.write_now(issue)

    def add_user(email: str, first_name: str, last_name: str) -> None:
        server.database.write_now(
            lambda connection: users.add_team_user(
                connection, companies.find(connection, name), email, PASSWORD, first_name, last_name
            )
        )

    def revoke_keys(key_name: str) -> None:
        def revoke(connection) -> None:
            for each in list_keys(connection, companies.find(connection, name)):
                if each["name"] == key_name and not each["revoked_at"]:
                    revoke_key(connection, each["id"])

        server.database.write_now(revoke)

    scene.set_balance, scene.limited_key, scene.revoke_keys, scene.add_user = (
        set_balance,
        limited_key,
        revoke_keys,
        add_user,
    )
    scene.delivers = oracle in SENDING
    (verdict,) = judge(scene, [each for each in load() if each.name == oracle], lambda _line: None)
    session.close()
    return verdict


@pytest.mark.parametrize("name", CHOSEN)
def test_a_fault_of_meaning_is_caught_by_its_oracle(name, request, tmp_path):
    mutant = MEANING[name]
    verdict = verdict_of(gateway_for(mutant.check, request), mutant.check, mutant.dialect, tmp_path, name)
    assert verdict.failures


@pytest.mark.parametrize("check", sorted({MEANING[name].check for name in CHOSEN}))
def test_without_a_fault_the_oracle_passes(check, request, tmp_path):
    dialects = {MEANING[name].dialect for name in CHOSEN if MEANING[name].check == check}
    for dialect in dialects:
        verdict = verdict_of(gateway_for(check, request), check, dialect, tmp_path)
        assert not verdict.failures
        assert verdict.compared
