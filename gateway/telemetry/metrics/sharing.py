"""Sharing of metrics between the workers of an instance, so that a scrape of any worker shows all of them.

Each worker has a file in a folder that `gateway serve` makes, and writes it every second in which something changed.
The file of a worker that has ended stays, because its counts remain.

prometheus_client's own mode for several processes is not used: it is enabled by an environment variable that must be
set before the first import, counts for the whole process instead of one application, and writes to a shared file at
each observation, that is, at every request.
"""

import asyncio
import os
import secrets
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from core.files import make_private_folder, temporary_file
from gateway.background_task import BackgroundTask
from gateway.telemetry.metrics.company_traffic import CompanySeries, CompanyTraffic
from gateway.telemetry.metrics.traffic import Labels, Traffic
from gateway.telemetry.observation import RequestsInProgress

_PAUSE_SECONDS = 1.0


@dataclass(frozen=True)
class Snapshot:
    """The figures of a worker at one time."""

    pid: int
    under_way: int
    series: dict[Labels, list[float]]
    companies: CompanySeries

    @property
    def is_alive(self) -> bool:
        """Whether the worker still runs."""
        try:
            os.kill(self.pid, 0)
        except ProcessLookupError:
            return False
        except PermissionError:
            pass  # it runs as another user
        return True


class Sharing(BackgroundTask):
    """An async context manager that keeps this worker's file up to date.

    Without a folder there is only this worker.
    """

    def __init__(
        self,
        traffic: Traffic,
        under_way: RequestsInProgress,
        folder: str | None,
        companies: CompanyTraffic | None = None,
    ) -> None:
        self._traffic = traffic
        self._companies = companies or CompanyTraffic(0)
        self._under_way = under_way
        self._path = Path(folder) / f"{os.getpid()}-{secrets.token_hex(4)}.json" if folder else None
        self._written = b""

    async def __aenter__(self) -> None:
        if self._path is not None:
            with suppress(OSError):
                make_private_folder(self._path.parent)
            self._start()

    async def __aexit__(self, *exception: object) -> None:
        await super().__aexit__(*exception)
        if self._path is not None:
            with suppress(OSError):
                self._write(self._path, self.own())

    def own(self) -> bytes:
        """Return this worker's figures as text.

        It must be called on the event loop, like everything that changes them.
        """
        figures = [self._traffic.series.items(), self._companies.series.items()]
        return orjson.dumps([os.getpid(), self._under_way.requests, *map(list, figures)])

    def all(self, own: bytes) -> Iterator[Snapshot]:
        """Return these figures of this worker, and then what the others wrote last."""
        yield _parsed(own)
        for path in sorted(self._path.parent.glob("*.json")) if self._path is not None else ():
            if path != self._path:
                with suppress(OSError, ValueError, TypeError):  # the file was removed, or is not a worker's
                    yield _parsed(path.read_bytes())

    async def _work(self) -> None:
        assert self._path is not None
        while True:
            own = self.own()
            if own != self._written:
                with suppress(OSError):  # a failing disk is no reason to stop serving
                    await asyncio.to_thread(self._write, self._path, own)
                    self._written = own
            await asyncio.sleep(_PAUSE_SECONDS)

    def _write(self, path: Path, figures: bytes) -> None:
        with temporary_file(path.parent) as (part, file):
            file.write(figures)
            file.flush()
            part.replace(path)


def _parsed(figures: bytes) -> Snapshot:
    pid, under_way, series, companies = orjson.loads(figures)
    return Snapshot(pid, under_way, {_labels(labels): numbers for labels, numbers in series}, dict(companies))


def _labels(labels: list[Any]) -> Labels:
    dialect, route, method, status = labels
    return dialect, route, method, status
