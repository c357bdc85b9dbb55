"""What integrations have of the gateway for their own tests: the mock, their expectations, their traffic."""
