"""HAProxy in front of the members of a cluster, configured as in docs/deploy."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.proxies.haproxy import haproxy_of
from tests.server import free_port
from tests.torture.patroni import CREDENTIALS, Cluster

_DEPLOYED = Path(__file__).parents[2] / "docs" / "deploy" / "haproxy-postgresql.cfg"


@contextmanager
def balanced(cluster: Cluster) -> Iterator[tuple[str, str]]:
    """Yield the URL that leads to the leader, and the one that leads to the standbys."""
    writes, reads = free_port(), free_port()
    replaced = {"127.0.0.1:5000": f"127.0.0.1:{writes}", "127.0.0.1:5001": f"127.0.0.1:{reads}"}
    replaced |= {f"10.0.0.{11 + number}:": f"{each.address}:" for number, each in enumerate(cluster.members)}
    text = _DEPLOYED.read_text()
    for here, there in replaced.items():
        assert here in text
        text = text.replace(here, there)
    leader = f"postgresql://{CREDENTIALS}@127.0.0.1:{writes}/postgres?target_session_attrs=read-write"
    with haproxy_of(text, writes):
        yield leader, f"postgresql://{CREDENTIALS}@127.0.0.1:{reads}/postgres"
