"""Training text."""
