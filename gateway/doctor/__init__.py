"""The checks of `gateway doctor`: everything that a server needs, each with advice if it is wrong."""
