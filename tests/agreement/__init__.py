"""Random sequences of requests through both dialects, compared with a reference model after every step."""
