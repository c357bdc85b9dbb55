"""The cost of further servers on PostgreSQL: a pooler, a streaming replica, a second instance."""

import tempfile
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from statistics import median

from tests.bench import generator, loading_postgresql, registers, servers, traffic
from tests.bench.engines import Engine
from tests.bench.generator import Figures, Traffic
from tests.bench.registers import Register
from tests.bench.rounds import MANY, Plan, Results, ratio
from tests.bench.servers import Server
from tests.bench.traffic import DIALECTS
from tests.scale import pgbouncer
from tests.scale.replication import Pair, replicated

_POOL_SIZE = 8
_KINDS = {"get_one": traffic.get_hot, "list25": traffic.list_hot, "create": traffic.create}
_DIRECT = "direct"
Fleets = Mapping[str, tuple[Server, ...]]


def deployments(engine: Engine, plan: Plan, results: Results) -> None:
    """Measure a pooler, a replica and two instances, relative to one instance on PostgreSQL alone.

    All use one register. Its primary has the standby all the time.
    """
    size = plan.sizes[0]
    with replicated() as pair, ExitStack() as running:
        fleets = running.enter_context(_fleets(pair, _filled(pair, size)))
        for dialect in DIALECTS:
            for kind, requests_of in _KINDS.items():
                requests = Traffic(requests_of(dialect, size))
                runs = _in_turns(fleets, requests, plan, plan.rounds_on(engine, far=True))
                requests.close()
                prefix = f"{engine.prefix}{dialect.name}_{kind}"
                for name in runs.keys() - {_DIRECT}:
                    results.ratios[f"{prefix}_{name}_vs_{_DIRECT}"] = ratio(runs[name], runs[_DIRECT])
                results.note(f"{prefix}_deployments", runs)


def _filled(pair: Pair, size: int) -> Register:
    register = Register("postgresql", size, pair.primary_url)
    registers.bootstrap(register)
    loading_postgresql.fill_postgresql(register.url, size, registers.PUBLIC_URL)
    return register


@contextmanager
def _fleets(pair: Pair, register: Register) -> Iterator[Fleets]:
    with ExitStack() as running, tempfile.TemporaryDirectory() as folder:
        direct, second = (running.enter_context(servers.ours(register)) for _ in range(2))
        with_replica = running.enter_context(servers.ours(replace(register, replica_url=pair.standby_url)))
        fleets = {_DIRECT: (direct,), "replica": (with_replica,), "two_instances": (direct, second)}
        if pgbouncer.PROGRAM:
            url = running.enter_context(pgbouncer.pooling(register.url, Path(folder), "transaction", _POOL_SIZE))
            fleets["pooler"] = (running.enter_context(servers.ours(replace(register, url=url))),)
        yield fleets


def _in_turns(fleets: Fleets, requests: Traffic, plan: Plan, rounds: int) -> dict[str, list[Figures]]:
    for fleet in fleets.values():
        for server in fleet:
            generator.warm_up(server.port, requests, plan.seconds_to_warm)
    runs: dict[str, list[Figures]] = {name: [] for name in fleets}
    for _ in range(rounds):
        for name, fleet in fleets.items():
            runs[name].append(_run(fleet, requests, plan.seconds))
    return runs


def _run(fleet: tuple[Server, ...], requests: Traffic, seconds: float) -> Figures:
    """Measure all servers of a fleet at the same time, with as many connections in total as a single server gets."""
    with ThreadPoolExecutor(len(fleet)) as pool:
        each = list(pool.map(lambda server: generator.run(server.port, requests, MANY // len(fleet), seconds), fleet))
    for server in fleet:
        server.rest()
    p50, p99 = (median(getattr(one, name) for one in each) for name in ("p50_us", "p99_us"))
    return Figures(sum(one.rate for one in each), p50, p99, sum(one.generator_cores for one in each))
