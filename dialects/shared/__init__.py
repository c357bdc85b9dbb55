"""What every dialect is made of: operations as data, one endpoint that runs them, generic verbs over a resource."""
