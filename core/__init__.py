"""The client register: its tables and operations. It knows nothing of HTTP or of either API."""
