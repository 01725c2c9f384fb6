"""What anybody may see: it reads the public store and nothing else."""
