"""The database: transactions, prepared statements, its clock, its schema, and what happens during an outage."""
