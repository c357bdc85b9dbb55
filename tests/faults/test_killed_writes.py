"""A PostgreSQL server whose processes are killed repeatedly while clients are written."""

import threading
import time
from contextlib import closing
from functools import partial

from sqlalchemy import create_engine, text
from sqlalchemy.engine import make_url

from tests.drivers import Company, new_company
from tests.faults.outages import until
from tests.followers import left_behind, subscribe
from tests.register.arranging import together
from tests.register.callers import CALLERS
from tests.server import serving

WRITERS = 6
SECONDS = 4.0
_KILL = text(
    "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
    " WHERE datname = current_database() AND pid <> pg_backend_pid() AND state <> 'idle' AND random() < 0.5"
)


def test_acknowledged_writes_survive_kills_and_no_write_is_torn(new_register, tmp_path):
    url = new_register("postgresql")
    with serving(url, tmp_path) as server, closing(new_company(server)) as company:
        subscribe(company)
        kills = Kills(url)
        killer = threading.Thread(target=kills.run)
        killer.start()
        acknowledged = [
            one for each in together([partial(written, company, n, kills) for n in range(WRITERS)]) for one in each
        ]
        kills.stop.set()
        killer.join()
        assert kills.count
        assert acknowledged
        until(lambda: company.v1.get("/clients").is_success)  # the last kill may only take effect now
        shown = company.v1.get("/clients?per_page=5000").json()
        names = {each["id"]: each["name"] for each in shown["data"]}
        assert shown["meta"]["pagination"]["total"] == len(names)
        assert {id_: name for id_, name in names.items() if id_ in dict(acknowledged)} == dict(acknowledged)
        assert len({each["number"] for each in shown["data"]}) == len(names)
        assert all(each["contacts"][0]["email"] for each in shown["data"])
        assert left_behind(company) == []


class Kills:
    """Kills working processes, each time after a write was acknowledged: a slow machine may need long for one."""

    def __init__(self, url: str) -> None:
        self._engine = create_engine(make_url(url).set(drivername="postgresql+psycopg"), isolation_level="AUTOCOMMIT")
        self.count = 0
        self.stop = threading.Event()
        self.acknowledged = threading.Event()

    def run(self) -> None:
        with self._engine.connect() as connection:
            while not self.stop.wait(0.03):
                if killed := connection.execute(_KILL).scalar_one():
                    self.count += killed
                    self.acknowledged.clear()
                    self.acknowledged.wait(1)
        self._engine.dispose()


def written(company: Company, writer: int, kills: Kills) -> list[tuple[str, str]]:
    """Return the clients that one writer created or renamed, with the name that was acknowledged last.

    It writes for some seconds, and until there was a kill and a write that was acknowledged.
    """
    names: dict[str, str] = {}
    end = time.monotonic() + SECONDS
    caller = CALLERS[list(CALLERS)[writer % len(CALLERS)]](company)
    for step in range(10_000):
        if time.monotonic() > end and kills.count and names:
            break
        made = caller.create(f"{writer}-{step}@x.example", f"{writer}-{step}")
        assert made.is_success or made.status_code == 503, made.text
        if not made.is_success:
            continue
        client_id = caller.number(made.json()["data"]["id"])
        names[company.v1_of(client_id)] = f"{writer}-{step}"
        kills.acknowledged.set()
        renamed = caller.rename(client_id, f"{writer}-{step} renamed")
        assert renamed.is_success or renamed.status_code == 503, renamed.text
        if renamed.is_success:
            names[company.v1_of(client_id)] += " renamed"
        else:
            names.pop(company.v1_of(client_id))  # both are correct
    return list(names.items())
