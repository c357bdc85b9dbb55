"""Clients that generators make from the OpenAPI files: they compile, and live a client's life."""
