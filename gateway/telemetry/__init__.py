"""The telemetry of a server: logs, metrics, traces, usage, and readiness."""
