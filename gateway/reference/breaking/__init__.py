"""What a change of an OpenAPI document would break in an integration that was written for the one before."""
