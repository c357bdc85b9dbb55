"""Offers the operations of both dialects as tools for AI assistants, by the Model Context Protocol."""
