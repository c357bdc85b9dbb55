"""What is seen of a server: logs, metrics, traces, usage, and whether it is ready."""
