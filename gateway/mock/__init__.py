"""A dialect on a throw-away register with known contents, which resets, for the tests of integrations."""
