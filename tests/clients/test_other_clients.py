"""Other HTTP clients: curl, and the one of Java's standard library."""

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

JAVA = Path(__file__).parent / "java" / "RoundTrip.java"
BEGINNINGS = {"HTTP/1.1": [], "HTTP/2 by upgrade": ["--http2"], "HTTP/1.0": ["--http1.0"]}

needs_curl = pytest.mark.skipif(shutil.which("curl") is None, reason="there is no curl")
needs_java = pytest.mark.skipif(shutil.which("javac") is None, reason="there is no JDK")


@pytest.fixture
def curl(company):
    def run(*arguments: str) -> tuple[int, dict]:
        keys = ["-H", f"X-API-TOKEN: {company.key}", "-H", f"Authorization: Bearer {company.key}"]
        command = ["curl", "-sS", "--max-time", "60", "-w", "\n%{http_code}", *keys, *arguments]
        done = subprocess.run(command, capture_output=True, text=True, check=True, env=os.environ | {"no_proxy": "*"})
        body, _, status = done.stdout.rpartition("\n")
        return int(status), json.loads(body)

    return run


@needs_curl
@pytest.mark.parametrize("beginning", BEGINNINGS)
def test_curl_reads_and_writes_in_both_dialects(company, curl, beginning):
    options, url = BEGINNINGS[beginning], company.server.url
    as_json = ["-H", "Content-Type: application/json"]
    status, made = curl(*options, f"{url}/api/v1/clients", *as_json, "-d", '{"name": "Made"}')
    assert (status, made["data"]["name"]) == (200, "Made")
    one = f"{url}/api/v1/clients/{made['data']['id']}"
    assert curl(*options, "-X", "PUT", one, *as_json, "-d", '{"city": "Bern"}')[1]["data"]["city"] == "Bern"
    form = ["-d", "first_name=Jane", "-d", "last_name=Doe", "-d", "email=jane@acme.example"]
    status, legacy = curl(*options, f"{url}/api/clients", *form)
    assert status == 201
    named = ["-d", "client_company_name=Named", "-d", "client_billing_city=Basel"]
    status, changed = curl(*options, "-X", "PATCH", f"{url}/api/clients/{legacy['data']['id']}", *named)
    assert (status, changed["data"]["billing"]["city"]) == (200, "Basel")
    assert company.api.get("/clients").json()["meta"]["total"] == 2


@needs_curl
@pytest.mark.parametrize("beginning", BEGINNINGS)
def test_curl_uploads_with_expect_100_continue(company, curl, tmp_path, beginning):
    # Of a large body curl sends the head with `Expect: 100-continue` first.
    file = tmp_path / "large.bin"
    file.write_bytes(os.urandom(3_000_000))
    one = company.new_v1()["id"]
    form = ["-F", "_method=PUT", "-F", f"documents[]=@{file}"]
    url = f"{company.server.url}/api/v1/clients/{one}/upload"
    status, shown = curl(*BEGINNINGS[beginning], "-X", "POST", url, *form, "-H", "Expect: 100-continue")
    assert (status, shown["data"]["documents"][0]["size"]) == (200, 3_000_000)


@needs_curl
@pytest.mark.parametrize("expect", ["Expect:", "Expect: 100-continue"])
def test_curl_gets_the_reason_why_an_upload_is_refused(company, tmp_path, expect):
    file = tmp_path / "large.bin"
    file.write_bytes(os.urandom(3_000_000))
    url = f"{company.server.url}/api/v1/clients/VolejRejNm/upload"
    command = ["curl", "-sS", "--max-time", "60", "-X", "PUT", url, "-H", "X-API-TOKEN: bad", "-H", expect]
    done = subprocess.run([*command, "-F", f"documents[]=@{file}"], capture_output=True, text=True, check=True)
    assert json.loads(done.stdout) == {"message": "Invalid token", "errors": {}}


@needs_curl
def test_curl_that_insists_on_http_2_is_refused_at_once(company):
    command = ["curl", "-sS", "--max-time", "10", "--http2-prior-knowledge", f"{company.server.url}/healthz"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode not in (0, 28), done.stderr  # 28 would be the time limit


@needs_java
def test_javas_http_client_reads_and_writes_in_both_dialects(company):
    command = ["java", str(JAVA), company.server.url, company.key]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=120)
    assert done.stdout.split() == ["200"] * 6 + ["201"]
    (deleted,) = company.v1.get("/clients", params={"is_deleted": "true"}).json()["data"]
    assert (deleted["name"], deleted["city"], deleted["phone"]) == ("Made", "Bern", "1")
    assert len(deleted["private_notes"]) == 50_000
