"""nginx in front of the gateway, in its usual configurations."""

import os
import pwd
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

from tests.proxies.running import Proxy, running
from tests.server import free_port

_POOL = """
      proxy_pass http://pool;
      proxy_http_version 1.1;
      proxy_set_header Connection "";
"""

VARIANTS = {
    # What most people write first: HTTP/1.0 to the gateway, one connection a request, and no header is added.
    "plain": "proxy_pass http://UPSTREAM;",
    # A pool of connections that all callers share.
    "keepalive": _POOL,
    # Bodies are passed on while they arrive, in both directions.
    "unbuffered": f"{_POOL} proxy_request_buffering off; proxy_buffering off;",
    # A compressed answer is another representation, so nginx makes its ETag a weak one.
    "gzip": f"{_POOL} gzip on; gzip_proxied any; gzip_min_length 1; gzip_types application/json text/plain;",
}
"""The contents of `location /`, by the name of the variant."""


@contextmanager
def nginx(gateway_url: str, variant: str = "keepalive", more: str = "") -> Iterator[Proxy]:
    """Run nginx in front of a gateway, as one of `VARIANTS`; `more` is added to its `location /`."""
    upstream, port = urlsplit(gateway_url).netloc, free_port()
    location = VARIANTS[variant].replace("UPSTREAM", upstream)
    site = f"""
  upstream pool {{ server {upstream}; keepalive 8; }}
  server {{
    listen 127.0.0.1:{port};
    client_max_body_size 200m;
    location / {{
      {location}
      {more}
    }}
  }}
"""
    with nginx_of(site, f"nginx {variant}", port) as proxy:
        yield proxy


@contextmanager
def nginx_of(site: str, name: str, port: int, scheme: str = "http") -> Iterator[Proxy]:
    """Run nginx with these `upstream` and `server` blocks; one of them must listen on the port."""
    with tempfile.TemporaryDirectory(prefix="nginx-") as made:
        folder = Path(made)
        (folder / "nginx.conf").write_text(_around(site, folder))
        proxy = Proxy(name, port, folder / "log", scheme)
        command = ["nginx", "-p", made, "-c", str(folder / "nginx.conf"), "-e", "stderr"]
        with running(proxy, command, folder):
            yield proxy


def _around(site: str, folder: Path) -> str:
    kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    temporary = "\n".join(f"  {kind}_temp_path {folder / kind};" for kind in kinds)
    # Started by root, the workers would be another user's, who cannot use the folder.
    user = f"user {pwd.getpwuid(0).pw_name};" if os.geteuid() == 0 else ""
    return f"""
{user}
daemon off;
worker_processes 1;
pid {folder / "nginx.pid"};
error_log stderr notice;
events {{ worker_connections 256; }}
http {{
  access_log off;
{temporary}
{site}
}}
"""
