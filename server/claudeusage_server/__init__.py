"""The reference server: a private store, a public store, and publish between them."""
