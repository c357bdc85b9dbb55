"""Finds changes of an OpenAPI document that break integrations written for the one before."""
