"""Pages for people: the bridge and the documentation."""
