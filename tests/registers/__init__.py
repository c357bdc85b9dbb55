"""Registers of earlier versions, which open today."""
