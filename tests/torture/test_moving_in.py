"""Importing from a source that misbehaves at random, by an import that is killed twice: every client, byte for byte.

`make torture` imports 10,000 clients (GATEWAY_MIGRATION_CLIENTS); GATEWAY_TORTURE_SEED says which answers are wrong.
"""

import os

import pytest

from tests.moving.test_migration import (
    LEGACY,
    PUBLIC_URL,
    V1,
    assert_same_documents,
    clients,
    empty,
    move,
    source,
)
from tests.process import GatewayProcess
from tests.torture.misbehaving import misbehaving

SEED = int(os.environ.get("GATEWAY_TORTURE_SEED", "1"))
__all__ = ["source"]


@pytest.mark.parametrize("kind", ["ninja", "grow"])
def test_every_client_of_a_misbehaving_source_is_imported_byte_for_byte(source, tmp_path, capsys, kind):
    cli = empty(tmp_path / kind)
    with misbehaving(source.url, SEED) as proxy:
        move(source, kind, cli, proxy.url)
    with capsys.disabled():
        faults = ", ".join(f"{count} × {name}" for name, count in sorted(proxy.did.items()))
        print(f"\n{kind}, seed {SEED}: {faults}")
    path = V1 if kind == "ninja" else LEGACY
    expected = clients(source.url, path)
    with GatewayProcess(cli.database_url, cli.folder, public_url=PUBLIC_URL, rate_limit=0) as gateway:
        assert clients(gateway.url, path) == expected
        if kind == "ninja":
            assert_same_documents(gateway, source, expected)
    assert cli.run("check").exit_code == 0
    assert sum(proxy.did.values()) > 3
