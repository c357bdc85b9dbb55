"""The observers of this process's requests, wired together: log, metrics, traces, usage."""

import asyncio
import sys
from contextlib import AsyncExitStack
from typing import TextIO

from starlette.types import ASGIApp

from core.database.database import Database
from gateway.settings import Settings
from gateway.telemetry import logs
from gateway.telemetry.metrics.company_traffic import CompanyTraffic
from gateway.telemetry.metrics.page import MetricsPage
from gateway.telemetry.metrics.sharing import Sharing
from gateway.telemetry.metrics.traffic import Traffic
from gateway.telemetry.observation import Observation, RequestsInProgress
from gateway.telemetry.remote_control import RemoteControl
from gateway.telemetry.request_log import RequestLog, as_json, as_words
from gateway.telemetry.tracing import open_tracing
from gateway.telemetry.usage import UsageRecorder


class Instrumentation:
    """An async context manager that stores and shares what was observed, the last of it at the end."""

    def __init__(self, settings: Settings, database: Database) -> None:
        self._usage = UsageRecorder(database, settings.usage_days, settings.housekeeping_seconds)
        self._traffic, self._under_way = Traffic(), RequestsInProgress()
        self._companies = CompanyTraffic(settings.metrics_companies)
        self._sharing = Sharing(self._traffic, self._under_way, settings.metrics_folder, self._companies)
        self._control = RemoteControl(database, settings.log_level)
        self._reporters = [each for each in (_request_log(settings), open_tracing()) if each is not None]
        self._counting = [self._traffic, self._companies] if settings.metrics_companies else [self._traffic]
        self._stack = AsyncExitStack()
        self.metrics = MetricsPage(database, self._sharing, settings.metrics_token, settings.metrics_companies)

    def around(self, application: ASGIApp) -> ASGIApp:
        """Return an application whose requests are observed."""
        return Observation(
            application, [*self._counting, self._usage, self._control, *self._reporters], self._under_way
        )

    async def __aenter__(self) -> None:
        for each in (self._usage, self._sharing, self._control):
            await self._stack.enter_async_context(each)

    async def __aexit__(self, *_exception: object) -> None:
        await self._stack.aclose()
        for each in self._reporters:
            await asyncio.to_thread(each.flush)


def configure_logs(settings: Settings) -> None:
    """Configure the log of this process by the settings."""
    logs.configure(_style(settings, sys.stderr), settings.log_level)


def _request_log(settings: Settings) -> RequestLog | None:
    style = as_json if _style(settings, sys.stdout) == "json" else as_words
    return RequestLog(style) if settings.access_log else None


def _style(settings: Settings, stream: TextIO) -> str:
    if settings.log_format != "auto":
        return settings.log_format
    return "text" if stream.isatty() else "json"
