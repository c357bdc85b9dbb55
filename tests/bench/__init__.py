"""`make bench`: the cost of the gateway, compared with the bare framework and with a usual implementation."""
