"""The contract proof: Schemathesis over both OpenAPI documents against a running gateway."""
