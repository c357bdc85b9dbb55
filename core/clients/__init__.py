"""Clients and all that belongs to them: how they are read, and every operation that changes them."""
