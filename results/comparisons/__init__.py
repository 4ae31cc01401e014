"""Is the difference real: stored results compared."""
