"""The metrics for Prometheus at /metrics, which cover all workers, and the access to them."""

import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from core.events import webhooks
from gateway.telemetry.metrics.company_traffic import shown
from gateway.telemetry.metrics.sharing import Sharing
from gateway.telemetry.metrics.traffic import BOUNDS, Traffic
from gateway.telemetry.observation import RequestsInProgress
from tests.drivers import Company, new_company
from tests.faults.outages import until
from tests.faults.proxy import Line
from tests.gateway.command_line import new_acme
from tests.process import GatewayProcess
from tests.register.arranging import register
from tests.server import Server, free_port, serving

TOKEN = "a-token-for-prometheus"
AUTHORIZED = {"Authorization": f"Bearer {TOKEN}"}


def scraped(url: str, **headers: str) -> dict[str, list[tuple[dict[str, str], float]]]:
    """Return labels and value of every sample, by its name."""
    answer = httpx.get(f"{url}/metrics", headers=AUTHORIZED | headers, timeout=30)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"].startswith("text/plain; version=")
    found: dict[str, list[tuple[dict[str, str], float]]] = {}
    for family in text_string_to_metric_families(answer.text):
        for sample in family.samples:
            found.setdefault(sample.name, []).append((sample.labels, sample.value))
    return found


def value(url: str, name: str, **labels: str) -> float:
    """Return the sum of the samples that have these labels."""
    return sum(found for having, found in scraped(url).get(name, []) if labels.items() <= having.items())


@pytest.fixture
def company(engine, new_register, folder) -> Iterator[Company]:
    """The only company of a server for one test."""
    with serving(new_register(engine), folder, metrics_token=TOKEN) as server:
        made = new_company(server)
        yield made
        made.close()


def test_requests_are_counted_and_timed_by_dialect_route_method_and_status(company):
    for _ in range(3):
        company.api.get("/clients")
    company.v1.get("/clients/unheard-of")
    company.v1.post("/clients", json={"id_number": 5 * ["x"]})
    for number in range(4):
        company.api.get(f"/nowhere/{number}")
    httpx.get(f"{company.server.url}/nowhere")
    samples = scraped(company.server.url)
    counts = {
        tuple(labels[name] for name in ("dialect", "method", "route", "status")): count
        for labels, count in samples["gateway_request_duration_seconds_count"]
        if labels["dialect"] or labels["status"] != "200"
    }
    assert counts == {
        ("api", "GET", "/api/clients", "200"): 3,
        ("v1", "GET", "/api/v1/clients/{id}", "404"): 1,
        ("v1", "POST", "/api/v1/clients", "422"): 1,
        ("api", "GET", "other", "404"): 4,
        ("", "GET", "other", "404"): 1,
    }
    of_lists = [
        (float(labels["le"]), count)
        for labels, count in samples["gateway_request_duration_seconds_bucket"]
        if labels["route"] == "/api/clients"
    ]
    assert of_lists == sorted(of_lists)
    assert of_lists[-1] == (float("inf"), 3)
    seconds = value(company.server.url, "gateway_request_duration_seconds_sum", route="/api/clients")
    assert 0 < seconds < 30


def test_metrics_name_no_tenant(company):
    client = company.new_legacy(client_company_name="Umbrella", email="jane@umbrella.example")
    company.api.get(f"/clients/{client['id']}?search=Umbrella")
    text = httpx.get(f"{company.server.url}/metrics", headers=AUTHORIZED).text
    assert "/api/clients/{id}" in text
    for secret in (company.name, company.key, "mbrella", "jane", f"clients/{client['id']}"):
        assert secret not in text


def test_requests_in_progress_are_counted(company):
    url = httpx.URL(company.server.url)
    with socket.create_connection((url.host, url.port)) as slow:
        head = f"POST /api/v1/clients HTTP/1.1\r\nHost: x\r\nX-API-TOKEN: {company.key}\r\nContent-Length: 9\r\n\r\n"
        slow.sendall(head.encode())
        until(lambda: value(company.server.url, "gateway_requests_in_flight") == 2)  # with the scrape itself
    until(lambda: value(company.server.url, "gateway_requests_in_flight") == 1)


