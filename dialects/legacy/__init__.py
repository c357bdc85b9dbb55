"""/api: the legacy dialect, in the style of Grow CRM."""
