"""A made-up dialect of a few fields: a folder of tables alone, as docs/design.md promises."""
