"""The layer between sockets and dialects: HTTP/1.1, addresses, cross-origin access."""
