"""Clients and all that belongs to them: what can be read of them, and every verb that changes them."""
