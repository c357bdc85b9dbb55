"""The product: settings, wiring, background work and the command line."""
