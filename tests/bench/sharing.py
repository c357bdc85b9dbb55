"""`python -m tests.bench.sharing`: how long a small company waits for a page while a large one floods the gateway.

One worker on one core. The small company reads a page of 25 at a steady pace, in turns alone and beside the flood; the
ratio is the median over the rounds of its 99th percentile beside the flood over that of the quiet turn before it.
"""

import argparse
import http.client
import os
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from statistics import median

from tests.bench import generator, servers, traffic
from tests.bench.__main__ import _engines
from tests.bench.engines import Engine
from tests.bench.generator import LOAD_CORES, Traffic
from tests.bench.growing import _new_neighbours
from tests.bench.registers import NEIGHBOURS_KEY, bootstrap
from tests.bench.rounds import MANY
from tests.bench.servers import Server
from tests.bench.traffic import DIALECTS, Dialect

_FLOODS = {"search": traffic.search, "page": traffic.list_hot, "get_one": traffic.get_hot, "create": traffic.create}
_PER_SECOND = 50
_SETTLE_SECONDS = 0.3


@dataclass(frozen=True)
class Waited:
    """How long the small company waited for its pages in milliseconds, and how many answers per second others got."""

    p50: float
    p99: float
    others: float = 0.0


def pages(server: Server, dialect: Dialect, seconds: float) -> Waited:
    """Read a page at a steady pace."""
    taken = sorted(_each_page(server, dialect, seconds))
    return Waited(taken[len(taken) // 2] * 1e3, taken[len(taken) * 99 // 100] * 1e3)


def _each_page(server: Server, dialect: Dialect, seconds: float) -> Iterator[float]:
    name, _, value = dialect.key.replace(traffic.KEY, NEIGHBOURS_KEY).partition(": ")
    connection = http.client.HTTPConnection("127.0.0.1", server.port)
    begun = time.perf_counter()
    for number in range(int(seconds * _PER_SECOND)):
        time.sleep(max(0.0, begun + number / _PER_SECOND - time.perf_counter()))
        asked = time.perf_counter()
        connection.request("GET", dialect.page(1 + number % 2), headers={name: value})
        answer = connection.getresponse()
        answer.read()
        if answer.status != 200:
            raise generator.Broken(f"a page is answered with {answer.status}")
        yield time.perf_counter() - asked
    connection.close()


def beside(server: Server, dialect: Dialect, requests: Sequence[bytes], seconds: float) -> Waited:
    """Read pages at the same pace beside a flood of these requests."""
    flood = Traffic(requests)
    with ThreadPoolExecutor(1) as pool:
        running = pool.submit(generator.run, server.port, flood, MANY, seconds + 2)
        time.sleep(_SETTLE_SECONDS)
        found = pages(server, dialect, seconds)
        others = running.result().rate
    flood.close()
    return Waited(found.p50, found.p99, others)


def alone(server: Server, requests: Sequence[bytes], seconds: float) -> float:
    """Return how many answers per second the flood gets by itself."""
    flood = Traffic(requests)
    rate = generator.run(server.port, flood, MANY, seconds).rate
    flood.close()
    return rate


def measure(engine: Engine, asked: argparse.Namespace) -> None:
    """Print a line for each flood in each dialect."""
    register = engine.copy(asked.size, "bench_sharing")
    bootstrap(register, "Neighbour", NEIGHBOURS_KEY)
    with servers.ours(register) as server:
        _new_neighbours(server, 100)
        for dialect in [each for each in DIALECTS if each.name in asked.dialects]:
            for kind in asked.floods:
                requests = _FLOODS[kind](dialect, asked.size)
                rounds = [
                    (pages(server, dialect, asked.seconds), beside(server, dialect, requests, asked.seconds))
                    for _ in range(asked.rounds)
                ]
                unshared = alone(server, requests, int(asked.seconds))
                _show(f"{engine.prefix}{dialect.name} {kind}", rounds, unshared)


def _show(name: str, rounds: Sequence[tuple[Waited, Waited]], unshared: float) -> None:
    quiet, busy = zip(*rounds, strict=True)
    ratio = median(one.p99 / other.p99 for one, other in zip(busy, quiet, strict=True))
    cells = [
        f"{median(each.p50 for each in some):.2f} / {median(each.p99 for each in some):.2f}" for some in (quiet, busy)
    ]
    print(
        f"{name:16} quiet p50/p99 {cells[0]} ms, beside {cells[1]} ms, p99 ratio {ratio:.2f};"
        f" flood {median(each.others for each in busy):.0f}/s beside, {unshared:.0f}/s alone",
        flush=True,
    )


def main() -> None:
    """Measure what the command line requests."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.sharing", description=__doc__)
    parser.add_argument("--engines", nargs="+", choices=("sqlite", "postgresql"), default=["sqlite", "postgresql"])
    parser.add_argument("--dialects", nargs="+", choices=("api", "v1"), default=["api", "v1"])
    parser.add_argument("--floods", nargs="+", choices=_FLOODS, default=list(_FLOODS))
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=6)
    parser.add_argument("--size", type=int, default=20_000, help="clients of the company that floods")
    asked = parser.parse_args()
    os.sched_setaffinity(0, LOAD_CORES)
    with _engines(asked.engines) as engines:
        for engine in engines:
            measure(engine, asked)


if __name__ == "__main__":
    main()
