"""Signed messages to subscribers, received by a real HTTP server on a real socket."""
