"""The register: its tables and verbs, knowing nothing of HTTP or of either dialect."""
