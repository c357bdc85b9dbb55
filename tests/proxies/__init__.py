"""The gateway behind real proxies: nginx, HAProxy and Caddy, each as a foreground process on a free loopback port.

A test that wants the gateway behind each of them asks for the fixture `proxied` (tests/proxies/conftest.py). One that
wants a certain proxy, or a gateway of its own, opens it itself:

    from tests.proxies.nginx import nginx

    with serving(...) as server, nginx(server.url, "keepalive") as proxy:
        httpx.get(f"{proxy.url}/healthz")

The variants of nginx are the keys of `tests.proxies.nginx.VARIANTS`. Where a program is not installed, the test is
skipped with a line that names it.
"""
