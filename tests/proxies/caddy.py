"""Caddy in front of the gateway."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

from tests.proxies.running import Proxy, running
from tests.server import free_port


@contextmanager
def caddy(gateway_url: str, more: str = "") -> Iterator[Proxy]:
    """Run Caddy in front of a gateway, without TLS; `more` is added to its site."""
    port = free_port()
    site = f"""
http://:{port} {{
  reverse_proxy {urlsplit(gateway_url).netloc}
  {more}
}}
"""
    with caddy_of(site, port) as proxy:
        yield proxy


@contextmanager
def caddy_of(site: str, port: int, scheme: str = "http", other_port: int = 0) -> Iterator[Proxy]:
    """Caddy with these sites, one of which listens on the port; the other port is for http with https, and so on.

    Certificates come from an authority of its own, which nobody is asked to trust.
    """
    with tempfile.TemporaryDirectory(prefix="caddy-") as made:
        folder = Path(made)
        (folder / "Caddyfile").write_text(f"{_options(port, scheme, other_port or free_port())}\n{site}")
        proxy = Proxy("caddy", port, folder / "log", scheme)
        command = ["caddy", "run", "--adapter", "caddyfile", "--config", str(folder / "Caddyfile")]
        with running(proxy, command, folder):
            yield proxy


def _options(port: int, scheme: str, other_port: int) -> str:
    other = "https" if scheme == "http" else "http"
    return f"""
{{
  admin off
  skip_install_trust
  {scheme}_port {port}
  {other}_port {other_port}
  default_bind 127.0.0.1
}}
"""