def test_waiting_and_failing_mail_is_counted(engine, new_register, folder):
    database_url = new_register(engine)
    with serving(database_url, folder, metrics_token=TOKEN) as server:
        company = new_company(server)
        company.new_legacy(send_email="yes")
        company.close()
        samples = scraped(server.url)
        assert samples["gateway_register_up"] == [({}, 1)]
        assert ({"work": "mail"}, 1) in samples["gateway_backlog_waiting"]
        assert ({"work": "mail"}, 0) in samples["gateway_backlog_failing"]
    nowhere = f"smtp://127.0.0.1:{free_port()}"
    with serving(database_url, folder, smtp_url=nowhere, metrics_token=TOKEN) as server:
        until(lambda: value(server.url, "gateway_backlog_failing", work="mail") == 1)
        assert value(server.url, "gateway_backlog_oldest_seconds", work="mail") > 0


def test_waiting_and_dead_webhook_messages_are_counted(engine, new_register, folder):
    nowhere = f"http://127.0.0.1:{free_port()}/"
    database_url = new_register(engine)
    for attempts, waiting, dead in ((9, 1, 0), (1, 0, 1)):
        settings = {"webhook_attempts": attempts, "webhook_retry_seconds": 0.1, "metrics_token": TOKEN}
        with serving(database_url, folder, **settings) as server:
            if waiting:
                company = new_company(server)
                register(company, webhooks.add, nowhere, "v1", ())
                company.new_v1()
                company.close()
            until(lambda: value(server.url, "gateway_backlog_dead", work="webhook") == dead)  # noqa: B023
            until(lambda: value(server.url, "gateway_backlog_failing", work="webhook") == waiting)  # noqa: B023


def test_the_process_and_the_build_are_described(company, engine):
    samples = scraped(company.server.url)
    ((labels, one),) = samples["gateway_build_info"]
    assert (labels["database"], one) == (engine, 1)
    assert value(company.server.url, "process_resident_memory_bytes") > 10_000_000


def test_an_unavailable_database_is_reported(new_register, folder):
    line = Line(new_register("postgresql"))
    with serving(line.url, folder, database_wait_seconds=0.4, metrics_token=TOKEN) as server:
        until(lambda: value(server.url, "gateway_register_up") == 1)
        line.cut()
        until(lambda: scraped(server.url)["gateway_register_up"] == [({}, 0)])
        line.mend()
        until(lambda: value(server.url, "gateway_register_up") == 1)
    line.close()


def counted(folder: Path, status: int) -> float:
    """Return how many requests with that status the workers have shared."""
    nobody = Sharing(Traffic(), RequestsInProgress(), str(folder))
    workers = nobody.all(nobody.own())
    return sum(sum(numbers[:-1]) for each in workers for labels, numbers in each.series.items() if labels[3] == status)


def test_a_scrape_covers_every_worker_and_keeps_the_counts_of_killed_ones(folder):
    cli = new_acme(folder)
    shared = folder / "metrics"
    shared.mkdir()
    settings = {"metrics_folder": shared, "metrics_token": TOKEN}
    with GatewayProcess(cli.database_url, folder, workers=2, **settings) as gateway:

        def unauthorized() -> float:
            return value(gateway.url, "gateway_request_duration_seconds_count", dialect="api", status="401")

        with ThreadPoolExecutor(8) as callers:  # each on a connection of its own, so that both workers get some
            list(callers.map(lambda _: httpx.get(f"{gateway.url}/api/clients"), range(60)))
        until(lambda: counted(shared, 401) == 60)
        assert unauthorized() == 60
        until(lambda: value(gateway.url, "gateway_workers") == 2)
        gateway.working[0].kill()
        until(lambda: len(gateway.working) == 2 and gateway.ready() == 200)
        assert unauthorized() == 60


