"""What one dialect writes, the other shows."""


def test_a_client_made_through_api_is_read_through_v1(company, hashed):
    made = company.new_legacy(client_company_name="Acme Inc", client_vat="GB123456789", tags=["priority"])
    seen = company.v1_view(hashed.encode(made["id"]))
    assert (seen["name"], seen["vat_number"]) == ("Acme Inc", "GB123456789")
    assert [contact["email"] for contact in seen["contacts"]] == [company.v1_view(seen["id"])["contacts"][0]["email"]]
