"""The building blocks of every dialect: operations as data, one endpoint that runs them, and generic resources."""
