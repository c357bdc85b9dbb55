"""What integrations expect and send, held against the gateway and its OpenAPI documents."""
