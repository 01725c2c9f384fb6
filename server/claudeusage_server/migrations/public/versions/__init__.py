"""Numbered files, each one step from the schema before it."""
