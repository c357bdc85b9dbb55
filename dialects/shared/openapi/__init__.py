"""Generates a dialect's OpenAPI 3.1 document."""
