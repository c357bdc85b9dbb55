"""Documents: their bytes are unchanged, every row has its bytes, and all bytes have a row."""

import random
import re
from collections.abc import Iterator
from contextlib import closing
from urllib.parse import unquote

import httpx
import pytest

from tests.drivers import new_company
from tests.object_store import ObjectStore
from tests.register.arranging import eventually
from tests.server import Server, serving

GIF = (
    b"GIF89a\x02\x00\x03\x00\x80\x00\x00\x00\x00\x00\xff\xff\xff,\x00\x00\x00\x00\x02\x00\x03\x00\x00\x02\x02\x84Q\x00;"
)


@pytest.fixture(scope="module", params=["folder", "s3"])
def server(engine, server, request, new_register, tmp_path_factory) -> Iterator[Server]:
    """The gateway of the other tests, which stores in a folder, and one over an S3-compatible object store."""
    if request.param == "folder":
        yield server
        return
    store: ObjectStore = request.getfixturevalue("object_store")
    folder = tmp_path_factory.mktemp(f"gateway-s3-{engine}")
    with serving(new_register(engine), folder, storage_url=store.new_bucket()) as running:
        yield running


def stored(company) -> list[bytes]:
    """The bytes of the objects in the storage that belong to this company."""
    return company.server.stored(f"{_company_id(company)}/")


def _company_id(company):
    from core.access import companies

    return company.server.database.read_now(lambda connection: companies.find(connection, company.name))


def upload(company, client_id, *files, method="PUT", **options):
    return company.v1.request(method, f"/clients/{client_id}/upload", files=list(files), **options)


@pytest.mark.parametrize("field", ["documents[]", "documents", "documents[0]", "file", "file[]"])
def test_a_file_is_accepted_under_each_of_its_field_names(company, field):
    made = company.new_v1()
    answer = upload(company, made["id"], (field, ("report.PDF", b"%PDF-1.7", "application/pdf")))
    (document,) = answer.json()["data"]["documents"]
    assert (document["name"], document["type"], document["size"]) == ("report.PDF", "pdf", 8)
    assert (document["width"], document["height"], document["hash"].endswith(".pdf")) == (0, 0, True)
    assert stored(company) == [b"%PDF-1.7"]


def test_several_files_at_once_and_their_download(company):
    made = company.new_v1()
    files = [("documents[]", (f"{n}.gif", GIF + bytes([n]), "image/gif")) for n in range(3)]
    documents = upload(company, made["id"], *files).json()["data"]["documents"]
    assert [document["name"] for document in documents] == ["0.gif", "1.gif", "2.gif"]
    assert [(document["width"], document["height"]) for document in documents] == [(2, 3)] * 3
    for n, document in enumerate(documents):
        answer = company.v1.get(document["url"])
        assert answer.content == GIF + bytes([n])
        assert answer.headers["content-disposition"] == f"attachment; filename=\"{n}.gif\"; filename*=UTF-8''{n}.gif"
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["content-length"] == str(len(GIF) + 1)


# The name of a document, and the name for clients that only support ASCII (RFC 6266, appendix D).
NAMES = {
    "report.pdf": "report.pdf",
    "Übersicht à 1.pdf": "Ubersicht a 1.pdf",
    "文件.pdf": "document.pdf",
    "文件": "document",
    "2026 年 7 月.xlsx": "2026 _ 7 _.xlsx",
    'say "hi"; 100%41.txt': "say _hi__ 100_41.txt",
    "é" * 251 + ".pdf": "e" * 251 + ".pdf",
    "漢" * 251 + ".pdf": "document.pdf",
    "😀" * 251 + ".pdf": "document.pdf",
    "㍿" * 250 + "a.pdf": "_" * 251 + ".pdf",
}
DISPOSITION = re.compile(r"attachment; filename=\"([ !#-:<-\[\]-~]+)\"; filename\*=UTF-8''([%.\w-]+)", re.ASCII)


