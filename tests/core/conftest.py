import pytest

from tests.drivers import new_company
from tests.register.arranging import number_of


@pytest.fixture(scope="module")
def planned_company(server):
    """A company in which every query finds a client, so that no page is left out because the count is 0."""
    made = new_company(server)
    values = {f"custom_value{n}": "red" for n in range(1, 5)} | {"country_id": "840", "industry_id": 1, "size_id": 2}
    values |= {"name": "Acme", "id_number": "x", "vat_number": "GB1", "phone": "+44"}
    group = made.v1.post("/group_settings", json={"name": "Wholesale"}).json()["data"]["id"]
    first = made.new_v1(**values, classification="company", tags=["vip"], contacts=[{"email": "a@b.example"}])
    archived, deleted = made.new_v1(), made.new_v1()
    made.v1.post("/clients/bulk", json={"action": "archive", "ids": [archived["id"]]})
    made.v1.post("/clients/bulk", json={"action": "delete", "ids": [deleted["id"]]})
    made.v1.put(f"/clients/{first['id']}/upload", files={"file": ("a.txt", b"a")})
    made.v1.put(f"/clients/{first['id']}", json={"assigned_user_id": first["user_id"]})
    made.api.put(f"/clients/{number_of(first)}/tags", json={"tags": ["big", "vip"]})
    made.new_v1(group_settings_id=group)
    token = {"client_id": first["id"], "company_gateway_id": "eu", "is_default": True}
    made.v1.post("/client_gateway_tokens", json=token)
    made.api.post("/categories", json={"category_name": "Trade"})
    note = {"note_title": "Call", "note_description": "Soon", "noteresource_id": number_of(first)}
    made.api.post("/notes", json=note)
    hooks = [
        made.v1.post("/webhooks", json={"event_id": 10, "target_url": "https://n8n.example/hook"}).json()["data"]["id"]
        for _ in range(3)
    ]
    made.v1.post("/webhooks/bulk", json={"action": "archive", "ids": hooks[1:2]})
    made.v1.delete(f"/webhooks/{hooks[2]}")
    made.found = {
        "client": first["id"],
        "group": group,
        "user": first["user_id"],
        "client_number": number_of(first),
        "category": made.legacy_view(number_of(first))["category"]["id"],
    }
    yield made
    made.close()
