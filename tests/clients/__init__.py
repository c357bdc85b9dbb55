"""HTTP clients that generators make from the OpenAPI files: they compile, and work with the gateway."""
