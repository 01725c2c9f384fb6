"""The migrations of the public store."""
