"""What the gateway offers for the tests of integrations: the mock, verified expectations, checked traffic."""
