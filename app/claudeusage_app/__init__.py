"""The client: edges, use cases and two front ends."""
