"""Oracles test the meaning of both documents: each sends requests to a deployment and knows the right answers."""
