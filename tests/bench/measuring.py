"""The rows of the table, except for those on growth."""

from collections.abc import Callable
from contextlib import ExitStack
from statistics import median

from tests.bench import equality, generator, memory, servers, traffic
from tests.bench.engines import Engine
from tests.bench.generator import Traffic
from tests.bench.registers import FOLDER
from tests.bench.rounds import MANY, Plan, Results, Targets, in_turns, ratio
from tests.bench.traffic import DIALECTS, Dialect

_READS: dict[str, Callable[[Dialect, int], list[bytes]]] = {
    "get_one": traffic.get_cold,
    "list25": traffic.list_cold,
}
_OTHERS = {"peer": servers.peer, "expert": servers.expert}
_WORKERS = 4


def reads(engine: Engine, plan: Plan, results: Results) -> None:
    """Compare `get_one` and `list25` with LIMIT, PEER and EXPERT."""
    size = plan.sizes[1]
    register = engine.register(size)
    with ExitStack() as running:
        ours = running.enter_context(servers.ours(register))
        equality.store_answers(ours, FOLDER / "answers")
        compared = {"ours": ours, "limit": running.enter_context(servers.limit(FOLDER / "answers"))}
        equality.check_limit(ours, compared["limit"])
        if plan.with_others:
            for name, started in _OTHERS.items():
                compared[name] = running.enter_context(started(register))
                equality.check_reads(ours, compared[name])
        for dialect in DIALECTS:
            for kind, requests_of in _READS.items():
                targets = {name: (server, requests_of(dialect, size)) for name, server in compared.items()}
                for connections in _connections(engine, plan):
                    memory.read(register)  # again, since not every file can be locked there
                    _compare(engine, dialect, kind, targets, plan, results, connections)


def _connections(engine: Engine, plan: Plan) -> tuple[int, ...]:
    # PostgreSQL's reads have goals at many connections only, which leaves time for the rest.
    return plan.connections[:1] if engine.prefix else plan.connections


def _compare(
    engine: Engine, dialect: Dialect, kind: str, targets: Targets, plan: Plan, results: Results, connections: int
) -> None:
    rounds = plan.rounds_on(engine) if connections == MANY else plan.rounds_beside
    runs = in_turns(targets, plan, rounds, connections)
    for name in targets.keys() - {"ours"}:
        results.ratios[_named(engine, dialect, kind, f"vs_{name}", connections)] = ratio(runs["ours"], runs[name])
    results.note(_named(engine, dialect, kind, "", connections), runs)


def creates(engine: Engine, plan: Plan, results: Results) -> None:
    """Compare `create` with PEER and EXPERT, each on its own copy of the register."""
    with ExitStack() as running:
        everyone = {"ours": running.enter_context(servers.ours(engine.copy(plan.sizes[1], "bench_ours")))}
        if plan.with_others:
            for number, (name, started) in enumerate(_OTHERS.items()):
                everyone[name] = running.enter_context(started(engine.copy(plan.sizes[1], f"bench_{name}")))
                equality.check_creates(everyone["ours"], everyone[name], number)
        for dialect in DIALECTS:
            requests = traffic.create(dialect, plan.sizes[1])
            targets = {name: (server, requests) for name, server in everyone.items()}
            for connections in plan.connections:
                _compare(engine, dialect, "create", targets, plan, results, connections)


def cold_start(engine: Engine, plan: Plan, results: Results) -> None:
    """Measure the time from the start of the process to the first answer, with the largest register."""
    taken = []
    for _ in range(1 + plan.rounds):  # the first start brings Python's own files into memory
        with servers.ours(engine.register(plan.sizes[2]), first="/api/clients/1") as server:
            taken.append(server.first_answer_seconds)
    results.ratios["cold_start"] = median(taken[1:])


def mixed(engine: Engine, plan: Plan, results: Results) -> None:
    """Compare the slowest answers with the usual ones, while one request in ten writes."""
    with servers.ours(engine.copy(plan.sizes[1], "bench_ours")) as server:
        for dialect in DIALECTS:
            requests = Traffic(traffic.mixed(dialect, plan.sizes[1]))
            runs = [
                generator.run(server.port, requests, MANY, plan.seconds_mixed) for _ in range(plan.rounds_on(engine))
            ]
            requests.close()
            key = f"{engine.prefix}{dialect.name}_mixed"
            results.ratios[f"{key}_p99_over_p50"] = median(run.p99_us / run.p50_us for run in runs)
            results.note(key, {"ours": runs})


def workers(engine: Engine, plan: Plan, results: Results) -> None:
    """Compare four processes with one, both with all cores, as if the load generator needed none."""
    everything = generator.SERVER_CORES | generator.LOAD_CORES
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
            # Without the load generator, the workers could also use the cores that it occupies.
            left = [1 - run.generator_cores / len(everything) if count > 1 else 1 for run in runs]
            rates[count] = median(run.rate / share for run, share in zip(runs, left, strict=True))
    requests.close()
    results.ratios["four_workers_over_one"] = rates[_WORKERS] / rates[1]


def _named(engine: Engine, dialect: Dialect, kind: str, what: str, connections: int) -> str:
    name = "_".join(filter(None, (kind, what)))
    return f"{engine.prefix}{dialect.name}_{name}" + ("" if connections == MANY else "_one_connection")
