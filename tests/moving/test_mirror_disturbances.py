"""Callers of a mirror notice nothing, whatever happens to the gateway or to the comparison."""

import json
import signal
import threading
import time

import psutil

from tests.moving.mirror_pair import LEGACY, PUBLIC_URL, load, send
from tests.moving.mirrors import mirroring, playing
from tests.process import GatewayProcess


def test_callers_do_not_notice_a_gateway_that_hangs_or_fails(pair, tmp_path):
    with playing() as player, mirroring(tmp_path / "m", pair.old.url, player.url) as mirror:
        for answer in (b"HTTP/1.1 503 No\r\nContent-Length: 0\r\n\r\n", b"\x00\xff" * 50_000, b""):
            player.play = lambda connection, seen, answer=answer: (
                connection.sendall(answer) if answer else time.sleep(60)
            )
            made, wrong = load(mirror.url, 1)
            assert (made > 25, wrong) == (True, [])


def test_callers_do_not_notice_a_gateway_that_is_killed(pair, tmp_path):
    with (
        GatewayProcess(pair.cli.database_url, pair.cli.folder, public_url=PUBLIC_URL, rate_limit=0) as new,
        mirroring(tmp_path / "m", pair.old.url, new.url) as mirror,
    ):
        send(mirror.url, "/api/clients/4", LEGACY)
        mirror.compared(1)
        killing = threading.Timer(1, new.kill)
        killing.start()
        made, wrong = load(mirror.url, 3)
        killing.join()
        more, too = load(mirror.url, 1)  # all of them after it
        report = mirror.wait(lambda report: report["counts"]["unanswered"] > 0)
    assert (made > 75, more > 25, wrong, too) == (True, True, [], [])
    assert (report["counts"]["same"] > 0, report["differences"]) == (True, [])


def test_a_comparison_that_hangs_or_dies_does_not_affect_callers(pair, tmp_path):
    with mirroring(tmp_path / "m", pair.old.url, pair.new.url) as mirror:
        (comparer,) = psutil.Process(mirror.process.pid).children()
        comparer.send_signal(signal.SIGSTOP)
        made, wrong = load(mirror.url, 2)
        comparer.kill()
        more, too = load(mirror.url, 1)
        assert (made > 50, more > 25, wrong, too) == (True, True, [], [])
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            send(mirror.url, "/api/clients/4", LEGACY)
            if mirror.state.exists() and json.loads(mirror.state.read_text())["counts"].get("restarts"):
                break
            time.sleep(0.2)
        assert mirror.report()["counts"]["restarts"] == 1
