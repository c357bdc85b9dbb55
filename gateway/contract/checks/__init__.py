"""Checks of our own, for what the OpenAPI documents promise in words only."""
