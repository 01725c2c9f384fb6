"""The migrations of the private store."""
