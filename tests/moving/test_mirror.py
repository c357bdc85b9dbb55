"""`gateway mirror`: live answers of the old system are compared with this gateway's."""

import json
import os
import shutil
import socket
import subprocess
from functools import partial

import pytest

from gateway.migration.mirroring.keys import fingerprint
from tests.clients.test_other_clients import JAVA
from tests.gateway.command_line import copied
from tests.moving.mirror_pair import KEY, LEGACY, PUBLIC_URL, V1, load, send
from tests.moving.mirrors import answer_to, mirroring, playing
from tests.moving.vendor import hashed
from tests.process import GatewayProcess
from tests.proxies.haproxy import haproxy
from tests.proxies.nginx import nginx
from tests.server import free_port

READS = [
    ("/api/v1/clients?per_page=5&sort=name|asc", V1),
    (f"/api/v1/clients/{hashed(3)}", V1),
    ("/api/v1/clients?name=Secret-Name", V1),
    ("/api/clients/4", LEGACY),
    ("/api/clients?limit=3", LEGACY),
    ("/api/clients/999", LEGACY),
    ("/api/clients", {"Authorization": "Bearer wrong"}),
    ("/api/clients", {}),
]


def test_callers_get_the_answers_of_the_old_system_which_are_compared(pair, tmp_path):
    with mirroring(tmp_path / "m", pair.old.url, pair.new.url) as mirror:
        for path, headers in READS:
            through, direct = send(mirror.url, path, headers), send(pair.old.url, path, headers)
            assert (through.status_code, through.content) == (direct.status_code, direct.content)
            assert [name for name, _ in through.headers.raw] == [name for name, _ in direct.headers.raw]
        report = mirror.compared(len(READS))
        status, printed = mirror.stop()
    assert (report["counts"]["same"], report["differences"], report["answers"]) == (len(READS), [], len(READS))
    assert report["routes"]["/api/clients/{id}"] == {"same": 2}
    assert report["keys"][fingerprint(KEY)] == {"same": 6}
    assert (status, f"{len(READS)} answers, 0 differences for " in printed) == (0, True)


@pytest.mark.parametrize("front", ["nginx-plain", "nginx-keepalive", "nginx-unbuffered", "haproxy"])
def test_a_mirror_stands_behind_a_proxy_of_all_callers(pair, tmp_path, front):
    start = haproxy if front == "haproxy" else partial(nginx, variant=front.partition("-")[2])
    with mirroring(tmp_path / "m", pair.old.url, pair.new.url) as mirror, start(mirror.url) as proxy:
        for path, headers in READS:
            through, direct = send(proxy.url, path, headers), send(pair.old.url, path, headers)
            assert (through.status_code, through.content) == (direct.status_code, direct.content)
        made, wrong = load(proxy.url, 1)
        report = mirror.compared(len(READS))
    assert (made > 25, wrong, report["differences"]) == (True, [], [])


CALLERS = {
    "curl": ["curl", "-sS", "--http2", "-H", f"X-API-TOKEN: {KEY}", "{url}/api/v1/clients", "{url}/api/v1/clients"],
    "java": ["java", str(JAVA), "{url}", KEY],
}


@pytest.mark.parametrize("program", CALLERS)
def test_other_programs_work_through_a_mirror(bootstrapped, pair, tmp_path, program):
    if shutil.which(program) is None:
        pytest.skip(f"{program} is not installed")
    old = copied(bootstrapped, tmp_path)
    with (
        GatewayProcess(old.database_url, old.folder, public_url=PUBLIC_URL, rate_limit=0) as gateway,
        mirroring(tmp_path / "m", gateway.url, pair.new.url) as mirror,
    ):
        command = [word.format(url=mirror.url) for word in CALLERS[program]]
        done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=120)
        assert done.stdout.count('"data"') == 2 or done.stdout.split() == ["200"] * 6 + ["201"]
        report = mirror.compared(1)
    assert report["counts"]["unobserved"] == 0


