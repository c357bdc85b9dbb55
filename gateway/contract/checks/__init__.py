"""Our own checks, for what the OpenAPI documents promise only in prose."""
