"""The table on growth: the cost of the same requests in a larger register, or beside a larger company."""

import json
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from statistics import median

from tests.bench import equality, generator, servers, traffic
from tests.bench.data import SEARCHED
from tests.bench.engines import Engine
from tests.bench.generator import Broken, Traffic
from tests.bench.registers import NEIGHBOURS_KEY, bootstrap
from tests.bench.rounds import MANY, Plan, Results, in_turns, p50, ratio
from tests.bench.servers import Server
from tests.bench.traffic import DIALECTS, Dialect


def growth(engine: Engine, plan: Plan, results: Results) -> None:
    """Measure the same requests in registers of each size, and far pages in the largest."""
    small, middle, large = plan.sizes
    with _of_each_size(engine, plan) as of_size:
        for size, server in of_size.items():
            equality.check_total(server, size - (size + 1) // 50)
        for dialect in DIALECTS:
            prefix = f"{engine.prefix}{dialect.name}_"
            for kind, requests_of, rounds, connections in (
                ("get_one", traffic.get_hot, plan.rounds_on(engine), MANY),
                ("list25", traffic.list_hot, plan.rounds_on(engine), MANY),
                ("search", traffic.search, plan.rounds_on(engine, far=True), 1),
            ):
                targets = {str(size): (server, requests_of(dialect, size)) for size, server in of_size.items()}
                between = in_turns({str(middle): targets.pop(str(middle))}, plan, 1, connections)  # only for the plot
                runs = in_turns(targets, plan, rounds, connections)
                results.ratios[f"{prefix}{kind}_growth"] = ratio(runs[str(large)], runs[str(small)], p50)
                by_size = runs | between
                results.note(f"{prefix}{kind}_by_size", {str(size): by_size[str(size)] for size in plan.sizes})
            pages = {name: [dialect.get(dialect.page(page))] for name, page in (("near", 1), ("far", plan.far_page))}
            targets = {name: (of_size[large], each) for name, each in pages.items()}
            runs = in_turns(targets, plan, plan.rounds_on(engine, far=True), MANY)
            results.ratios[f"{prefix}page10000_growth"] = ratio(runs["far"], runs["near"], p50)
            results.note(f"{prefix}pages", runs)
            _search_beside_scan(engine, plan, results, dialect, of_size[plan.sizes[1]])
        results.ratios[f"{engine.prefix}bytes_a_client"] = engine.size_of(engine.register(large)) / large / 1000
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
    for _ in range(plan.rounds_on(engine)):
        seconds, counted = engine.scan(register, dialect, SEARCHED, plan.seconds)
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
    """Measure a small company's requests beside a large company, relative to those beside a small one."""
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
                runs = in_turns(targets, plan, plan.rounds_on(engine, far=True), 1)
                worst = max(worst, ratio(runs[str(large)], runs[str(small)], p50))
                results.note(f"{engine.prefix}{dialect.name}_neighbour_{kind}", runs)
            results.ratios[f"{engine.prefix}{dialect.name}_neighbour_growth"] = worst


def _new_neighbours(server: Server, count: int) -> range:
    """Create clients that a search for `SEARCHED` finds, as it finds many of the other company. Return their ids."""
    for number in range(count):
        body = {"first_name": "Jane", "last_name": "Doe", "email": f"jane{number}@beside.example"}
        named = body | {"client_company_name": f"{SEARCHED} {number}"}
        answer = json.loads(server.send("/api/clients", json.dumps(named).encode(), NEIGHBOURS_KEY))
    last = int(answer["data"]["id"])
    return range(last - count + 1, last + 1)