def test_differences_are_listed_by_route_field_and_key_without_secrets(pair, tmp_path):
    change = {"client_company_name": "Jane Sensitive"}
    assert send(pair.new.url, "/api/clients/7", LEGACY, "PATCH", json=change).status_code == 200
    try:
        (tmp_path / "keys").write_text(f"# keys\n{KEY}  {KEY} # Acme\n")
        with mirroring(tmp_path / "m", pair.old.url, pair.new.url, "--keys", tmp_path / "keys") as mirror:
            send(mirror.url, "/api/clients/7?token=Query-Secret", LEGACY)
            send(mirror.url, "/api/clients/8", LEGACY)
            send(mirror.url, "/api/clients/8", {"Authorization": "Bearer unknown-key-with-secret"})
            send(mirror.url, "/api/invoices/Path-Secret", LEGACY)
            report = mirror.compared(4)
            mirror.stop()
        (named,) = [each for each in report["differences"] if each["field"] == "data.company_name"]
        shown = {name: named[name] for name in ("route", "key", "times", "there", "here", "example")}
        assert shown == {
            "route": "/api/clients/{id}",
            "key": fingerprint(KEY),
            "times": 1,
            "there": '"Aaaaaa 9"',
            "here": '"Aaaa Aaaaaaaaa"',
            "example": "/api/clients/7",
        }
        assert report["counts"]["different"] == 1
        kept = "".join(each.read_text() for each in (tmp_path / "m").iterdir())
        assert not [
            word
            for word in (KEY, "Sensitive", "Client 7", "Query-Secret", "Path-Secret", "unknown-key")
            if word in kept
        ]
        assert os.stat(tmp_path / "m" / "mirror.json").st_mode & 0o77 == 0
        said = pair.cli.run("mirror-report", tmp_path / "m" / "mirror.json")
        assert (said.exit_code, "/api/clients/{id}  data.company_name" in said.stdout) == (1, True)
        (tmp_path / "accepted").write_text("/api/clients/* data.company_name\ndata.dates.* # moments\ndata.*\n")
        with mirroring(tmp_path / "a", pair.old.url, pair.new.url, "--accept", tmp_path / "accepted") as mirror:
            send(mirror.url, "/api/clients/7", LEGACY)
            report = mirror.compared(1)
        assert (report["differences"], "/api/clients/* data.company_name" in report["accepted"]) == ([], True)
    finally:
        send(pair.new.url, "/api/clients/7", LEGACY, "PATCH", json={"client_company_name": "Client 7"})


def test_keys_are_mapped_and_unknown_ones_counted(pair, tmp_path):
    (tmp_path / "keys").write_text(f"old-key {KEY}\n")
    with (
        playing() as player,
        mirroring(tmp_path / "m", player.url, pair.new.url, "--keys", tmp_path / "keys") as mirror,
    ):
        player.play = serves(pair.old)
        for key in ("old-key", "other-key"):
            send(mirror.url, "/api/clients/4", {"Authorization": f"Bearer {key}"})
        report = mirror.wait(lambda report: report["counts"]["key_unknown"] and report["counts"]["same"])
    assert report["keys"] == {fingerprint("old-key"): {"same": 1}, fingerprint("other-key"): {}}


def serves(gateway: GatewayProcess):
    """Return a `play` that forwards to a gateway with a key of its own: an old system that accepts every key."""

    def play(connection: socket.socket, seen: bytearray) -> None:
        path = connection.recv(65536).split(b" ")[1].decode()
        found = send(gateway.url, path, LEGACY)
        head = f"HTTP/1.1 {found.status_code} OK\r\nContent-Type: application/json\r\n"
        connection.sendall(head.encode() + b"Content-Length: %d\r\n\r\n" % len(found.content) + found.content)

    return play


def test_writes_reach_only_the_old_system(pair, tmp_path):
    with mirroring(tmp_path / "m", pair.old.url, pair.new.url) as mirror:
        before = send(pair.new.url, "/api/v1/clients?per_page=100", V1).content
        body = {"name": "Written", "contacts": [{"first_name": "W"}]}
        made = send(mirror.url, "/api/v1/clients", V1, "POST", json=body)
        assert made.status_code == 200
        path = f"/api/v1/clients/{made.json()['data']['id']}"
        override = V1 | {"X-HTTP-Method-Override": "DELETE"}
        assert send(mirror.url, path, override).status_code == 200
        assert send(mirror.url, path, V1, "DELETE").status_code == 200
        report = mirror.compared(1)
        assert report["counts"]["unsettled"] == 1  # it was created a moment ago
        assert send(pair.new.url, "/api/v1/clients?per_page=100", V1).content == before


def test_writes_are_applied_to_a_scratch_register_in_their_order(bootstrapped, tmp_path):
    sides = []
    for name in ("old", "scratch"):
        (tmp_path / name).mkdir()
        sides.append(copied(bootstrapped, tmp_path / name))
    settings = {"public_url": PUBLIC_URL, "rate_limit": 0}
    (tmp_path / "accepted").write_text("\n".join(f"data*.{name}" for name in NOT_EQUAL))
    with (
        GatewayProcess(sides[0].database_url, sides[0].folder, **settings) as old,
        GatewayProcess(sides[1].database_url, sides[1].folder, **settings) as scratch,
        mirroring(
            tmp_path / "m",
            old.url,
            scratch.url,
            "--writes",
            scratch.url,
            "--scratch",
            "--accept",
            tmp_path / "accepted",
        ) as mirror,
    ):
        for number in range(5):
            new = {"client_company_name": f"W {number}", "email": f"w{number}@x.example"}
            new |= {"first_name": "W", "last_name": "X"}
            made = send(mirror.url, "/api/clients", LEGACY, "POST", json=new).json()
            path = f"/api/clients/{made['data']['id']}"
            send(mirror.url, path, LEGACY, "PATCH", json={"client_company_name": f"X {number}"})
            send(mirror.url, path, LEGACY)
        report = mirror.compared(15)
        assert (report["differences"], report["counts"]["writes_lost"]) == ([], 0)
        assert report["routes"]["POST /api/clients"] == {"same": 5}
        assert report["counts"]["same"] == 15
        names = [each["company_name"] for each in send(scratch.url, "/api/clients", LEGACY).json()["data"]]
        assert sorted(names) == [f"X {number}" for number in range(5)]


