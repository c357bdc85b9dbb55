"""Several `gateway serve` processes on one register, started at the same moment on an empty database."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.drivers import Company, new_company
from tests.process import GatewayProcess
from tests.register.callers import CALLERS, Caller


@dataclass(frozen=True)
class Fleet:
    """The processes, and one company as seen through each of them."""

    processes: list[GatewayProcess]
    companies: list[Company]

    @property
    def callers(self) -> list[Caller]:
        """Every dialect of every instance. Their HTTP clients may be shared by threads."""
        return [kind(company) for company in self.companies for kind in CALLERS.values()]

    @property
    def log(self) -> str:
        """Return what all processes wrote."""
        return self.processes[0].log.read_text()


@contextmanager
def fleet_of(count: int, database_url: str, folder: Path, **settings: object) -> Iterator[Fleet]:
    """Run this number of instances on one database and one storage folder."""
    processes = [GatewayProcess(database_url, folder, **settings) for _ in range(count)]
    with ExitStack() as stack:
        for process in processes:
            stack.callback(process.kill)
        with ThreadPoolExecutor(count) as starters:
            list(starters.map(GatewayProcess.start, processes))
        first = new_company(stack.enter_context(processes[0].served()))
        others = [
            Company(stack.enter_context(process.served()), first.key, first.name, first.password)
            for process in processes[1:]
        ]
        for company in (first, *others):
            stack.callback(company.close)
        yield Fleet(processes, [first, *others])