def test_a_download_has_a_name_that_every_http_client_understands(company):
    made = company.new_v1()
    (document,) = upload(company, made["id"], ("file", ("a.bin", b"bytes"))).json()["data"]["documents"]
    for name, plain in NAMES.items():
        assert company.v1.put(f"/documents/{document['id']}", json={"name": name}).json()["data"]["name"] == name
        answer = company.v1.get(document["url"])
        found = DISPOSITION.fullmatch(answer.headers["content-disposition"])
        assert found is not None, name
        very = unquote(found[2])
        assert (found[1], very.rpartition(".")[2]) == (plain, name.rpartition(".")[2])
        assert very == name or (len(very) > 150 and name.startswith(very.removesuffix(".pdf").removesuffix("a")))
        assert sum(len(key) + len(value) + 4 for key, value in answer.headers.raw) < 4000


def test_a_file_larger_than_one_part_is_downloaded_unchanged(company):
    """Object stores take a file in parts of five megabytes and more."""
    content = random.Random(1).randbytes(12 * 1024 * 1024 + 17)
    made = company.new_v1()
    (document,) = upload(company, made["id"], ("file", ("large.bin", content))).json()["data"]["documents"]
    assert document["size"] == len(content)
    asked = company.v1.build_request("GET", document["url"])
    with httpx.Client() as http, closing(http.send(asked, stream=True)) as answer:
        assert sum(map(len, pieces := list(answer.iter_raw()))) == len(content)
    assert b"".join(pieces) == content
    assert len(pieces) > 20  # it was never in memory as a whole


def test_a_download_needs_a_key_of_the_company(company, other_company):
    url = upload(company, company.new_v1()["id"], ("file", ("a.txt", b"secret"))).json()["data"]["documents"][0]["url"]
    assert company.v1.get(url, headers={"X-API-TOKEN": ""}).status_code == 403
    assert other_company.v1.get(url).status_code == 404


@pytest.mark.parametrize(
    ("sent", "shown"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\fakepath\\x.doc", "x.doc"),
        ("Größe.txt", "Größe.txt"),
        ("semi;colon.txt", "semi;colon.txt"),
        ("a" * 300 + ".txt", "a" * 251 + ".txt"),
        ("..", ".."),
    ],
)
def test_a_filename_never_reaches_the_file_system(company, sent, shown):
    answer = upload(company, company.new_v1()["id"], ("file", (sent, b"x")))
    (document,) = answer.json()["data"]["documents"]
    assert document["name"] == shown
    assert len(stored(company)) == 1
    assert company.v1.get(document["url"]).content == b"x"


@pytest.mark.parametrize("case", ["unknown client", "deleted client", "no file", "other company's client"])
def test_a_failed_upload_leaves_neither_row_nor_file(company, other_company, case):
    made = company.new_v1()
    status = {"unknown client": 404, "deleted client": 400, "no file": 422, "other company's client": 404}[case]
    client_id = {"unknown client": "Opnel5aKBz9", "other company's client": other_company.new_v1()["id"]}.get(
        case, made["id"]
    )
    if case == "deleted client":
        company.v1.delete(f"/clients/{made['id']}")
    name = "other" if case == "no file" else "documents[]"
    assert upload(company, client_id, (name, ("a.txt", b"x"))).status_code == status
    assert stored(company) == []
    assert company.v1_view(made["id"])["documents"] == []


@pytest.mark.parametrize("erase", ["delete", "purge"])
def test_the_bytes_of_an_erased_client_are_deleted(company, hashed, erase):
    made = company.new_v1()
    url = upload(company, made["id"], ("file", ("a.txt", b"x"))).json()["data"]["documents"][0]["url"]
    assert len(stored(company)) == 1
    if erase == "delete":
        answer = company.api.delete(f"/clients/{hashed.decode(made['id'])[0]}")
    else:
        answer = company.v1.post(f"/clients/{made['id']}/purge", headers=company.with_password)
    assert answer.status_code == 200
    assert eventually(lambda: stored(company) == [])
    assert company.v1.get(url).status_code == 404


def test_an_upload_that_is_too_large_is_a_413(new_register, tmp_path):
    with serving(new_register("sqlite"), tmp_path, max_upload_bytes=4096, max_body_bytes=1024) as server:
        company = new_company(server)
        made = company.new_v1()
        assert upload(company, made["id"], ("file", ("a.bin", b"x" * 10_000))).status_code == 413
        assert stored(company) == []
        assert upload(company, made["id"], ("file", ("a.bin", b"x" * 1000))).status_code == 200
        company.close()
