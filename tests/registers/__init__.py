"""Registers of earlier versions, which this version opens."""
