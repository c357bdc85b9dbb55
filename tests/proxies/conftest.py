"""A gateway behind each kind of proxy: started once per test process, and stopped with it."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from functools import partial

import pytest

from tests.drivers import Company, new_company
from tests.proxies.caddy import caddy
from tests.proxies.haproxy import haproxy
from tests.proxies.nginx import VARIANTS, nginx
from tests.proxies.running import Proxy
from tests.server import Server, serving

PROXIES: dict[str, Callable[[str], AbstractContextManager[Proxy]]] = {
    **{f"nginx-{variant}": partial(nginx, variant=variant) for variant in VARIANTS},
    "haproxy": haproxy,
    "caddy": caddy,
}
"""How to start each proxy before a gateway, by the ids of the tests."""

PUBLIC_URL = "https://crm.example"


@dataclass(frozen=True)
class Proxied:
    """A gateway and the proxy in front of it."""

    gateway: Server
    proxy: Proxy

    @property
    def url(self) -> str:
        return self.proxy.url

    def new_company(self) -> Company:
        """Create a company whose clients connect through the proxy."""
        return new_company(replace(self.gateway, url=self.proxy.url))


@pytest.fixture(scope="session")
def behind(new_register, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The gateway that all proxies of a test process share; tests do not connect to it directly."""
    with serving(new_register("sqlite"), tmp_path_factory.mktemp("behind"), public_url=PUBLIC_URL) as server:
        yield server


@pytest.fixture(scope="session", params=PROXIES)
def proxied(request: pytest.FixtureRequest, behind: Server) -> Iterator[Proxied]:
    """The gateway behind each of the proxies."""
    with PROXIES[request.param](behind.url) as proxy:
        yield Proxied(behind, proxy)


@pytest.fixture
def company(proxied: Proxied) -> Iterator[Company]:
    """A company for one test, whose clients connect through the proxy."""
    made = proxied.new_company()
    yield made
    made.close()
