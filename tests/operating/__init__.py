"""The work of an operator, on running gateways."""
