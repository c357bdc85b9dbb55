"""`make bench`: what the gateway costs, compared with the bare framework and with what others would write."""
