"""Verifies what integrations expect and send against the gateway and its OpenAPI documents."""
