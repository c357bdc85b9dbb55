"""The rows of the table."""

import json
import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from statistics import median

from tests.bench import equality, generator, memory, servers, traffic
from tests.bench.data import SEARCHED
from tests.bench.engines import Engine
from tests.bench.generator import Broken, Traffic
from tests.bench.registers import FOLDER, NEIGHBOURS_KEY, bootstrap
from tests.bench.rounds import MANY, Plan, Results, Targets, in_turns, p50, ratio
from tests.bench.servers import Server
from tests.bench.traffic import DIALECTS, Dialect

_READS: dict[str, Callable[[Dialect, int], list[bytes]]] = {
    "get_one": traffic.get_cold,
    "list25": traffic.list_cold,
}
_WORKERS = 4


def reads(engine: Engine, plan: Plan, results: Results) -> None:
    """`get_one` and `list25` beside LIMIT and PEER."""
    size = plan.sizes[1]
    register = engine.register(size)
    with ExitStack() as running:
        ours = running.enter_context(servers.ours(register))
        equality.store_answers(ours, FOLDER / "answers")
        compared = {"ours": ours, "limit": running.enter_context(servers.limit(FOLDER / "answers"))}
        equality.check_limit(ours, compared["limit"])
        if plan.with_peer:
            compared["peer"] = running.enter_context(servers.peer(register))
            equality.check_reads(ours, compared["peer"])
        for dialect in DIALECTS:
            for kind, requests_of in _READS.items():
                targets = {name: (server, requests_of(dialect, size)) for name, server in compared.items()}
                for connections in _connections(engine, plan):
                    memory.read(register)  # again, since not every file can be locked there
                    _compare(engine, dialect, kind, targets, plan, results, connections)


def _connections(engine: Engine, plan: Plan) -> tuple[int, ...]:
    # PostgreSQL is reported beside: at many connections only, which leaves time for the rest.
    return plan.connections[:1] if engine.prefix else plan.connections


def _compare(
    engine: Engine, dialect: Dialect, kind: str, targets: Targets, plan: Plan, results: Results, connections: int
) -> None:
    rounds = plan.rounds_beside if engine.prefix or connections != MANY else plan.rounds
    runs = in_turns(targets, plan, rounds, connections)
    for name in targets.keys() - {"ours"}:
        results.ratios[_named(engine, dialect, kind, f"vs_{name}", connections)] = ratio(runs["ours"], runs[name])
    results.note(_named(engine, dialect, kind, "", connections), runs)


def creates(engine: Engine, plan: Plan, results: Results) -> None:
    """`create` beside PEER, each on its own copy of the register."""
    with ExitStack() as running:
        everyone = {"ours": running.enter_context(servers.ours(engine.copy(plan.sizes[1], "bench_ours")))}
        if plan.with_peer:
            everyone["peer"] = running.enter_context(servers.peer(engine.copy(plan.sizes[1], "bench_peer")))
            equality.check_creates(everyone["ours"], everyone["peer"])
        for dialect in DIALECTS:
            requests = traffic.create(dialect, plan.sizes[1])
            targets = {name: (server, requests) for name, server in everyone.items()}
            for connections in _connections(engine, plan):
                _compare(engine, dialect, "create", targets, plan, results, connections)


