"""The database: transactions, prepared statements, its clock, its schema, and what happens when it is away."""
