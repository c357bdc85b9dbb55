"""A third dialect is a folder of tables: tests/third_dialect holds one, served here beside the other two."""

import httpx
import pytest

from tests.drivers import new_company
from tests.server import serving
from tests.third_dialect.routes import DIALECT


@pytest.fixture
def company(new_register, tmp_path):
    with serving(new_register("sqlite"), tmp_path, more=[DIALECT]) as server:
        made = new_company(server)
        yield made
        made.close()


def test_a_third_dialect_shares_the_register(company, hashed):
    with httpx.Client(base_url=company.server.url + "/crm", auth=(company.key, "")) as crm:
        made = crm.post("/customers", json={"title": "Acme", "town": "Ghent"})
        assert (made.status_code, made.json()) == (201, {"nr": 1, "title": "Acme", "place": {"town": "Ghent"}})
        assert company.legacy_view(1)["billing"]["city"] == "Ghent"

        company.v1.put(f"/clients/{hashed.encode(1)}", json={"city": "Bruges"})
        assert crm.get("/customers", params={"town": "Bruges"}).json()["of"] == 1
        assert crm.put("/customers/1", json={"title": "Acme Ltd"}).json()["title"] == "Acme Ltd"


def test_a_third_dialects_errors_have_its_own_shape(company):
    answer = httpx.get(company.server.url + "/crm/nowhere")
    assert answer.json() == {"fault": "no", "code": 400}