def growth(engine: Engine, plan: Plan, results: Results) -> None:
    """What the same requests cost in registers of each size, and far pages in the largest."""
    small, middle, large = plan.sizes
    with _of_each_size(engine, plan) as of_size:
        for size, server in of_size.items():
            equality.check_total(server, size - (size + 1) // 50)
        for dialect in DIALECTS:
            prefix = f"{engine.prefix}{dialect.name}_"
            for kind, requests_of, rounds, connections in (
                ("get_one", traffic.get_hot, plan.rounds_of_growth, MANY),
                ("list25", traffic.list_hot, plan.rounds_of_growth, MANY),
                ("search", traffic.search, plan.rounds, 1),
            ):
                targets = {str(size): (server, requests_of(dialect, size)) for size, server in of_size.items()}
                between = in_turns({str(middle): targets.pop(str(middle))}, plan, 1, connections)  # for the plot alone
                runs = in_turns(targets, plan, plan.rounds_beside if engine.prefix else rounds, connections)
                results.ratios[f"{prefix}{kind}_growth"] = ratio(runs[str(large)], runs[str(small)], p50)
                by_size = runs | between
                results.note(f"{prefix}{kind}_by_size", {str(size): by_size[str(size)] for size in plan.sizes})
            pages = {name: [dialect.get(dialect.page(page))] for name, page in (("near", 1), ("far", plan.far_page))}
            runs = in_turns(
                {name: (of_size[large], each) for name, each in pages.items()},
                plan,
                plan.rounds_beside if engine.prefix else plan.rounds,
                MANY,
            )
            results.ratios[f"{prefix}page10000_growth"] = ratio(runs["far"], runs["near"], p50)
            results.note(f"{prefix}pages", runs)
            _search_beside_scan(engine, plan, results, dialect, of_size[plan.sizes[1]])
        if not engine.prefix:
            results.ratios["worker_memory"] = of_size[large].memory_bytes / 1e6


@contextmanager
def _of_each_size(engine: Engine, plan: Plan) -> Iterator[dict[int, Server]]:
    with ExitStack() as running:
        yield {size: running.enter_context(servers.ours(engine.register(size))) for size in plan.sizes}


def _search_beside_scan(engine: Engine, plan: Plan, results: Results, dialect: Dialect, server: Server) -> None:
    register = engine.register(plan.sizes[1])
    answer = json.loads(server.get(dialect.found(SEARCHED)))
    total = answer["meta"].get("pagination", answer["meta"])["total"]
    scans, runs = [], []
    requests = Traffic(traffic.search(dialect, register.size))
    for _ in range(plan.rounds):
        seconds, counted = engine.scan(register, dialect, SEARCHED)
        if counted != total:
            raise Broken(f"a scan finds {counted} clients and the gateway {total}")
        scans.append(seconds * 1e6)
        runs.append(generator.run(server.port, requests, 1, plan.seconds))
    requests.close()
    key = f"{engine.prefix}{dialect.name}_search_vs_scan"
    results.ratios[key] = median(scan / run.p50_us for scan, run in zip(scans, runs, strict=True))
    results.note(key, {"ours": runs})
    results.figures[key]["scan"] = {"p50_us": round(median(scans), 1)}


def neighbours(engine: Engine, plan: Plan, results: Results) -> None:
    """What a small company's requests cost beside a large one, over what they cost beside one as small."""
    small, large = plan.sizes[:2]
    with ExitStack() as running:
        beside = {}
        for size in (small, large):
            register = engine.copy(size, f"bench_beside_{size}")
            bootstrap(register, "Neighbour", NEIGHBOURS_KEY)
            server = running.enter_context(servers.ours(register))
            beside[size] = server, _new_neighbours(server, plan.neighbours)
        for dialect in DIALECTS:
            worst = 0.0
            for kind in ("get_one", "list25", "search"):
                targets = {
                    str(size): (server, traffic.of_neighbours(dialect, ids)[kind])
                    for size, (server, ids) in beside.items()
                }
                runs = in_turns(targets, plan, plan.rounds, 1)
                worst = max(worst, ratio(runs[str(large)], runs[str(small)], p50))
                results.note(f"{engine.prefix}{dialect.name}_neighbour_{kind}", runs)
            results.ratios[f"{engine.prefix}{dialect.name}_neighbour_growth"] = worst


def _new_neighbours(server: Server, count: int) -> range:
    """Make clients that a search for `SEARCHED` finds, as it finds many of the other company; their ids."""
    for number in range(count):
        body = {"first_name": "Jane", "last_name": "Doe", "email": f"jane{number}@beside.example"}
        named = body | {"client_company_name": f"{SEARCHED} {number}"}
        answer = json.loads(server.send("/api/clients", json.dumps(named).encode(), NEIGHBOURS_KEY))
    last = int(answer["data"]["id"])
    return range(last - count + 1, last + 1)


def cold_start(engine: Engine, plan: Plan, results: Results) -> None:
    """From the start of the process to the first answer from the largest register."""
    taken = []
    for _ in range(1 + plan.rounds):  # the first start brings Python's own files into memory
        with servers.ours(engine.register(plan.sizes[2]), first="/api/clients/1") as server:
            taken.append(server.first_answer_seconds)
    results.ratios["cold_start"] = median(taken[1:])


def mixed(engine: Engine, plan: Plan, results: Results) -> None:
    """The slowest answers beside the usual ones while one request in ten writes."""
    with servers.ours(engine.copy(plan.sizes[1], "bench_ours")) as server:
        for dialect in DIALECTS:
            requests = Traffic(traffic.mixed(dialect, plan.sizes[1]))
            runs = [generator.run(server.port, requests, MANY, plan.seconds_mixed) for _ in range(plan.rounds)]
            requests.close()
            key = f"{engine.prefix}{dialect.name}_mixed"
            results.ratios[f"{key}_p99_over_p50"] = median(run.p99_us / run.p50_us for run in runs)
            results.note(key, {"ours": runs})


def workers(engine: Engine, plan: Plan, results: Results) -> None:
    """Four processes over one, both with all cores, as if the load generator took none."""
    everything = generator.SERVER_CORES | generator.LOAD_CORES
    cores = os.cpu_count() or 1
    requests = Traffic(traffic.get_cold(DIALECTS[0], plan.sizes[1]))
    rates = {}
    for count in (1, _WORKERS):
        with servers.ours(engine.register(plan.sizes[1]), workers=count, cores=everything) as server:
            generator.warm_up(server.port, requests, plan.seconds_to_warm)
            runs = [
                generator.run(server.port, requests, MANY * _WORKERS, plan.seconds, everything)
                for _ in range(plan.rounds)
            ]
            results.note(f"workers_{count}", {"ours": runs})
            # Workers that fill the machine would do as much more as the generator's cores would let them.
            left = [1 - run.generator_cores / cores if count > 1 else 1 for run in runs]
            rates[count] = median(run.rate / share for run, share in zip(runs, left, strict=True))
    requests.close()
    results.ratios["four_workers_over_one"] = rates[_WORKERS] / rates[1]


def _named(engine: Engine, dialect: Dialect, kind: str, what: str, connections: int) -> str:
    name = "_".join(filter(None, (kind, what)))
    return f"{engine.prefix}{dialect.name}_{name}" + ("" if connections == MANY else "_one_connection")
