"""HAProxy in front of the gateway, with one pool of connections for all callers."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

from tests.proxies.running import Proxy, running
from tests.server import free_port


@contextmanager
def haproxy(gateway_url: str, more: str = "") -> Iterator[Proxy]:
    """Run HAProxy in front of a gateway; `more` is added to its frontend."""
    port = free_port()
    config = f"""
global
  maxconn 256
defaults
  mode http
  timeout connect 5s
  timeout client 60s
  timeout server 60s
frontend callers
  bind 127.0.0.1:{port}
  {more}
  default_backend gateway
backend gateway
  http-reuse always
  server one {urlsplit(gateway_url).netloc}
"""
    with haproxy_of(config, port) as proxy:
        yield proxy


@contextmanager
def haproxy_of(config: str, port: int, scheme: str = "http") -> Iterator[Proxy]:
    """Run HAProxy with this complete configuration; one of its frontends must listen on the port."""
    with tempfile.TemporaryDirectory(prefix="haproxy-") as made:
        folder = Path(made)
        (folder / "haproxy.cfg").write_text(config)
        proxy = Proxy("haproxy", port, folder / "log", scheme)
        with running(proxy, ["haproxy", "-db", "-f", str(folder / "haproxy.cfg")], folder):
            yield proxy
