"""Totals and far pages come from counts kept by blocks of ids; blocks are small here, so that few clients fill many."""

import pytest

from core.projections import counts


@pytest.fixture
def small_blocks(monkeypatch, new_register, tmp_path):
    from tests.drivers import new_company
    from tests.server import serving

    monkeypatch.setattr(counts, "WIDTHS", (24, 12, 4))
    with serving(new_register("sqlite"), tmp_path) as server:
        made = new_company(server)
        yield made
        made.close()


def test_totals_and_pages_are_exact_after_any_changes_of_clients(small_blocks, hashed):
    company = small_blocks
    ids = [company.new_legacy(client_company_name=f"Client {n}")["id"] for n in range(30)]
    for client_id in ids[::5]:
        company.api.put(f"/clients/{client_id}/status", json={"status": "suspended"})
    for client_id in ids[1::6]:
        company.v1.delete(f"/clients/{hashed.encode(client_id)}")
    for client_id in ids[2::7]:
        company.api.delete(f"/clients/{client_id}")
    company.v1.post("/clients/bulk", json={"action": "restore", "ids": [hashed.encode(ids[1])]})
    company.v1.post(f"/clients/{hashed.encode(ids[3])}/{hashed.encode(ids[4])}/merge", headers=company.with_password)

    gone = {*ids[2::7], ids[4]}
    deleted = {*ids[1::6]} - gone - {ids[1]}
    live = [client_id for client_id in ids if client_id not in gone | deleted]
    assert _walk_legacy(company) == list(reversed(live))
    assert _walk_v1(company, hashed) == live
    assert _walk_v1(company, hashed, sort="id|DESC") == list(reversed(live))
    assert _walk_v1(company, hashed, is_deleted="true") == sorted(deleted)


def _walk_legacy(company):
    found, page = [], 1
    while True:
        answer = company.api.get("/clients", params={"limit": 3, "page": page}).json()
        found += [client["id"] for client in answer["data"]]
        if page >= answer["meta"]["last_page"]:
            assert answer["meta"]["total"] == len(found)
            return found
        page += 1


def _walk_v1(company, hashed, **parameters):
    found, url = [], f"{company.server.url}/api/v1/clients"
    parameters = {"per_page": 4, **parameters}
    while url:
        answer = company.v1.get(url, params=parameters).json()
        found += [hashed.decode(client["id"])[0] for client in answer["data"]]
        links = answer["meta"]["pagination"]["links"]
        url, parameters = (links.get("next") if links else None), None
    assert answer["meta"]["pagination"]["total"] == len(found)
    return found
