"""The original command-line client, 0.3.1: what it sends, and how that becomes rows of days."""
