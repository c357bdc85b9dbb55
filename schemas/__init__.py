"""The mapping language: converts values, fields, query parameters and bodies of an HTTP API to the register's terms."""
