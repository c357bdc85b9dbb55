"""A dialect on a temporary register with known contents that can be reset, for the tests of integrations."""