NOT_EQUAL = ("dates.*", "client_hash", "*hash", "*key")


REFUSED = {
    "the gateway as the old system": (("{new}", "--to", "{new}"), "is the old system itself"),
    "another name of it": (("{new}", "--to", "{local}"), "is the old system itself"),
    "writes to the old system": (("{old}", "--to", "{new}", "--writes", "{old}"), "is the old system itself"),
    "writes to the gateway in use": (("{old}", "--to", "{new}", "--writes", "{local}"), "--scratch"),
    "a path": (("{old}/api", "--to", "{new}"), "leave it out"),
    "no URL": (("old.example", "--to", "{new}"), "must be a URL"),
    "a password": (("http://a:b@old.example", "--to", "{new}"), "must be a URL"),
    "another goal": (("{old}", "--to", "{new}", "--until", "soon"), "is not a goal"),
    "itself": (("{free}", "--to", "{new}", "--port", "{port}"), "The mirror itself"),
    "a file of something else": (("{old}", "--to", "{new}", "--state", "{other}"), "is not the file of a mirror"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_harmful_options_of_a_mirror_are_refused_in_one_sentence(bootstrapped, tmp_path, case):
    arguments, words = REFUSED[case]
    (tmp_path / "other").write_text("{}")
    port, free = free_port(), free_port()
    named = {"old": f"http://127.0.0.1:{port + 1}", "new": f"http://127.0.0.1:{port}", "port": free}
    named |= {"local": f"http://localhost:{port}", "free": f"http://localhost:{free}", "other": tmp_path / "other"}
    result = bootstrapped.run("mirror", "--state", tmp_path / "m", *(each.format(**named) for each in arguments))
    assert (result.exit_code, words in result.stderr.splitlines()[-1]) == (1, True), result.output


def test_two_mirrors_do_not_share_a_file(pair, tmp_path):
    with mirroring(tmp_path / "m", pair.old.url, pair.new.url) as mirror:
        result = pair.cli.run("mirror", pair.old.url, "--to", pair.new.url, "--state", mirror.state)
    assert (result.exit_code, "Another mirror uses" in result.stderr) == (1, True)


def test_a_mirror_exits_with_0_at_its_goal_and_resumes_after_a_stop(pair, tmp_path):
    until = ("--until", "8 answers, 2s")
    with mirroring(tmp_path / "m", pair.old.url, pair.new.url, *until) as mirror:
        for _ in range(4):
            send(mirror.url, "/api/clients/4", LEGACY)
        mirror.compared(4)
        assert mirror.stop()[0] == 1
    with mirroring(tmp_path / "m", pair.old.url, pair.new.url, *until) as mirror:
        for _ in range(4):
            send(mirror.url, "/api/clients/4", LEGACY)
        status, printed = mirror.ended()
    assert (status, "8 answers, 0 differences for " in printed) == (0, True), printed
    assert json.loads((tmp_path / "m" / "mirror.json").read_text())["counts"]["same"] == 8


def test_answers_that_cannot_be_compared_are_counted_by_reason(pair, tmp_path):
    def answers(status: str, headers: str = "", body: bytes = b"{}") -> bytes:
        return f"HTTP/1.1 {status}\r\nContent-Length: {len(body)}\r\n{headers}\r\n".encode() + body

    odd = {
        "old_system_failed": (answers("500 Oops"), {}),
        "conditional": (b"HTTP/1.1 304 Not Modified\r\n\r\n", {"If-None-Match": '"x"'}),
        "coding_unknown": (answers("200 OK", "Content-Encoding: x-own\r\n"), {}),
        "too_large": (answers("200 OK", body=b"x" * 9_000_000), {}),
        "broken_off": (answers("200 OK")[:-1], {}),
    }
    with playing() as player, mirroring(tmp_path / "m", player.url, pair.new.url) as mirror:
        for answer, headers in odd.values():
            request = "".join(f"{name}: {value}\r\n" for name, value in {"Host": "x", **LEGACY, **headers}.items())
            player.play = lambda connection, seen, answer=answer: connection.recv(65536) and connection.sendall(answer)
            assert answer_to(mirror.port, f"GET /api/clients/4 HTTP/1.1\r\n{request}\r\n".encode()) == answer
        report = mirror.wait(lambda report: all(report["counts"][name] for name in odd))
    assert {name: report["counts"][name] for name in odd} == dict.fromkeys(odd, 1)
    assert report["counts"]["same"] + report["counts"]["different"] == 0
