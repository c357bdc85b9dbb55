"""The document storage is unreachable, or there is no space for uploads in it, on the disk or in the database."""

from collections.abc import Iterator
from contextlib import closing, contextmanager

import pytest

from tests.drivers import Company, new_company
from tests.faults.outages import (
    READY,
    WAIT,
    documents_of,
    files,
    is_outage,
    is_well,
    ready,
    statuses,
    until,
    upload,
    write_through_each,
)
from tests.process import GatewayProcess
from tests.server import serving


@pytest.fixture
def company(new_register, tmp_path) -> Iterator[Company]:
    with serving(new_register("sqlite"), tmp_path, database_wait_seconds=WAIT) as server:
        made = new_company(server)
        yield made
        made.close()


@contextmanager
def replaced_by_a_file(company: Company) -> Iterator[None]:
    """Replace the folder by a file, as when a mount fails."""
    folder = company.server.storage_folder
    aside = folder.rename(folder.with_name("aside"))
    folder.write_text("not a folder")
    try:
        yield
    finally:
        folder.unlink()
        aside.rename(folder)


def test_everything_except_documents_works_without_the_storage(company):
    client, doomed = company.new_v1(), company.new_v1()
    for each in (client, doomed):
        assert upload(company, each["id"]).status_code == 200
    url = company.v1_view(client["id"])["documents"][0]["url"]
    with replaced_by_a_file(company):
        assert is_outage(upload(company, client["id"], b"second"))
        assert is_outage(company.v1.get(url))
        assert statuses(write_through_each(company)) == [201, 200]
        assert company.v1.post(f"/clients/{doomed['id']}/purge", headers=company.with_password).status_code == 200
        assert ready(company) == (503, READY[1] | {"storage": "unavailable"})
    assert is_well(company)
    assert documents_of(company, client["id"]) == [b"bytes"]
    until(lambda: len(files(company)) == 1)  # bytes of clients purged meanwhile are deleted now


@pytest.fixture
def process(new_register, tmp_path) -> Iterator[GatewayProcess]:
    """A gateway whose files can be limited in size; its database is in another process."""
    with GatewayProcess(new_register("postgresql"), tmp_path) as running:
        yield running


@pytest.mark.parametrize("size", [900_000, 3_000_000], ids=["in the storage", "in a temporary file"])
def test_no_space_for_an_upload_is_a_507(process, size):
    """A small file is kept in memory while it arrives, a large one in a temporary file."""
    with process.served() as server, closing(new_company(server)) as company:
        client = company.new_v1()
        assert upload(company, client["id"]).status_code == 200
        with process.files_limited_to(500_000):
            assert is_outage(upload(company, client["id"], b"x" * size), 507)
            assert statuses(write_through_each(company)) == [201, 200]
        with process.files_limited_to(0):
            assert ready(company) == (503, READY[1] | {"storage": "full"})
        assert is_well(company)
        assert documents_of(company, client["id"]) == [b"bytes"]
        assert len(files(company)) == 1
        assert upload(company, client["id"], b"x" * size).status_code == 200
        assert documents_of(company, client["id"]) == [b"bytes", b"x" * size]
