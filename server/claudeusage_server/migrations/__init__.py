"""The schema of the two stores, step by step."""
