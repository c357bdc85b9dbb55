"""HTTP/1.1 as it comes over a connection: bytes are read, judged and refused, and never changed."""
