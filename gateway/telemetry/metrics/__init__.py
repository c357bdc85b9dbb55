"""Metrics for Prometheus: counted by every worker, shared by the workers of an instance, shown at `/metrics`."""
