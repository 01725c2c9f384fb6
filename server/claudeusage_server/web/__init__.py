"""What private and public routes share: the guard, problems, bodies, limits and the page frame."""
