"""The dashboard: what an account's owner sees and changes, and nobody else."""
