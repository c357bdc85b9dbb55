"""Behind a pooler that gives each transaction another connection, and does not support prepared statements."""

from contextlib import closing

from tests.drivers import new_company
from tests.faults.outages import is_well
from tests.faults.pooler import Pooler
from tests.server import serving


def test_a_transaction_pooler_is_detected_and_used_without_prepared_statements(new_register, tmp_path):
    with (
        closing(Pooler(new_register("postgresql"))) as pooler,
        serving(pooler.url, tmp_path, database_wait_seconds=5) as server,
    ):
        company = new_company(server)
        made = company.new_v1(name="Acme")
        for _ in range(8):
            assert company.v1_view(made["id"])["name"] == "Acme"
            assert company.v1.get("/clients").json()["meta"]["pagination"]["total"] == 1
        for number in range(6):
            company.v1.put(f"/clients/{made['id']}", json={"city": f"City {number}"})
            assert company.v1_view(made["id"])["city"] == f"City {number}"
        assert is_well(company)
        company.close()
