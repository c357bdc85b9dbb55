"""A dialect described for integrators, as an OpenAPI 3.1 document."""
