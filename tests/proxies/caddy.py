"""Caddy before the gateway."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

from tests.proxies.running import Proxy, running
from tests.server import free_port


@contextmanager
def caddy(gateway_url: str, more: str = "") -> Iterator[Proxy]:
    """Caddy before a gateway, without TLS; `more` is added to its site."""
    port = free_port()
    site = f"""
http://:{port} {{
  bind 127.0.0.1
  reverse_proxy {urlsplit(gateway_url).netloc}
  {more}
}}
"""
    with caddy_of(site, port) as proxy:
        yield proxy


@contextmanager
def caddy_of(site: str, port: int, scheme: str = "http", host: str = "127.0.0.1") -> Iterator[Proxy]:
    """Caddy with these sites, one of which listens on the port.

    Certificates come from an authority of its own, which nobody is asked to trust.
    """
    with tempfile.TemporaryDirectory(prefix="caddy-") as made:
        folder = Path(made)
        (folder / "Caddyfile").write_text(f"{_options(port, scheme)}\n{site}")
        proxy = Proxy("caddy", port, folder / "log", scheme, host)
        command = ["caddy", "run", "--adapter", "caddyfile", "--config", str(folder / "Caddyfile")]
        with running(proxy, command, folder):
            yield proxy


def _options(port: int, scheme: str) -> str:
    other = "https" if scheme == "http" else "http"
    return f"""
{{
  admin off
  skip_install_trust
  auto_https disable_redirects
  {scheme}_port {port}
  {other}_port {free_port()}
}}
"""
