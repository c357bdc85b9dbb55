"""What stands between a socket and the dialects: HTTP/1.1, addresses, other origins."""
