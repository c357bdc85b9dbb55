"""The gateway behind nginx, HAProxy and Caddy, each a foreground process on a free loopback port.

A test that needs the gateway behind each of them requests the fixture `proxied` (tests/proxies/conftest.py). A test
that needs a certain proxy or a separate gateway uses a context manager, such as `nginx(server.url, "keepalive")` of
`tests.proxies.nginx`, whose variants are the keys of `VARIANTS`. If a program is not installed, its tests are skipped
with a line that names it.
"""
