"""Random lives of clients, driven through both dialects and compared with a reference model after every step."""
