"""An object store as the storage of several processes: configured by the environment, shared, and down for a while."""

import time

import httpx

from tests.drivers import new_company
from tests.faults.outages import documents_of, is_outage, ready, statuses, until, upload, write_through_each
from tests.gateway.command_line import CommandLine
from tests.object_store import serving_objects
from tests.process import GatewayProcess
from tests.server import serving


def test_a_document_that_one_process_stores_is_served_by_another_and_found_by_check(
    object_store, new_register, tmp_path
):
    bucket, database_url = object_store.new_bucket(), new_register("sqlite")
    with (
        GatewayProcess(database_url, tmp_path, storage_url=bucket) as one,
        GatewayProcess(database_url, tmp_path, storage_url=bucket) as other,
        one.served() as server,
    ):
        company = new_company(server)
        made = company.new_v1()
        assert upload(company, made["id"]).status_code == 200
        url = company.v1_view(made["id"])["documents"][0]["url"].replace(one.url, other.url)
        assert httpx.get(url, headers={"X-API-TOKEN": company.key}).content == b"bytes"
        company.close()
    said = CommandLine(database_url, tmp_path).run("check", GATEWAY_STORAGE_URL=bucket)
    assert (said.exit_code, said.stderr.split(",")[0]) == (0, "1 document compared")


def test_everything_except_documents_works_without_the_object_store(new_register, tmp_path):
    with (
        serving_objects() as store,
        serving(new_register("sqlite"), tmp_path, storage_url=store.new_bucket()) as server,
    ):
        company = new_company(server)
        client, doomed = company.new_v1(), company.new_v1()
        for each in (client, doomed):
            assert upload(company, each["id"]).status_code == 200
        url = company.v1_view(client["id"])["documents"][0]["url"]
        store.stop()
        asked = time.monotonic()
        assert is_outage(upload(company, client["id"], b"second"))
        assert is_outage(company.v1.get(url))
        assert time.monotonic() - asked < 60  # the client library would retry for minutes
        assert statuses(write_through_each(company)) == [201, 200]
        assert company.v1.post(f"/clients/{doomed['id']}/purge", headers=company.with_password).status_code == 200
        assert ready(company)[1]["storage"] == "unavailable"
        store.start()
        assert documents_of(company, client["id"]) == [b"bytes"]
        assert upload(company, client["id"], b"third").status_code == 200
        until(lambda: sorted(server.stored()) == [b"bytes", b"third"])
        company.close()
