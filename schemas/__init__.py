"""The mapping language: how values, fields, query parameters and bodies of an HTTP API become the register's terms."""