def test_files_that_no_worker_wrote_are_ignored(new_register, folder):
    shared = folder / "metrics"
    shared.mkdir()
    for number, content in enumerate(
        ("mine", "", "[]", "7", '{"a": 1}', '[1, 0, [["no labels"]]]', "[1, 0, [[7, []]]]")
    ):
        (shared / f"{number}.json").write_text(content)
    with serving(new_register("sqlite"), folder, metrics_folder=str(shared), metrics_token=TOKEN) as server:
        assert value(server.url, "gateway_workers") == 1


@pytest.fixture(scope="module")
def guarded(new_register, tmp_path_factory) -> Iterator[Server]:
    with serving(new_register("sqlite"), tmp_path_factory.mktemp("guarded"), metrics_token=TOKEN) as server:
        yield server


@pytest.mark.parametrize(
    ("authorization", "status"),
    [(f"Bearer {TOKEN}", 200), (f"bearer {TOKEN}", 200), (f"Bearer {TOKEN}x", 401), (f"Basic {TOKEN}", 401), ("", 401)],
)
def test_metrics_are_read_with_the_token_only(guarded, authorization, status):
    answer = httpx.get(f"{guarded.url}/metrics", headers={"Authorization": authorization})
    assert answer.status_code == status
    assert (answer.headers.get("www-authenticate") == "Bearer") == (status == 401)


@pytest.mark.parametrize("authorization", ["", "Bearer", "Bearer None", "Basic Og=="])
def test_without_a_token_metrics_are_closed_even_to_this_machine(server, authorization):
    answer = httpx.get(f"{server.url}/metrics", headers={"Authorization": authorization})
    assert (answer.status_code, answer.headers["content-type"]) == (403, "application/json")
    assert "GATEWAY_METRICS_TOKEN" in answer.json()["message"]


@pytest.mark.parametrize("token", ["two words", "nice\n", "schlüssel"])
def test_a_token_that_no_header_can_carry_is_refused_at_the_start(unchanged, token):
    result = unchanged.run("doctor", GATEWAY_METRICS_TOKEN=token)
    assert result.exit_code == 1
    assert "GATEWAY_METRICS_TOKEN: " in result.output
    assert token not in result.output


def test_openmetrics_is_served_on_request(guarded):
    accept = "application/openmetrics-text; version=1.0.0"
    answer = httpx.get(f"{guarded.url}/metrics", headers=AUTHORIZED | {"Accept": accept})
    assert answer.headers["content-type"].startswith("application/openmetrics-text")
    assert answer.text.endswith("# EOF\n")


@pytest.mark.engines("sqlite")
def test_companies_are_shown_by_name_only_if_enabled_and_up_to_the_limit(engine, new_register, folder):
    named = "gateway_company_request_duration_seconds_count"
    with serving(new_register(engine), folder, metrics_token=TOKEN, metrics_companies=2) as server:
        companies = [new_company(server) for _ in range(4)]
        for requests, company in enumerate(companies, start=1):
            for _ in range(requests):
                company.api.get("/clients")
        httpx.get(f"{server.url}/api/clients", headers={"Authorization": "Bearer unknown"})
        counts = {labels["company"]: count for labels, count in scraped(server.url)[named]}
        assert counts == {companies[0].name: 1, companies[1].name: 2, "": 3 + 4}
        assert value(server.url, named, company_id="other") == 3 + 4
        companies[3].v1.get("/clients")
        assert value(server.url, named, company_id="other") == 3 + 5
        for company in companies:
            company.close()
    with serving(new_register(engine), folder / "unasked", metrics_token=TOKEN) as server:
        company = new_company(server)
        company.api.get("/clients")
        assert named not in scraped(server.url)
        company.close()


def test_the_limit_of_companies_holds_for_all_workers_together():
    def seen(at: float, requests: float) -> list[float]:
        return [at, requests, *[0] * (len(BOUNDS) + 1)]

    workers = [{7: seen(30, 5), 8: seen(10, 1)}, {7: seen(20, 4), 9: seen(40, 2), 0: seen(5, 3)}]
    assert {company: numbers[0] for company, numbers in shown(workers, 2).items()} == {8: 1, 7: 9, 0: 5}
